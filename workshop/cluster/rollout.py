"""Waiting for Deployments and StatefulSets, with a diagnosis that fits on a screen."""

from __future__ import annotations

import contextlib

from workshop import wait
from workshop.errors import WorkshopError
from workshop.shell import kubectl

_LOG_LINES = 8
_EVENT_LINES = 6


def ready(namespace: str, workload: str, reason: str, *, limit: float = 120) -> None:
    """Wait until a workload (`deployment/name`, `statefulset/name`) is rolled out.

    **limit**: seconds. Raises `WorkshopError` with the last events and log lines.
    """
    _hurry(namespace, workload)
    wait.until(
        reason,
        lambda: kubectl.ok("--namespace", namespace, "rollout", "status", workload, "--timeout=3s"),
        limit=limit,
        diagnosis=lambda: diagnosis(namespace, workload),
        fix=f"kubectl -n {namespace} get pods,events",
    )


def diagnosis(namespace: str, workload: str) -> str:
    """Pods, last events and last log lines around a workload."""
    inside = ("--namespace", namespace)
    parts = [
        _quietly(*inside, "get", "pods"),
        "\n".join(_quietly(*inside, "get", "events", "--sort-by=.lastTimestamp").splitlines()[-_EVENT_LINES:]),
        _quietly(*inside, "logs", workload, f"--tail={_LOG_LINES}", "--all-containers"),
    ]
    return "\n".join(part for part in parts if part)


def _hurry(namespace: str, workload: str) -> None:
    """Restart what is in back-off from an earlier try: its cause may be gone, its waiting time is not."""
    waiting = _quietly(
        "--namespace", namespace, "get", "pods",
        "--output=jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}",
    )  # fmt: skip
    if "BackOff" in waiting:
        with contextlib.suppress(WorkshopError):
            kubectl.change("--namespace", namespace, "rollout", "restart", workload)


def _quietly(*arguments: str) -> str:
    try:
        return kubectl.text(*arguments, limit=20).strip()
    except WorkshopError as error:
        return error.details
