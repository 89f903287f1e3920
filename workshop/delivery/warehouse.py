"""The Warehouse: asked to look for new images when one was pushed, instead of every few minutes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from workshop import settings as config
from workshop import wait
from workshop.shell import kubectl

_NAMESPACE = ("--namespace", config.PROJECT)
_REFRESH = "kargo.akuity.io/refresh"


def refresh(report: Callable[[str], None] = print) -> None:
    """Have the Warehouse look now, and wait until it has."""
    token = f"{time.time():.3f}"
    kubectl.text(*_NAMESPACE, "annotate", "warehouse", config.WAREHOUSE, "--overwrite", f"{_REFRESH}={token}")
    wait.until(
        "o Warehouse olhou o registry",
        lambda: status().get("lastHandledRefresh") == token,
        limit=60,
        diagnosis=lambda: json.dumps(status().get("conditions", []), indent=1),
        fix=f"kubectl -n {config.PROJECT} describe warehouse {config.WAREHOUSE}",
        report=report,
    )


def status() -> dict[str, Any]:
    """The Warehouse's status."""
    text = kubectl.text(*_NAMESPACE, "get", "warehouse", config.WAREHOUSE, "--output", "json")
    found: dict[str, Any] = json.loads(text).get("status", {})
    return found
