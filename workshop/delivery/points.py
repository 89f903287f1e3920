"""The points of the story: what each notebook starts from, and the way there from wherever the workshop is."""

from __future__ import annotations

import time
from collections.abc import Callable

from workshop import cluster, supply
from workshop import settings as config
from workshop.delivery import argocd, ci, demo, kargo, promotions, story
from workshop.errors import WorkshopError
from workshop.services import containers, database, forge, registry
from workshop.supply import host

Report = Callable[[str], None]

UPDATE, ERROR, FIX = "feature/update-user", "feature/error", "feature/fix"
FIRST_OF_DEMO, LAST = 4, 9


def reach(number: int, report: Report = print) -> None:
    """Bring the workshop to the state from which notebook `number` starts, doing only what is missing.

    A workshop that is further in the story stays where it is, as long as the notebook can be shown again from there;
    where it cannot (its change is merged already), the demonstration starts over and comes back here.
    """
    if not 0 <= number <= LAST:
        raise WorkshopError(f"There is no notebook {number}.", fix="workshop notebooks list")
    started = time.monotonic()
    _machine(number, report)
    for least, step in _STEPS:
        if number >= least:
            step(report)
    if number == FIRST_OF_DEMO and not demo.is_at_start():
        demo.reset(report)
    report(f"✓ pronto para o notebook {number:02d} ({time.monotonic() - started:.0f} s)")
    if number >= FIRST_OF_DEMO:
        _tell(report)


def _tell(report: Report) -> None:
    versions = " · ".join(f"{stage} {promotions.current_tag(stage) or '—'}" for stage in config.ENVIRONMENTS)
    report(f"no ar: {versions}")


def _machine(number: int, report: Report) -> None:
    """Engine, tools, images, services and cluster. Looked at closely in notebooks 00 and 01, and whenever
    something does not answer; a presenter who steps on has no time for that."""
    if number > 1 and _answers():
        return
    host.ensure(report)
    supply.ensure(report)
    if number > 1:
        _services_and_cluster(report)


def _answers() -> bool:
    return (
        config.KUBECONFIG.exists()
        and host.docker_answers()
        and containers.owner() == config.ROOT
        and containers.is_running(config.POSTGRES_CONTAINER)
        and registry.answers()
        and forge.answers()
        and cluster.kind.answers()
    )


def _services_and_cluster(report: Report) -> None:
    registry.ensure(report)
    database.ensure(report)
    forge.ensure(report)
    supply.publish_mirrors(report)
    cluster.ensure(report)


def _argocd(report: Report) -> None:
    story.ensure(report)
    if not argocd.is_installed():
        argocd.ensure(report)


def _kargo(report: Report) -> None:
    if not kargo.is_installed():
        kargo.ensure(report)


def _first_version(report: Report) -> None:
    if not story.merged() and not demo.is_at_start():
        demo.baseline(report)


def _update_published(report: Report) -> None:
    if ERROR in story.merged():
        demo.reset(report)
    if UPDATE not in story.merged():
        ci.merge(ci.pull_request(UPDATE, "Editar usuários", report), report)
    ci.pipeline(story.head(), report)


def _update_in(stage: str, persona: str | None) -> Callable[[Report], None]:
    return lambda report: promotions.ensure(stage, story.head()[:8], persona, report)


_STEPS: tuple[tuple[int, Callable[[Report], None]], ...] = (
    (3, _argocd),
    (4, _kargo),
    (4, _first_version),
    (5, _update_published),
    (6, _update_in("dev", None)),
    (7, _update_in("stg", "qa")),
    (8, _update_in("prod", "po")),
)
