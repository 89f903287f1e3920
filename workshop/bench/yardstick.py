"""The yardstick: the same two Deployments as in dev, changed with `kubectl set image`.

In a namespace of its own: in dev Argo CD would undo it at once, and in stg and prod it would be drift. Nothing checks
the version there and nothing goes back when it is bad; that is what the difference pays for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from workshop import settings as config
from workshop import voice, wait
from workshop.cluster import rollout
from workshop.shell import kubectl

MODEL: Final = config.ENVIRONMENTS[0]
_INSIDE: Final = ("--namespace", config.NAMESPACE_BENCH)
COMPONENTS: Final = {name.rpartition("-")[2]: f"{config.registry_in_cluster()}/{name}" for name in config.APP_IMAGES}
"""Deployment, and container in it → the repository of its image."""
_LIMIT = "60s"


@contextmanager
def standing() -> Iterator[None]:
    """Have a copy of dev's workload run for as long as the block lasts."""
    voice.say(f"uma cópia de {MODEL}, para o kubectl set image")
    # Of an earlier run, perhaps still on its way out.
    remove(wait_for_it=True)
    try:
        kubectl.change("apply", "--filename", "-", stdin=_copy())
        for name in COMPONENTS:
            rollout.ready(config.NAMESPACE_BENCH, f"deployment/{name}", f"cópia: {name} no ar")
        yield
    finally:
        remove(wait_for_it=False)


def set_image(tag: str) -> float:
    """Change both Deployments to that tag; the seconds until both are rolled out."""
    started = time.monotonic()
    for name, image in COMPONENTS.items():
        kubectl.text(*_INSIDE, "set", "image", f"deployment/{name}", f"{name}={image}:{tag}")
    for name in COMPONENTS:
        kubectl.text(*_INSIDE, "rollout", "status", f"deployment/{name}", f"--timeout={_LIMIT}", limit=70)
    return time.monotonic() - started


def settle() -> None:
    """Wait until no pod of the last measurement is on its way out: it would still be served with processor time."""
    wait.until(
        "fim dos pods da medida anterior",
        lambda: not any(_leaving(namespace) for namespace in (*config.ENVIRONMENTS, config.NAMESPACE_BENCH)),
        limit=90,
        every=1.0,
        fix="kubectl get pods --all-namespaces",
    )


def remove(*, wait_for_it: bool) -> None:
    """Take the copy away."""
    waiting = ("--timeout=90s",) if wait_for_it else ("--wait=false",)
    kubectl.change("delete", "namespace", config.NAMESPACE_BENCH, "--ignore-not-found", *waiting, limit=100)


def _leaving(namespace: str) -> bool:
    pods = json.loads(kubectl.text("--namespace", namespace, "get", "pods", "--output", "json"))["items"]
    return any("deletionTimestamp" in pod["metadata"] for pod in pods)


def _copy() -> str:
    """Namespace, Secret, Services and Deployments as they are in dev, for the namespace of the copy."""
    labels = _read("namespace", MODEL)["metadata"]["labels"]
    kept = {key: value for key, value in labels.items() if key.startswith("pod-security")}
    metadata = {"name": config.NAMESPACE_BENCH, "labels": kept}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    objects = [_read("secret", "backend")]
    objects += [_read(kind, name) for kind in ("service", "deployment") for name in COMPONENTS]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [namespace, *map(transplanted, objects)]})


def transplanted(found: dict[str, Any]) -> dict[str, Any]:
    """An object as somebody would write it for the namespace of the copy: without what the cluster put in."""
    meta = {"name": found["metadata"]["name"], "namespace": config.NAMESPACE_BENCH}
    if labels := found["metadata"].get("labels"):
        meta["labels"] = labels
    kept = {key: value for key, value in found.items() if key not in ("metadata", "status")}
    if found["kind"] == "Service":
        kept["spec"] = {key: value for key, value in found["spec"].items() if key not in ("clusterIP", "clusterIPs")}
    return {**kept, "metadata": meta}


def _read(kind: str, name: str) -> dict[str, Any]:
    inside = () if kind == "namespace" else ("--namespace", MODEL)
    found: dict[str, Any] = json.loads(kubectl.text(*inside, "get", kind, name, "--output", "json"))
    return found
