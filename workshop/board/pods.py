"""The pods of one version: what the newcomer says of itself, for as long as it is there."""

from __future__ import annotations

from workshop import kube, wait
from workshop.board.visitor import served_version
from workshop.errors import WorkshopError
from workshop.shell import kubectl

LIMIT_SECONDS = 60.0
LINES = 4
BACKEND = "app.kubernetes.io/name=backend"
"""The label by which its pods are found."""
_GONE = "o pod já não existe"


def show_log(environment: str, tag: str) -> None:
    """Show what the backend of that version logs about not being ready; a rollback may have been faster."""
    seen = False

    def last_words() -> str | None:
        nonlocal seen
        pod = _pod(environment, tag)
        if pod is None:
            return _GONE if seen else None
        seen = True
        return _complaint(environment, pod)

    try:
        words = wait.until(f"log do backend {tag}, que não fica pronto", last_words, limit=LIMIT_SECONDS)
    except WorkshopError:
        words = _GONE
    print(f"{words}; quem responde é {served_version(environment)}" if words is _GONE else words)


def _complaint(environment: str, pod: str) -> str | None:
    arguments = ("logs", pod, "--namespace", environment, f"--tail={LINES}")
    try:
        text = kubectl.text(*arguments)
    except WorkshopError:
        return None  # its container has not started yet
    return f"$ kubectl {' '.join(arguments)}\n{text}" if "readiness:" in text else None


def _pod(environment: str, tag: str) -> str | None:
    for pod in kube.objects("Pod", environment, selector=BACKEND):
        if any(container["image"].endswith(f":{tag}") for container in pod["spec"]["containers"]):
            return str(pod["metadata"]["name"])
    return None
