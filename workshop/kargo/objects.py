"""What Kargo holds of the Project, typed: the one place that reads the dictionaries of its API.

`Snapshot` is all of it at one moment, with the questions that are asked of it; `look` gets one from the cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Final, Self

from workshop import kube
from workshop import settings as config
from workshop.kargo import api, task

Object = Mapping[str, Any]
"""As the API server writes it."""

AUTOMATIC: Final = "automatic"
ADMINISTRATOR: Final = "administrator"
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


# -- How a dictionary is read ------------------------------------------------------------------------
@dataclass(frozen=True)
class _Read:
    """What is made of an API's object: each field says where it lies. What is missing, or null, has its default."""

    @classmethod
    def of(cls, item: Object) -> Self:
        """From the object."""
        there = {one.name: (one.metadata["read"], _inside(item, one.metadata["keys"])) for one in fields(cls)}
        return cls(**{name: read(found) for name, (read, found) in there.items() if found is not None})


def _at(*keys: str, read: Callable[[Any], Any] = str) -> Mapping[str, Any]:
    """Where a field lies, and how it is read."""
    return {"keys": keys, "read": read}


def _inside(item: Object, keys: Iterable[str]) -> Any:
    found: Any = item
    for key in keys:
        found = (found or {}).get(key)
    return found


def moment(text: str | None) -> datetime | None:
    """A time as Kubernetes writes it; None for none."""
    return datetime.fromisoformat(text) if text else None


def _in_order(stages: Iterable[str]) -> tuple[str, ...]:
    found = set(stages)
    return tuple(name for name in config.ENVIRONMENTS if name in found)


# -- Conditions --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Condition(_Read):
    """What an object says of itself. **status**: `True`, `False`, `Unknown`; empty where it says nothing."""

    status: str = field(default="", metadata=_at("status"))
    reason: str = field(default="", metadata=_at("reason"))
    message: str = field(default="", metadata=_at("message"))


class Conditions(dict[str, Condition]):
    """Type → condition; where there is none, one that says nothing."""

    def __missing__(self, kind: str) -> Condition:
        return Condition()


def _conditions(found: list[Object]) -> Conditions:
    return Conditions((item["type"], Condition.of(item)) for item in found)


# -- Freight -----------------------------------------------------------------------------------------
def _name(item: Object) -> str:
    return str(item.get("name") or _inside(item, ("metadata", "name")))


def _tags(images: list[Object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(image["tag"] for image in images))


@dataclass(frozen=True)
class Freight(_Read):
    """What is promoted: images of one commit. Or a reference to it, as Stages and Promotions have it; or none, unnamed.

    **tags**: of its images, each once. **verified_in**, **approved_for**: Stages, in the order of promotion.
    """

    name: str = field(metadata=_at(read=_name))
    tags: tuple[str, ...] = field(default=(), metadata=_at("images", read=_tags))
    alias: str = field(default="", metadata=_at("alias"))
    created: datetime | None = field(default=None, metadata=_at("metadata", "creationTimestamp", read=moment))
    discovered: datetime | None = field(default=None, metadata=_at("discoveredAt", read=moment))
    verified_in: tuple[str, ...] = field(default=(), metadata=_at("status", "verifiedIn", read=_in_order))
    approved_for: tuple[str, ...] = field(default=(), metadata=_at("status", "approvedFor", read=_in_order))

    @property
    def tag(self) -> str:
        """The one tag that all its images carry, unless somebody has made it by hand."""
        return " + ".join(self.tags)

    @property
    def age(self) -> tuple[datetime, str]:
        """By which the newest is the greatest."""
        return self.discovered or self.created or LONG_AGO, self.name


# -- Promotions --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Step(_Read):
    """One step of a Promotion. **status** is Kargo's word, empty while it has not begun; times are in whole seconds."""

    name: str = field(metadata=_at("name"))
    status: str = field(default="", metadata=_at("status"))
    message: str = field(default="", metadata=_at("message"))
    started: datetime | None = field(default=None, metadata=_at("startedAt", read=moment))
    finished: datetime | None = field(default=None, metadata=_at("finishedAt", read=moment))
    commit: str = field(default="", metadata=_at("output", "commit"))

    @property
    def is_way_back(self) -> bool:
        """Whether it belongs to the rollback."""
        return self.name == task.ROLLBACK or self.name.startswith(f"{task.ROLLBACK}-")

    @property
    def has_begun(self) -> bool:
        """Whether it runs, or has run."""
        return self.status not in ("", api.SKIPPED)

    @property
    def has_succeeded(self) -> bool:
        """Whether it went well."""
        return self.status == api.SUCCEEDED

    @property
    def has_failed(self) -> bool:
        """Whether it did not."""
        return self.status in api.BAD

    @property
    def seconds(self) -> float:
        """How long it took; 0 where it has not ended."""
        return (self.finished - self.started).total_seconds() if self.started and self.finished else 0


def _steps(promotion: Object) -> tuple[Step, ...]:
    spec, status = promotion["spec"], promotion.get("status") or {}
    known = {step["alias"]: step for step in status.get("stepExecutionMetadata") or ()}
    outputs = status.get("state") or {}
    # Kargo writes every step of the task into the spec; before that only what has been run is known.
    aliases = [step.get("as", "") for step in spec.get("steps") or ()] or list(known)
    return tuple(
        Step.of(
            {**known.get(alias, {}), "name": alias.rpartition(api.ALIAS_SEPARATOR)[2], "output": outputs.get(alias)}
        )
        for alias in aliases
    )


def _actor(written: str) -> str:
    """Kargo notes who created a Promotion, and nobody where it did so itself."""
    for persona in config.PERSONAS:
        if written.endswith(f"serviceaccount:{config.PROJECT}:{persona}"):
            return persona
    by_itself = not written or f"system:serviceaccount:{config.NAMESPACE_KARGO}:" in written
    return AUTOMATIC if by_itself else ADMINISTRATOR


@dataclass(frozen=True)
class Promotion(_Read):
    """One Freight on its way into one Stage. **actor**: who asked: `automatic`, a persona, or `administrator`."""

    name: str = field(metadata=_at("metadata", "name"))
    stage: str = field(metadata=_at("spec", "stage"))
    freight: str = field(metadata=_at("spec", "freight"))
    tag: str = field(default="", metadata=_at("status", "freight", read=lambda found: Freight.of(found).tag))
    phase: str = field(default="", metadata=_at("status", "phase"))
    actor: str = field(
        default=AUTOMATIC, metadata=_at("metadata", "annotations", api.ANNOTATION_CREATE_ACTOR, read=_actor)
    )
    started: datetime | None = field(default=None, metadata=_at("status", "startedAt", read=moment))
    finished: datetime | None = field(default=None, metadata=_at("status", "finishedAt", read=moment))
    steps: tuple[Step, ...] = field(default=(), metadata=_at(read=_steps))
    message: str = field(default="", metadata=_at("status", "message"))

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or badly."""
        return self.phase in api.FINISHED

    @property
    def has_succeeded(self) -> bool:
        """Whether it has ended well."""
        return self.phase == api.SUCCEEDED

    @property
    def has_failed(self) -> bool:
        """Whether it has ended, and not well."""
        return self.phase in api.BAD

    @property
    def is_running(self) -> bool:
        """Whether its steps are being run; before that it waits for its turn."""
        return self.phase == api.RUNNING

    @property
    def has_turned_back(self) -> bool:
        """Whether a step of the way back has begun."""
        return any(step.is_way_back and step.has_begun for step in self.steps)

    @property
    def is_rolled_back(self) -> bool:
        """Whether it failed, and the way back was gone to its end."""
        back = [step for step in self.steps if step.is_way_back]
        # The others do not count: a commit without changes, for example, is skipped.
        return self.has_failed and bool(back) and back[-1].has_succeeded

    @property
    def rollback_commit(self) -> str:
        """The commit with which it went back; empty where it did not."""
        return self.step(task.COMMITS[-1]).commit

    @property
    def failed_step(self) -> Step | None:
        """The first step on the way forward that did not go well."""
        return next((step for step in self.steps if step.has_failed and not step.is_way_back), None)

    @property
    def way(self) -> tuple[Step, ...]:
        """The steps that there are to take: forward, and back too once it has turned back."""
        return tuple(step for step in self.steps if self.has_turned_back or not step.is_way_back)

    @property
    def current(self) -> Step | None:
        """The step that runs, or the next one; None once it is over."""
        if self.is_over:
            return None
        return next((step for status in (api.RUNNING, "") for step in self.way if step.status == status), None)

    @property
    def position(self) -> tuple[int, int]:
        """The number of the current step, and of how many: the way back is counted by itself."""
        current = self.current
        way = [step for step in self.way if current and step.is_way_back is current.is_way_back]
        return (way.index(current) + 1 if current else 0), len(way)

    def step(self, name: str) -> Step:
        """The step of that name, as it is; one that has not begun where there is none."""
        return next((step for step in self.steps if step.name == name), Step(name))


# -- Stages ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Hold(_Read):
    """That a Stage keeps older Freight, because somebody promoted it by hand."""

    freight: str = field(default="", metadata=_at("freightName"))
    actor: str = field(default="", metadata=_at("actor"))


def _hold(status: Object) -> Hold | None:
    holds = status.get("effectiveAutoPromotionHolds") or status.get("autoPromotionHolds") or {}
    return next(map(Hold.of, holds.values()), None)


def _freight(history: list[Object]) -> Freight:
    items = (history[0].get("items") if history else None) or {}
    return next(map(Freight.of, items.values()), Freight(""))


def _is_verified(history: list[Object]) -> bool:
    return bool(history and history[0].get("verificationHistory"))


@dataclass(frozen=True)
class Stage(_Read):
    """One environment.

    **freight**: what it holds. **is_verified**: whether that was verified here. **hold**: what keeps newer Freight out.
    **health**, **issues**: what Kargo thinks of the Application. **current_promotion**, **last_promotion**: names.
    """

    name: str = field(metadata=_at("metadata", "name"))
    freight: Freight = field(default=Freight(""), metadata=_at("status", "freightHistory", read=_freight))
    is_verified: bool = field(default=False, metadata=_at("status", "freightHistory", read=_is_verified))
    hold: Hold | None = field(default=None, metadata=_at("status", read=_hold))
    health: str = field(default="", metadata=_at("status", "health", "status"))
    issues: tuple[str, ...] = field(default=(), metadata=_at("status", "health", "issues", read=tuple))
    conditions: Conditions = field(default_factory=Conditions, metadata=_at("status", "conditions", read=_conditions))
    current_promotion: str = field(default="", metadata=_at("status", "currentPromotion", "name"))
    last_promotion: str = field(default="", metadata=_at("status", "lastPromotion", "name"))


# -- The Warehouse -----------------------------------------------------------------------------------
def _built(images: list[Object]) -> Mapping[str, datetime]:
    found: dict[str, datetime] = {}
    for reference in (one for image in images for one in image.get("references") or ()):
        if created := moment(reference.get("createdAt")):
            found[reference["tag"]] = min(created, found.get(reference["tag"], created))
    return found


@dataclass(frozen=True)
class Warehouse(_Read):
    """Where images are looked for. **looked**: when it did last. **built**: the images that it found, by tag: when.

    **asked**, **handled**: the request to look that was made last, and the one that was answered last.
    """

    name: str = field(metadata=_at("metadata", "name"))
    looked: datetime | None = field(
        default=None, metadata=_at("status", "discoveredArtifacts", "discoveredAt", read=moment)
    )
    built: Mapping[str, datetime] = field(
        default_factory=dict, metadata=_at("status", "discoveredArtifacts", "images", read=_built)
    )
    conditions: Conditions = field(default_factory=Conditions, metadata=_at("status", "conditions", read=_conditions))
    asked: str = field(default="", metadata=_at("metadata", "annotations", api.ANNOTATION_REFRESH))
    handled: str = field(default="", metadata=_at("status", "lastHandledRefresh"))

    @property
    def has_half_a_pair(self) -> bool:
        """Whether the newest images are not of the same commit: one of them has not been pushed."""
        found = self.conditions[api.CRITERIA]
        return found.status == "False" and found.reason == api.CRITERIA_NOT_SATISFIED

    @property
    def asked_at(self) -> datetime | None:
        """When it was last asked to look; None where nobody ever did, or somebody asked without the time.

        In whole seconds, as Kubernetes writes every other time: only then can they be compared.
        """
        try:
            return datetime.fromtimestamp(int(float(self.asked)), UTC)
        except ValueError:
            return None


# -- All of it ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Snapshot:
    """The Project at one moment: Stages by name, each Stage's Promotions oldest first, Freight newest first."""

    stages: Mapping[str, Stage] = field(default_factory=dict)
    promotions: tuple[Promotion, ...] = ()
    freights: tuple[Freight, ...] = ()
    warehouse: Warehouse | None = None

    @classmethod
    def of(cls, objects: Mapping[str, Iterable[Object]]) -> Snapshot:
        """From objects by their kind; other kinds do not count."""
        freights = sorted(map(Freight.of, objects.get("Freight", ())), key=lambda one: one.age, reverse=True)
        tags = {one.name: one.tag for one in freights}
        # A Promotion notes what it brings only once it runs.
        promotions = [
            replace(one, tag=one.tag or tags.get(one.freight, ""))
            for one in map(Promotion.of, objects.get("Promotion", ()))
        ]
        warehouses = map(Warehouse.of, objects.get("Warehouse", ()))
        return cls(
            stages={one.name: one for one in map(Stage.of, objects.get("Stage", ()))},
            # Names hold a ULID: within a Stage they sort by time, also within one second.
            promotions=tuple(sorted(promotions, key=lambda one: one.name)),
            freights=tuple(freights),
            warehouse=next((one for one in warehouses if one.name == config.WAREHOUSE), None),
        )

    def stage(self, name: str) -> Stage:
        """That Stage; an empty one where it is not there yet."""
        return self.stages.get(name, Stage(name))

    def freight(self, tag: str) -> str:
        """The name of the Freight whose images all carry that tag; empty where there is none."""
        return next((one.name for one in self.freights if one.tag == tag), "")

    def named(self, freight: str) -> Freight:
        """The Freight of that name; an empty one where it is not there."""
        return next((one for one in self.freights if one.name == freight), Freight(freight))

    def tag(self, freight: str) -> str:
        """The tag of a Freight's images; empty where there is no such Freight."""
        return self.named(freight).tag

    def holds(self, stage: str) -> str:
        """The name of the Freight that a Stage has now; empty where it has none."""
        return self.stage(stage).freight.name

    def is_verified(self, stage: str, freight: str) -> bool:
        """Whether that Stage was healthy with that Freight: what the next Stage asks for."""
        return stage in self.named(freight).verified_in

    def refused_in(self, freight: str) -> tuple[str, ...]:
        """The Stages whose last Promotion of that Freight has failed."""
        last = {one.stage: one for one in self.promotions if one.freight == freight and one.is_over}
        return _in_order(stage for stage, one in last.items() if one.has_failed)

    def to(self, stage: str) -> list[Promotion]:
        """The Stage's Promotions, oldest first."""
        return [one for one in self.promotions if one.stage == stage]

    def unfinished(self, stage: str) -> list[Promotion]:
        """Those that run or wait, in the order of their turn."""
        return sorted((one for one in self.to(stage) if not one.is_over), key=lambda one: not one.is_running)

    def others(self, stage: str, freight: str) -> list[Promotion]:
        """Those that run or wait, and would bring something else."""
        return [one for one in self.unfinished(stage) if one.freight != freight]

    def newest(self, stage: str, freight: str) -> Promotion | None:
        """The newest Promotion of that Freight to that Stage."""
        return next((one for one in reversed(self.to(stage)) if one.freight == freight), None)

    def is_at(self, stage: str, freight: str) -> bool:
        """Whether the Stage has that Freight, verified, and nothing else is on its way there."""
        return self.holds(stage) == freight and self.is_verified(stage, freight) and not self.others(stage, freight)


def look(*kinds: str, limit: float = kube.LIMIT_SECONDS) -> Snapshot:
    """Ask the cluster. **kinds**: which to ask for, all four where none is given. **limit**: seconds for each.

    Raises `WorkshopError` where it does not answer, or has no Kargo.
    """
    return Snapshot.of({kind: kube.objects(kind, config.PROJECT, limit=limit) for kind in kinds or api.KINDS})
