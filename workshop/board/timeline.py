"""What became of one version in one environment, second by second, by the times that objects and git keep."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import promotions, warehouse
from workshop.kargo.objects import step_name
from workshop.shell import git, kubectl
from workshop.story import repository

_WORDS: Final = {
    # step: (what it means that it went well, and that it did not)
    "sync": ("o portão abriu: é a versão nova que responde", "o portão não abriu: a sincronização falhou"),
    "wait": ("", "o Argo CD não ficou saudável"),
    "rollback-wait": ("a versão boa está inteira de novo, e é ela que responde", "a volta não ficou saudável"),
}
_COMMITS: Final = ("commit", "rollback-commit")


@dataclass(frozen=True)
class Moment:
    """Something that happened, in words."""

    at: datetime
    what: str


def show_timeline(stage: str, tag: str) -> None:
    """Print what happened to a version in a Stage since its images were pushed.

    Raises `WorkshopError` where there is no such Freight, or it was never promoted there.
    """
    print(table(moments(stage, tag)))


def moments(stage: str, tag: str) -> list[Moment]:
    """What happened to a version in a Stage: the push first, then in the order of time.

    Raises `WorkshopError` as `show_timeline` does.
    """
    name = promotions.freight_for(tag)
    freight = _read("freight", name)
    promotion = promotions.newest(stage, name)
    if promotion is None:
        raise WorkshopError(f"{tag} was never promoted to {stage}.", fix=f"kubectl -n {config.PROJECT} get promotions")
    found = _parse(freight["metadata"]["creationTimestamp"])
    pushed = pushed_at(warehouse.read(), tag, found)
    told = [
        Moment(pushed, f"as duas imagens {tag} estão no registry; o Warehouse é chamado"),
        Moment(found, f"Freight {name[:7]}: o par é um só"),
        *of_promotion(promotion),
        *_commits(promotion),
    ]
    return sorted(told, key=lambda moment: moment.at)


def pushed_at(seen: dict[str, Any], tag: str, found: datetime) -> datetime:
    """When the images of a tag were there to be found, by what the Warehouse keeps.

    The pipeline calls the Warehouse right after the push, and the time of the last call is on it. Where somebody has
    called since, or nobody did, it is the earlier time at which the images were built.

    **seen**: the Warehouse. **found**: when the Freight was made.
    """
    discovered = seen.get("status", {}).get("discoveredArtifacts", {}).get("images", [])
    built = [
        _parse(reference["createdAt"])
        for image in discovered
        for reference in image.get("references", [])
        if reference["tag"] == tag and reference.get("createdAt")
    ]
    earliest = min(built, default=found)
    asked = warehouse.asked_at(seen)
    return asked if asked and earliest <= asked <= found else earliest


def of_promotion(promotion: dict[str, Any]) -> list[Moment]:
    """What a Promotion itself knows: when it began, what its gates said, how it ended."""
    status = promotion["status"]
    told = [Moment(_parse(status["startedAt"]), f"a promoção {promotion['metadata']['name']} começa")]
    for step in promotions.steps(promotion):
        well, badly = _WORDS.get(step.name, ("", f"o passo {step.name} falhou"))
        if words := well if step.succeeded else badly:
            told.append(Moment(step.finished, f"{'✓' if step.succeeded else '✗'} {words}"))
    if finished := status.get("finishedAt"):
        told.append(Moment(_parse(finished), f"a promoção termina: {status['phase']}"))
    return told


def table(told: list[Moment]) -> str:
    """One line for each moment: seconds since the first, and what it was."""
    start = told[0].at
    return "\n".join(f"{(moment.at - start).total_seconds():5.0f} s  {moment.what}" for moment in told)


def _commits(promotion: dict[str, Any]) -> list[Moment]:
    """The commits that the Promotion made, by the time that git knows."""
    outputs = promotion["status"].get("state", {})
    made = [output.get("commit") for alias, output in outputs.items() if step_name(alias) in _COMMITS]
    story = git.within(repository.clone())
    told = []
    for sha in filter(None, made):
        moment, _, subject = story.text("show", "--no-patch", "--format=%ct %s", sha).strip().partition(" ")
        told.append(Moment(datetime.fromtimestamp(int(moment), UTC), f"commit {sha[:7]} «{subject}»"))
    return told


def _parse(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def _read(kind: str, name: str) -> dict[str, Any]:
    text = kubectl.text("--namespace", config.PROJECT, "get", kind, name, "--output", "json")
    found: dict[str, Any] = json.loads(text)
    return found
