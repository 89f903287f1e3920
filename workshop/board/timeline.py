"""What became of one version in one environment, second by second, by the times that objects and git keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import objects, promotions, task
from workshop.kargo.objects import Freight, Promotion, Warehouse
from workshop.shell import git
from workshop.story import repository


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
    now = objects.look()
    promotion = now.newest(stage, name)
    if promotion is None:
        raise WorkshopError(
            f"A versão {tag} nunca foi promovida para {stage}.", fix=f"kubectl -n {config.PROJECT} get promotions"
        )
    told = [*of_freight(now.named(name), now.warehouse), *of_promotion(promotion), *_commits(promotion)]
    return sorted(told, key=lambda moment: moment.at)


def of_freight(freight: Freight, warehouse: Warehouse | None) -> list[Moment]:
    """How it was found, by the times that it and the Warehouse keep."""
    if freight.created is None:
        return []
    pushed = pushed_at(warehouse, freight.tag, freight.created) if warehouse else freight.created
    return [
        Moment(pushed, f"as duas imagens {freight.tag} estão no registro; o Warehouse é chamado"),
        Moment(freight.created, f"Freight {freight.name[:7]}: o par é um só"),
    ]


def pushed_at(seen: Warehouse, tag: str, found: datetime) -> datetime:
    """When the images of a tag were there to be found, by what the Warehouse keeps.

    The pipeline calls the Warehouse right after the push, and the time of the last call is on it. Where somebody has
    called since, or nobody did, it is the earlier time at which the images were built.

    **found**: when the Freight was made.
    """
    earliest = seen.built.get(tag, found)
    asked = seen.asked_at
    return asked if asked and earliest <= asked <= found else earliest


def of_promotion(promotion: Promotion) -> list[Moment]:
    """What a Promotion itself knows: when it began, what its gates said, how it ended."""
    told = []
    if promotion.started:
        told.append(Moment(promotion.started, f"a promoção {promotion.name} começa"))
    for step in promotion.steps:
        words = task.words(step.name)
        if step.finished and step.has_failed:
            told.append(Moment(step.finished, f"✗ {words.badly or f'o passo {step.name} falhou'}"))
        elif step.finished and step.has_succeeded and words.well:
            told.append(Moment(step.finished, f"✓ {words.well}"))
    if promotion.finished:
        told.append(Moment(promotion.finished, f"a promoção termina: {promotion.phase}"))
    return told


def table(told: list[Moment]) -> str:
    """One line for each moment: seconds since the first, and what it was."""
    start = told[0].at
    return "\n".join(f"{(moment.at - start).total_seconds():5.0f} s  {moment.what}" for moment in told)


def _commits(promotion: Promotion) -> list[Moment]:
    """The commits that the Promotion made, by the time that git knows."""
    story = git.within(repository.clone())
    told = []
    for sha in filter(None, (promotion.step(name).commit for name in task.COMMITS)):
        moment, _, subject = story.text("show", "--no-patch", "--format=%ct %s", sha).strip().partition(" ")
        told.append(Moment(datetime.fromtimestamp(int(moment), UTC), f"commit {sha[:7]} «{subject}»"))
    return told
