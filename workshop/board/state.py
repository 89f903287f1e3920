"""The pipeline at one moment, as the board shows it: what Kargo holds, beside what Argo CD and the pods say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from workshop import settings as config
from workshop.kargo import api
from workshop.kargo.objects import Freight, Object, Promotion, Snapshot, Warehouse

Objects = Mapping[str, Iterable[Object]]
"""Kind → its objects, in any order."""
UNKNOWN: Final = "Unknown"


@dataclass(frozen=True)
class Stage:
    """One environment.

    **tag**, **freight**, **alias**: of what Kargo holds to be there. **serving**: the tags of the backend's pods that
    are ready, which is what visitors get; **arriving**: of those that are not ready yet.
    **health**, **sync**: Argo CD's words. **actor**, **since**: who had **tag** brought here, and when it was there.
    **running**: the Promotion under way, or the one that waits for its turn; **last**: the last one that has ended.
    """

    name: str
    tag: str = ""
    freight: str = ""
    alias: str = ""
    health: str = UNKNOWN
    sync: str = UNKNOWN
    serving: tuple[str, ...] = ()
    arriving: tuple[str, ...] = ()
    actor: str = ""
    since: datetime | None = None
    running: Promotion | None = None
    last: Promotion | None = None

    @property
    def is_well(self) -> bool:
        """Whether what was promoted is what visitors get, and Argo CD calls it healthy."""
        return bool(self.tag) and self.serving == (self.tag,) and self.health == api.HEALTHY and not self.running

    @property
    def is_rolled_back(self) -> bool:
        """Whether the last thing that happened here was a rollback."""
        return self.running is None and self.last is not None and self.last.is_rolled_back


@dataclass(frozen=True)
class Outage:
    """The API server does not answer: since when, and what it was that failed."""

    since: datetime
    why: str


@dataclass(frozen=True)
class Board:
    """All of it: the Project, and its Stages with what runs there, in the order of promotion."""

    kargo: Snapshot = field(default_factory=Snapshot)
    stages: tuple[Stage, ...] = tuple(Stage(name) for name in config.ENVIRONMENTS)
    outage: Outage | None = None

    @property
    def warehouse(self) -> Warehouse | None:
        """Where images are looked for."""
        return self.kargo.warehouse

    @property
    def freight(self) -> tuple[Freight, ...]:
        """What was found, the newest first."""
        return self.kargo.freights


def of(objects: Objects, outage: Outage | None = None) -> Board:
    """What these objects amount to: no cluster, no clock, no drawing.

    **objects**: of the kinds Warehouse, Freight, Stage, Promotion (the Project's), Application (Argo CD's) and Pod
    (the backend's); what is missing is not there yet. **outage**: why they may be old.
    """
    kargo = Snapshot.of(objects)
    return Board(kargo, tuple(_stage(name, kargo, objects) for name in config.ENVIRONMENTS), outage)


def _stage(name: str, kargo: Snapshot, objects: Objects) -> Stage:
    held = kargo.stage(name).freight
    application: Object = next((item for item in objects.get("Application", ()) if _authorized(item, name)), {})
    seen = application.get("status") or {}
    pods = [item for item in objects.get("Pod", ()) if item["metadata"]["namespace"] == name and _counts(item)]
    brought = next((one for one in reversed(kargo.to(name)) if one.freight == held.name and one.has_succeeded), None)
    return Stage(
        name=name,
        tag=held.tag,
        freight=held.name,
        alias=kargo.named(held.name).alias,
        health=(seen.get("health") or {}).get("status", UNKNOWN),
        sync=(seen.get("sync") or {}).get("status", UNKNOWN),
        serving=_tags(pod for pod in pods if _is_ready(pod)),
        arriving=_tags(pod for pod in pods if not _is_ready(pod)),
        actor=brought.actor if brought else "",
        since=brought.finished if brought else None,
        running=next(iter(kargo.unfinished(name)), None),
        last=next((one for one in reversed(kargo.to(name)) if one.is_over), None),
    )


def _authorized(application: Object, stage: str) -> bool:
    annotations = application["metadata"].get("annotations") or {}
    return bool(annotations.get(api.ANNOTATION_AUTHORIZED_STAGE) == f"{config.PROJECT}:{stage}")


def _counts(pod: Object) -> bool:
    """A pod that goes gets no new visitor, and one that has ended none at all."""
    return "deletionTimestamp" not in pod["metadata"] and pod.get("status", {}).get("phase") in ("Pending", "Running")


def _is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _tags(pods: Iterable[Object]) -> tuple[str, ...]:
    images = {container["image"] for pod in pods for container in pod["spec"]["containers"]}
    return tuple(sorted({image.partition("@")[0].rpartition(":")[2] for image in images}))
