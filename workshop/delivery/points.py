"""The points of the story: what each notebook starts from, and the way there from wherever the workshop is."""

from __future__ import annotations

import time
from collections.abc import Callable

from workshop import cluster, supply
from workshop import settings as config
from workshop.delivery import argocd, ci, demo, guests, kargo, promotions, story
from workshop.errors import WorkshopError
from workshop.services import containers, database, forge, registry
from workshop.supply import host

Report = Callable[[str], None]

UPDATE, ERROR = "feature/update-user", "feature/error"
FIRST_OF_DEMO, LAST = 4, 9


def reach(number: int, report: Report = print) -> None:
    """Bring the workshop to the state from which notebook `number` starts, doing only what is missing.

    A workshop that is further in the story stays where it is, as long as the notebook can be shown again from there;
    where it cannot (its change is merged already), the demonstration starts over and comes back here.
    """
    if not 0 <= number <= LAST:
        raise WorkshopError(f"There is no notebook {number}.", fix="workshop notebooks list")
    started = time.monotonic()
    if number:
        forge.require_gitea()
    _machine(number, report)
    if number > 2:
        _argocd(report)
    if number >= FIRST_OF_DEMO:
        _kargo(report)
        _story(number, report)
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
    _renew_story(report)
    if not argocd.is_installed():
        argocd.ensure(report)


def _renew_story(report: Report) -> None:
    """Make a story anew that has not begun yet and was made from an older tree; one that goes on is left as it is."""
    if not story.is_outdated():
        return
    if story.merged():
        report("! esta árvore mudou desde que a história começou: para recomeçar com ela, make reset")
        return
    report("esta árvore mudou desde que a história foi semeada")
    if argocd.is_installed():
        # Applications and Secrets are of the tree too.
        argocd.ensure(report)
    if kargo.is_installed():
        demo.reset(report)
    else:
        story.seed(report)


def _kargo(report: Report) -> None:
    if not kargo.is_installed():
        kargo.ensure(report)


def _story(number: int, report: Report) -> None:
    # Of a measurement that was interrupted twice: dev would take nothing by itself.
    guests.dismiss(report)
    merged = story.merged()
    # A notebook whose own change is in main already has nothing to show: then the demonstration starts over.
    if merged if number == FIRST_OF_DEMO else ERROR in merged:
        demo.reset(report)
        merged = set()
    if not merged and not demo.first_version_is_everywhere():
        demo.baseline(report)
    if number == FIRST_OF_DEMO:
        return
    if UPDATE not in merged:
        number = ci.pull_request(UPDATE, "Editar usuários", report)
        ci.checks(number, report)
        ci.merge(number, report)
    commit = story.head()
    if not ci.is_published(commit):
        ci.pipeline(commit, report)
    for before, stage, persona in _PROMOTED_BEFORE:
        if number >= before:
            promotions.ensure(stage, commit[:8], persona, report)


_PROMOTED_BEFORE = ((6, "dev", None), (7, "stg", "qa"), (8, "prod", "po"))
"""The first notebook that needs a Stage to have the new version, the Stage, and who approves it there."""
