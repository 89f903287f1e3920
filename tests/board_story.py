"""The story's moments as Kubernetes objects, made of what Kargo 1.11.2 and Argo CD wrote down: see tests/golden."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from workshop import settings as config
from workshop.kargo.objects import Object

GOLDEN: Final = Path(__file__).parent / "golden" / "kargo-1.11.2"
NOW: Final = datetime(2026, 11, 25, 13, 5, 0, tzinfo=UTC)
FIRST, UPDATE, BAD = "c2258e5d", "81dc5fc6", "5d82f36d"
"""Tags of the versions that the talk shows, in their order."""
_ALIASES: Final = ("plinking-tuatara", "kind-quoll", "hazy-rottweiler")
QA, PO = (f"kubernetes:system:serviceaccount:{config.PROJECT}:{name}" for name in config.PERSONAS)
ADMINISTRATOR: Final = "kubernetes:kubernetes-admin"
Objects = dict[str, list[Object]]


@cache
def _read(name: str) -> Any:
    return yaml.safe_load((GOLDEN / name).read_text(encoding="utf-8"))


def recorded(name: str, *keys: str | int) -> Any:
    """A copy of what was recorded, or of a part of it."""
    found = _read(name)
    for key in keys:
        found = found[key]
    return copy.deepcopy(found)


def ago(seconds: float) -> str:
    """A time before `NOW`, as Kubernetes writes it."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def name_of(tag: str) -> str:
    """The name of the Freight with that tag: forty digits, as Kargo's."""
    return (tag * 5)[:40]


def freight(tag: str, seconds: float, *verified: str) -> dict[str, Any]:
    """A Freight that was found some seconds ago."""
    item = recorded("freights.yaml", "items", 0)
    item["alias"] = _ALIASES[(FIRST, UPDATE, BAD).index(tag)]
    item["metadata"] |= {"name": name_of(tag), "creationTimestamp": ago(seconds)}
    item["discoveredAt"] = ago(seconds)
    item["images"] = images(tag)
    item["status"] = {"verifiedIn": {stage: {"verifiedAt": ago(seconds)} for stage in verified}}
    return item


def images(tag: str) -> list[dict[str, Any]]:
    """The pair of images with that tag, as Kargo refers to it."""
    found = recorded("freights.yaml", "items", 0, "images")
    return [image | {"tag": tag} for image in found]


def promotion(kind: str, stage: str, tag: str, seconds: float, actor: str = "") -> dict[str, Any]:
    """A recorded Promotion (`succeeded`, `rolled-back`), that ended some seconds ago, in our story.

    Names sort by time, as Kargo's do.
    """
    item = recorded("promotions.yaml", kind)
    status = item["status"]
    item["metadata"]["name"] = f"{stage}.01m{10**9 - int(seconds):023}.{tag[:7]}"
    item["metadata"]["annotations"] = {"kargo.akuity.io/stage": stage}
    if actor:
        item["metadata"]["annotations"]["kargo.akuity.io/create-actor"] = actor
    item["spec"] |= {"stage": stage, "freight": name_of(tag)}
    status["freight"] |= {"name": name_of(tag), "images": images(tag)}
    status |= {"startedAt": ago(seconds + 9), "finishedAt": ago(seconds)}
    return item


def running(
    kind: str, stage: str, tag: str, step: str, actor: str = "", seconds: float = 6, **metadata: str
) -> dict[str, Any]:
    """The same on its way: it is at a step, everything before is as recorded, and nothing after is written yet."""
    item = promotion(kind, stage, tag, 0, actor)
    status = item["status"]
    taken = []
    for entry in status["stepExecutionMetadata"]:
        taken.append(entry)
        if entry["alias"].endswith(f"::{step}"):
            break
    taken[-1] = {"alias": taken[-1]["alias"], "startedAt": ago(2), "status": "Running"}
    for key in ("finishedAt", "message"):
        status.pop(key, None)
    status |= {"phase": "Running", "startedAt": ago(seconds), "currentStep": len(taken) - 1}
    status["stepExecutionMetadata"] = taken
    return item


def stage(name: str, tag: str, status: str = "verified") -> dict[str, Any]:
    """A Stage that holds a version; its status is a recorded one (`verified`, `errored`)."""
    item = recorded("stage-dev-held.yaml")
    history = item["status"]["freightHistory"][:1]
    history[0]["items"]["Warehouse/app"] |= {"name": name_of(tag), "images": images(tag)}
    item["metadata"]["name"] = name
    item["status"] = recorded("stages.yaml", status, "status") | {"freightHistory": history}
    return item


def application(stage: str, health: str = "Healthy", sync: str = "Synced") -> dict[str, Any]:
    """Argo CD's Application of a Stage."""
    item = recorded("application-dev.yaml")
    item["metadata"]["name"] = f"{stage}-app"
    item["metadata"]["annotations"] = {"kargo.akuity.io/authorized-stage": f"{config.PROJECT}:{stage}"}
    item["status"]["health"]["status"], item["status"]["sync"]["status"] = health, sync
    return item


def pod(stage: str, tag: str, *, ready: bool = True, number: int = 1) -> dict[str, Any]:
    """A pod of the backend."""
    image = f"registry.workshop.local:5001/image-promotion-backend:{tag}"
    return {
        "metadata": {"name": f"backend-{tag}-{number}", "namespace": stage},
        "spec": {"containers": [{"name": "backend", "image": image}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def _assembled(freights: list[Object], promotions: list[Object], *environments: list[Object]) -> Objects:
    everything = [item for environment in environments for item in environment]
    by_kind: Objects = {
        "Warehouse": [recorded("warehouse.yaml")],
        "Freight": freights,
        "Promotion": promotions,
        "Stage": [],
        "Application": [],
        "Pod": [],
    }
    for item in everything:
        by_kind[item.get("kind", "Pod")].append(item)
    return by_kind


def _well(name: str, tag: str) -> list[Object]:
    return [stage(name, tag), application(name), pod(name, tag)]


def _installation() -> list[Object]:
    return [
        promotion("succeeded", name, FIRST, 1500 - 60 * index, "" if name == "dev" else ADMINISTRATOR)
        for index, name in enumerate(config.ENVIRONMENTS)
    ]


def start() -> Objects:
    """The first version everywhere, as notebook 04 finds it."""
    return _assembled(
        [freight(FIRST, 1560, *config.ENVIRONMENTS)],
        _installation(),
        *(_well(name, FIRST) for name in config.ENVIRONMENTS),
    )


def promoting() -> Objects:
    """Notebook 05: the new version is on its way into dev, and Argo CD is about to bring it."""
    dev = [stage("dev", FIRST), application("dev", "Progressing"), pod("dev", FIRST), pod("dev", UPDATE, ready=False)]
    return _assembled(
        [freight(UPDATE, 8), freight(FIRST, 1560, *config.ENVIRONMENTS)],
        [*_installation(), running("succeeded", "dev", UPDATE, "sync")],
        dev,
        *(_well(name, FIRST) for name in ("stg", "prod")),
    )


def _approved(seconds: float) -> list[Object]:
    return [
        promotion("succeeded", "dev", UPDATE, seconds + 400),
        promotion("succeeded", "stg", UPDATE, seconds + 200, QA),
        promotion("succeeded", "prod", UPDATE, seconds, PO),
    ]


def everywhere() -> Objects:
    """Notebook 07 at its end: QA and PO have approved."""
    return _assembled(
        [freight(UPDATE, 480, *config.ENVIRONMENTS), freight(FIRST, 2000, *config.ENVIRONMENTS)],
        [*_installation(), *_approved(12)],
        *(_well(name, UPDATE) for name in config.ENVIRONMENTS),
    )


def turning_back() -> Objects:
    """Notebook 08: the gate stayed shut, and the Promotion goes the way back."""
    dev = [stage("dev", UPDATE), application("dev", "Progressing", "OutOfSync"), pod("dev", UPDATE)]
    return _assembled(
        [freight(BAD, 31), freight(UPDATE, 700, *config.ENVIRONMENTS), freight(FIRST, 2000, *config.ENVIRONMENTS)],
        [*_installation(), *_approved(200), running("rolled-back", "dev", BAD, "rollback-sync", seconds=26)],
        [*dev, pod("dev", BAD, ready=False)],
        *(_well(name, UPDATE) for name in ("stg", "prod")),
    )


def rolled_back() -> Objects:
    """Notebook 08 after the rollback: dev never served the bad version; stg and prod never saw it."""
    return _assembled(
        [freight(BAD, 40), freight(UPDATE, 700, *config.ENVIRONMENTS), freight(FIRST, 2000, *config.ENVIRONMENTS)],
        [*_installation(), *_approved(200), promotion("rolled-back", "dev", BAD, 3)],
        [stage("dev", UPDATE, "errored"), application("dev"), pod("dev", UPDATE)],
        *(_well(name, UPDATE) for name in ("stg", "prod")),
    )


MOMENTS: Final[dict[str, Callable[[], Objects]]] = {
    "start": start,
    "promoting": promoting,
    "everywhere": everywhere,
    "turning-back": turning_back,
    "rolled-back": rolled_back,
}
