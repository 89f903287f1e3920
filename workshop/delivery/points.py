"""The points of the story: what each notebook starts from, and the way there from wherever the workshop is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import httpx

from workshop import cluster, supply, wait
from workshop import settings as config
from workshop.cluster import gateway
from workshop.delivery import argocd, ci, demo, guests, kargo, promotions, snapshot, story, warehouse
from workshop.delivery.branches import BRANCHES, START
from workshop.errors import WorkshopError
from workshop.services import containers, database, forge, registry
from workshop.shell import kubectl
from workshop.supply import host

Report = Callable[[str], None]

UPDATE, ERROR = "feature/update-user", "feature/error"
FIRST_OF_DEMO, LAST = 4, 9
_ANY_STATE = {
    0: "o notebook 00 olha a máquina como ela está",
    LAST: "o notebook 09 desmonta a oficina em qualquer estado",
}
_PROMOTED_BEFORE = ((6, "dev", None), (7, "stg", "qa"), (8, "prod", "po"))
"""The first notebook that needs a Stage to have the new version, the Stage, and who approves it there."""


def reach(number: int, report: Report = print) -> None:
    """Bring the workshop to the state from which notebook `number` starts, doing only what is missing.

    What belongs to later notebooks is taken back: a Stage that is too far gets the first version again; where `main`
    itself is too far (its change is merged already), the demonstration starts over and comes back here. While it is
    set up (notebooks 00 to 03), what is there already stays.
    Raises `WorkshopError` where something that the way needs does not come about.
    """
    if not 0 <= number <= LAST:
        raise WorkshopError(f"There is no notebook {number}.", fix="workshop notebooks list")
    if number in _ANY_STATE:
        report(f"✓ {_ANY_STATE[number]}")
        return
    started = time.monotonic()
    forge.require_gitea()
    woken = _machine(number, report)
    if number > 2:
        _argocd(woken, report)
    if number >= FIRST_OF_DEMO:
        _kargo(woken, report)
        _story(number, report)
        if woken:
            _wait_until_they_serve(report)
    if config.is_live():
        # For the presenter's own window, `workshop notes`: the part's time runs from here.
        config.ON_STAGE.write_text(json.dumps({"notebook": number, "began": time.time()}), encoding="utf-8")
    report(f"✓ pronto para o notebook {number:02d} ({time.monotonic() - started:.0f} s)")
    if number >= FIRST_OF_DEMO:
        _tell(report)


def _tell(report: Report) -> None:
    versions = " · ".join(f"{stage} {promotions.current_tag(stage) or '—'}" for stage in config.ENVIRONMENTS)
    report(f"no ar: {versions}")


# -- What the story stands on -----------------------------------------------------------------------
def _machine(number: int, report: Report) -> bool:
    """Engine, tools, images, services and cluster; returns whether any of it had to be brought up.

    Looked at closely in notebooks 00 and 01, and whenever something does not answer; a presenter who steps on has no
    time for that.
    """
    if number > 1 and _answers():
        report("✓ cluster, registry, banco de dados e Gitea respondem")
        return False
    host.ensure(report)
    supply.ensure(report)
    if number > 1:
        _services_and_cluster(report)
    return True


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


def _argocd(woken: bool, report: Report) -> None:
    story.ensure(report)
    _renew_story(report)
    # A cluster that was just started has everything, and not all of it answers yet.
    if woken or not argocd.is_installed():
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


def _kargo(woken: bool, report: Report) -> None:
    if woken or not (kargo.is_installed() or (demo.is_half_reset() and kargo.kind())):
        kargo.ensure(report)
    report(f"✓ Argo CD e {kargo.which()} no cluster")


def _wait_until_they_serve(report: Report) -> None:
    def silent() -> list[str]:
        return [stage for stage in config.ENVIRONMENTS if not _serves(stage)]

    wait.until(
        "dev, stg e prod respondem",
        lambda: not silent(),
        limit=180,
        diagnosis=lambda: "\n".join(kubectl.text("get", "pods", "--namespace", stage) for stage in silent()),
        fix="workshop doctor",
        report=report,
    )


def _serves(environment: str) -> bool:
    try:
        return gateway.ask(environment, "/api/version").is_success
    except httpx.HTTPError:
        return False


# -- The story itself -------------------------------------------------------------------------------
def _story(number: int, report: Report) -> None:
    if demo.is_half_reset():
        report("a última volta ao início foi interrompida")
        demo.reset(report)
    # Of a measurement that was interrupted twice: dev would take nothing by itself.
    guests.dismiss(report)
    merged = story.merged()
    if too_far := merged if number == FIRST_OF_DEMO else merged & {ERROR}:
        report(f"a {START} já tem {', '.join(sorted(too_far))}: para o notebook {number:02d}, do início de novo")
        demo.reset(report)
    elif not merged and not demo.first_version_is_everywhere():
        demo.baseline(report)
    ci.close_all({branch.name for branch in BRANCHES} - ({UPDATE} if number > FIRST_OF_DEMO else set()), report)
    if number == FIRST_OF_DEMO:
        return
    tag = _updated(report)
    if _take_back(number, tag, report):
        _go_on(number, tag, report)
    else:
        # The first version is gone from Kargo: nothing can be put back, so all of it is made anew.
        demo.reset(report)
        _go_on(number, _updated(report), report)


def _updated(report: Report) -> str:
    """Have the change of notebook 04 in `main`, and its images in the registry; returns their tag."""
    if UPDATE not in story.merged():
        number = ci.pull_request(UPDATE, "Editar usuários", report)
        if ci.have_passed(number):
            report(f"✓ as verificações de #{number} já passaram neste commit")
        else:
            ci.checks(number, report)
        ci.merge(number, report)
    commit = story.head()
    if ci.is_published(commit):
        report(f"✓ a {START} está em {commit[:8]}, e as imagens dela no registry")
    else:
        ci.pipeline(commit, report)
    return commit[:8]


def _take_back(number: int, tag: str, report: Report) -> bool:
    """Give Stages that have the new version, or are getting it, the first one again where it is too early for that.

    dev is left alone: it takes the new version by itself, as soon as there is one.
    Returns False where Kargo no longer knows the first version.
    """
    now = snapshot.look()
    new, first = now.freight(tag), story.first()[:8]
    early = {
        stage: persona
        for needed_in, stage, persona in _PROMOTED_BEFORE
        if persona and number < needed_in and not _is_before(now, stage, new)
    }
    if not early:
        return True
    if not now.freight(first):
        return False
    report(f"cedo demais para {tag} em {' e '.join(early)}: de volta a {first}")
    promotions.bring(early, first, report)
    return True


def _is_before(now: snapshot.Snapshot, stage: str, new: str) -> bool:
    """Whether the Stage has some version, and not the new one, nor a Promotion that would bring it."""
    coming = {item["spec"].get("freight") for item in now.unfinished(stage)}
    return now.holds(stage) not in ("", new) and new not in coming


def _go_on(number: int, tag: str, report: Report) -> None:
    """Have the new version in the Stages that need it, and nothing in the way of dev's taking it."""
    freight = snapshot.look().freight(tag)
    needed = {stage: persona for needed_in, stage, persona in _PROMOTED_BEFORE if number >= needed_in}
    if needed:
        if not freight:
            warehouse.refresh(report)
        promotions.bring(needed, tag, report)
    elif freight:
        # Notebook 05 looks on. A try that failed, or a hold, would leave it waiting in vain.
        promotions.request("dev", freight, None)
