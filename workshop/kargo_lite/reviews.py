"""What an AdmissionReview asks, and the ways to say no to it."""

from __future__ import annotations

import json
from typing import Any

from . import names
from .objects import Object
from .settings import Settings


class Refused(Exception):
    """The answer is no. The fields become those of a Kubernetes Status, so kubectl words it as for Kargo."""

    def __init__(self, code: int, reason: str, message: str, details: Object | None = None) -> None:
        super().__init__(message)
        self.status: Object = {"code": code, "reason": reason, "message": message}
        if details:
            self.status["details"] = details


def invalid(name: str, path: str, value: Any, text: str, kind: str = "Promotion") -> Refused:
    """A field of the object has a value that cannot be."""
    shown = json.dumps(value) if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    cause = f"Invalid value: {shown}: {text}"
    details = {
        "name": name,
        "group": names.GROUP,
        "kind": kind,
        "causes": [{"reason": "FieldValueInvalid", "message": cause, "field": path}],
    }
    message = f'{kind}.{names.GROUP} "{name}" is invalid: {path}: {cause}'
    return Refused(422, "Invalid", message, details)


def internal(message: str) -> Refused:
    """What Kargo's webhooks answer to everything else."""
    text = f"Internal error occurred: {message}"
    return Refused(500, "InternalError", text, {"causes": [{"message": message}]})


def is_own(request: Object, settings: Settings) -> bool:
    """Whether kargo-lite itself asks."""
    return bool(request["userInfo"]["username"] == settings.username)


def actor_of(request: Object) -> str:
    """Who asks, as Kargo writes it into annotations and Events."""
    return f"kubernetes:{request['userInfo']['username']}"
