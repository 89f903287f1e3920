"""The pipeline at one moment, computed from Kubernetes objects: no cluster, no clock, no drawing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from workshop import settings as config
from workshop.kargo.objects import step_name
from workshop.kargo_lite import names

Object = Mapping[str, Any]
Objects = Mapping[str, Iterable[Object]]
"""Kind → its objects, in any order."""

ROLLBACK: Final = "rollback"
"""How the steps of the way back begin in gitops/kargo/promotiontask.yaml; a test compares."""
SKIPPED: Final = "Skipped"
SUCCEEDED: Final = "Succeeded"
RUNNING: Final = "Running"
HEALTHY: Final = "Healthy"
UNKNOWN: Final = "Unknown"
AUTOMATIC: Final = "automatic"
ADMINISTRATOR: Final = "administrator"
_BAD: Final = frozenset({"Failed", "Errored", "Aborted"})


@dataclass(frozen=True)
class Step:
    """One step of a Promotion. **status** is Kargo's word, empty while it has not begun."""

    name: str
    status: str = ""

    @property
    def is_way_back(self) -> bool:
        """Whether it belongs to the rollback."""
        return self.name == ROLLBACK or self.name.startswith(f"{ROLLBACK}-")

    @property
    def has_begun(self) -> bool:
        """Whether it runs, or has run."""
        return self.status not in ("", SKIPPED)


@dataclass(frozen=True)
class Promotion:
    """One Freight on its way into one Stage. **actor**: `automatic`, a persona, or `administrator`."""

    name: str
    stage: str
    freight: str
    tag: str
    phase: str
    actor: str
    started: datetime | None = None
    finished: datetime | None = None
    steps: tuple[Step, ...] = ()
    message: str = ""
    rollback_commit: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or badly."""
        return self.phase in names.TERMINAL_PHASES

    @property
    def is_running(self) -> bool:
        """Whether its steps are being run; before that it waits for its turn."""
        return self.phase == RUNNING

    @property
    def has_turned_back(self) -> bool:
        """Whether a step of the way back has begun."""
        return any(step.is_way_back and step.has_begun for step in self.steps)

    @property
    def is_rolled_back(self) -> bool:
        """Whether it failed, and the way back was gone to its end."""
        back = [step for step in self.steps if step.is_way_back]
        # The others do not count: a commit without changes, for example, is skipped.
        return self.phase in _BAD and bool(back) and back[-1].status == SUCCEEDED

    @property
    def way(self) -> tuple[Step, ...]:
        """The steps that there are to take: forward, and back too once it has turned back."""
        return tuple(step for step in self.steps if self.has_turned_back or not step.is_way_back)

    @property
    def current(self) -> Step | None:
        """The step that runs, or the next one; None once it is over."""
        if self.is_over:
            return None
        return next((step for step in self.way if step.status in ("", RUNNING)), None)


@dataclass(frozen=True)
class Freight:
    """A pair of images with one tag. **verified**, **refused**: the Stages that found it good, or not."""

    name: str
    alias: str
    tag: str
    found: datetime | None
    verified: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


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
        return bool(self.tag) and self.serving == (self.tag,) and self.health == HEALTHY and not self.running

    @property
    def is_rolled_back(self) -> bool:
        """Whether the last thing that happened here was a rollback."""
        return self.running is None and self.last is not None and self.last.is_rolled_back


@dataclass(frozen=True)
class Warehouse:
    """Where images are looked for. **has_half_a_pair**: only one of the two newest images is there."""

    name: str
    looked: datetime | None = None
    has_half_a_pair: bool = False


@dataclass(frozen=True)
class Outage:
    """The API server does not answer: since when, and what it was that failed."""

    since: datetime
    why: str


@dataclass(frozen=True)
class Board:
    """All of it: the Warehouse, its Freight (the newest first), the Stages in the order of promotion."""

    warehouse: Warehouse | None = None
    freight: tuple[Freight, ...] = ()
    stages: tuple[Stage, ...] = tuple(Stage(name) for name in config.ENVIRONMENTS)
    outage: Outage | None = None


def of(objects: Objects, outage: Outage | None = None) -> Board:
    """What these objects amount to.

    **objects**: of the kinds Warehouse, Freight, Stage, Promotion (the Project's), Application (Argo CD's) and Pod
    (the backend's); what is missing is not there yet. **outage**: why they may be old.
    """
    freight = {item["metadata"]["name"]: item for item in objects.get("Freight", ())}
    # Names hold a ULID: within a Stage they sort by time, also within one second.
    promotions = sorted((_promotion(item, freight) for item in objects.get("Promotion", ())), key=lambda one: one.name)
    warehouse = next((item for item in objects.get("Warehouse", ()) if _name(item) == config.WAREHOUSE), None)
    return Board(
        warehouse=_warehouse(warehouse) if warehouse else None,
        freight=_newest_first(_freight(item, promotions) for item in freight.values()),
        stages=tuple(_stage(name, objects, promotions, freight) for name in config.ENVIRONMENTS),
        outage=outage,
    )


def _warehouse(item: Object) -> Warehouse:
    status = item.get("status") or {}
    conditions = {one["type"]: one["status"] for one in status.get("conditions") or ()}
    return Warehouse(
        name=_name(item),
        looked=moment((status.get("discoveredArtifacts") or {}).get("discoveredAt")),
        has_half_a_pair=conditions.get("FreightCreationCriteriaSatisfied") == "False",
    )


def _freight(item: Object, promotions: list[Promotion]) -> Freight:
    name = _name(item)
    verdicts = {one.stage: one.phase for one in promotions if one.freight == name and one.is_over}
    return Freight(
        name=name,
        alias=str(item.get("alias") or item["metadata"].get("labels", {}).get(names.LABEL_ALIAS, "")),
        tag=_tag(item),
        found=moment(item["metadata"].get("creationTimestamp")),
        verified=_in_order((item.get("status") or {}).get("verifiedIn") or {}),
        refused=_in_order(stage for stage, phase in verdicts.items() if phase in _BAD),
    )


def _newest_first(found: Iterable[Freight]) -> tuple[Freight, ...]:
    oldest = datetime.min
    return tuple(sorted(found, key=lambda one: (one.found or oldest).replace(tzinfo=None), reverse=True))


def _promotion(item: Object, freight: Mapping[str, Object]) -> Promotion:
    status = item.get("status") or {}
    of_steps = {step["alias"]: step.get("status", "") for step in status.get("stepExecutionMetadata") or ()}
    # Kargo writes every step of the task into the spec; before that only what has been run is known.
    aliases = [step.get("as", "") for step in item["spec"].get("steps") or ()] or list(of_steps)
    carried = status.get("freight") or freight.get(item["spec"]["freight"]) or {}
    outputs = {step_name(alias): output for alias, output in (status.get("state") or {}).items()}
    return Promotion(
        name=_name(item),
        stage=item["spec"]["stage"],
        freight=item["spec"]["freight"],
        tag=_tag(carried),
        phase=status.get("phase", ""),
        actor=_actor(names.annotations(item).get(names.ANNOTATION_CREATE_ACTOR, "")),
        started=moment(status.get("startedAt")),
        finished=moment(status.get("finishedAt")),
        steps=tuple(Step(step_name(alias), of_steps.get(alias, "")) for alias in aliases),
        message=status.get("message", ""),
        rollback_commit=(outputs.get(f"{ROLLBACK}-commit") or {}).get("commit", ""),
    )


def _stage(name: str, objects: Objects, promotions: list[Promotion], freight: Mapping[str, Object]) -> Stage:
    status: Object = next((item.get("status") or {} for item in objects.get("Stage", ()) if _name(item) == name), {})
    history = status.get("freightHistory") or [{}]
    current: Object = next(iter((history[0].get("items") or {}).values()), {})
    held = current.get("name", "")
    application: Object = next(
        (item for item in objects.get("Application", ()) if _authorized(item) == f"{config.PROJECT}:{name}"), {}
    )
    seen = application.get("status") or {}
    pods = [item for item in objects.get("Pod", ()) if item["metadata"]["namespace"] == name and _counts(item)]
    here = [one for one in promotions if one.stage == name]
    brought = [one for one in here if one.freight == held and one.phase == SUCCEEDED]
    under_way = sorted((one for one in here if not one.is_over), key=lambda one: (not one.is_running, one.name))
    over = [one for one in here if one.is_over]
    return Stage(
        name=name,
        tag=_tag(current),
        freight=held,
        alias=str((freight.get(held) or {}).get("alias", "")),
        health=(seen.get("health") or {}).get("status", UNKNOWN),
        sync=(seen.get("sync") or {}).get("status", UNKNOWN),
        serving=_tags(pod for pod in pods if _is_ready(pod)),
        arriving=_tags(pod for pod in pods if not _is_ready(pod)),
        actor=brought[-1].actor if brought else "",
        since=brought[-1].finished if brought else None,
        running=under_way[0] if under_way else None,
        last=over[-1] if over else None,
    )


def _actor(written: str) -> str:
    """Kargo notes who created a Promotion, and nobody where it did so itself."""
    for persona in config.PERSONAS:
        if written.endswith(f"serviceaccount:{config.PROJECT}:{persona}"):
            return persona
    by_itself = not written or f"system:serviceaccount:{config.NAMESPACE_KARGO}:" in written
    return AUTOMATIC if by_itself else ADMINISTRATOR


def _authorized(application: Object) -> str:
    return names.annotations(dict(application)).get(names.ANNOTATION_AUTHORIZED_STAGE, "")


def _counts(pod: Object) -> bool:
    """A pod that goes gets no new visitor, and one that has ended none at all."""
    return "deletionTimestamp" not in pod["metadata"] and pod.get("status", {}).get("phase") in ("Pending", RUNNING)


def _is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _tags(pods: Iterable[Object]) -> tuple[str, ...]:
    images = {container["image"] for pod in pods for container in pod["spec"]["containers"]}
    return tuple(sorted({image.partition("@")[0].rpartition(":")[2] for image in images}))


def _tag(freight: Object) -> str:
    images = freight.get("images") or ()
    return str(images[0].get("tag", "")) if images else ""


def _in_order(stages: Iterable[str]) -> tuple[str, ...]:
    found = set(stages)
    return tuple(name for name in config.ENVIRONMENTS if name in found)


def _name(item: Object) -> str:
    return str(item["metadata"]["name"])


def moment(text: str | None) -> datetime | None:
    """A time as Kubernetes writes it; None for none."""
    return datetime.fromisoformat(text) if text else None
