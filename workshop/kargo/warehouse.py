"""The Warehouse: asked to look for new images when one was pushed, instead of every few minutes."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

from workshop import settings as config
from workshop import wait
from workshop.shell import kubectl

_NAMESPACE = ("--namespace", config.PROJECT)
_REFRESH = "kargo.akuity.io/refresh"


def refresh() -> None:
    """Have the Warehouse look now, and wait until it has."""
    token = ask()
    wait.until(
        "o Warehouse olhou o registry",
        lambda: status().get("lastHandledRefresh") == token,
        limit=60,
        diagnosis=lambda: json.dumps(status().get("conditions", []), indent=1),
        fix=f"kubectl -n {config.PROJECT} describe warehouse {config.WAREHOUSE}",
    )


def ask() -> str:
    """Have the Warehouse look, without waiting for it; returns what its status says once it has.

    That is the time of asking, in seconds since 1970: so the Warehouse itself keeps when it was last called.
    """
    token = f"{time.time():.3f}"
    kubectl.change(*_NAMESPACE, "annotate", "warehouse", config.WAREHOUSE, "--overwrite", f"{_REFRESH}={token}")
    return token


def asked_at(warehouse: dict[str, Any]) -> datetime | None:
    """When the Warehouse was last asked to look, as it keeps that itself; None where nobody ever did.

    In whole seconds, as Kubernetes writes every other time: only then can they be compared.
    """
    try:
        return datetime.fromtimestamp(int(float(warehouse["metadata"]["annotations"][_REFRESH])), UTC)
    except (KeyError, ValueError):
        return None


def status() -> dict[str, Any]:
    """The Warehouse's status."""
    found: dict[str, Any] = read().get("status", {})
    return found


def read() -> dict[str, Any]:
    """The Warehouse."""
    text = kubectl.text(*_NAMESPACE, "get", "warehouse", config.WAREHOUSE, "--output", "json")
    found: dict[str, Any] = json.loads(text)
    return found
