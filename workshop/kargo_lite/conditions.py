"""Conditions on a status (Kargo: pkg/conditions)."""

from __future__ import annotations

from . import clock
from .objects import Object


def get(status: Object, kind: str) -> Object | None:
    """The condition of that type, if it is there."""
    return next((c for c in status.get("conditions") or [] if c["type"] == kind), None)


def put(status: Object, obj: Object, kind: str, value: str, reason: str, message: str = "") -> None:
    """Set a condition. As in Kargo the time stays that of the condition's first appearance."""
    condition = {
        "type": kind,
        "status": value,
        "reason": reason,
        "message": message[:32768],  # Kubernetes accepts no longer one
        "observedGeneration": obj["metadata"].get("generation", 1),
        "lastTransitionTime": clock.now(),
    }
    conditions = status.setdefault("conditions", [])
    for index, old in enumerate(conditions):
        if old["type"] == kind:
            condition["lastTransitionTime"] = old["lastTransitionTime"]
            conditions[index] = condition
            return
    conditions.append(condition)


def drop(status: Object, kind: str) -> None:
    """Remove the condition of that type."""
    if status.get("conditions"):
        status["conditions"] = [c for c in status["conditions"] if c["type"] != kind]
