"""Waiting to the hundredth of a second: the API server tells when something changes, and nobody has to keep asking."""

from __future__ import annotations

import time
from collections.abc import Callable

from workshop import kube
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kube import Object
from workshop.shell import kubectl


def first(kind: str, so: Callable[[Object], bool], reason: str, *, limit: float) -> Object:
    """The first object of a kind in the Project of which `so` is true, as soon as there is one.

    **kind**: such as `Freight`.
    **reason**: what is waited for, as people should read it.
    **limit**: seconds; then `WorkshopError` with what the Project holds.
    """
    deadline = time.monotonic() + limit
    # A watch begins with everything that is there already, so nothing is missed between asking and watching.
    while (left := deadline - time.monotonic()) > 0:
        for happened, found in kube.Watch(kind, config.PROJECT, seconds=max(1, int(left))):
            if happened != "DELETED" and so(found):
                return found
    raise WorkshopError(
        f"Não aconteceu em {limit:.0f} s: {reason}.",
        fix=f"kubectl -n {config.PROJECT} describe stages",
        details=_held(),
    )


def _held() -> str:
    try:
        return kubectl.text("--namespace", config.PROJECT, "get", "stages,freights,promotions", limit=10)
    except WorkshopError as error:
        return f"(sem diagnóstico: {error.message})"
