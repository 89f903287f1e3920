"""The points of the story: what each notebook starts from, and the way there from wherever the workshop is."""

from __future__ import annotations

import json
import time

import httpx

from workshop import cluster, machine, paths, supply, voice, wait
from workshop import settings as config
from workshop.cluster import gateway
from workshop.errors import WorkshopError
from workshop.kargo import guests, objects, promotions, warehouse
from workshop.machine import engine
from workshop.platform import argocd, kargo
from workshop.services import containers, database, forge, registry
from workshop.shell import kubectl
from workshop.story import ci, demo, repository
from workshop.story.branches import BRANCHES, START

UPDATE, ERROR = "feature/update-user", "feature/error"
FIRST_OF_DEMO, LAST = 4, 9
_ANY_STATE = {
    0: "o notebook 00 olha a máquina como ela está",
    LAST: "o notebook 09 desmonta a oficina em qualquer estado",
}
_PROMOTED_BEFORE = ((6, "dev", None), (7, "stg", "qa"), (8, "prod", "po"))
"""The first notebook that needs a Stage to have the new version, the Stage, and who approves it there."""


def reach(number: int) -> None:
    """Bring the workshop to the state from which notebook `number` starts, doing only what is missing.

    What belongs to later notebooks is taken back: a Stage that is too far gets the first version again; where `main`
    itself is too far (its change is merged already), the demonstration starts over and comes back here. While it is
    set up (notebooks 00 to 03), what is there already stays.
    Raises `WorkshopError` where something that the way needs does not come about.
    """
    if not 0 <= number <= LAST:
        raise WorkshopError(f"There is no notebook {number}.", fix="workshop notebooks list")
    if number in _ANY_STATE:
        voice.say(f"✓ {_ANY_STATE[number]}")
        return
    started = time.monotonic()
    forge.require_gitea()
    woken = _machine(number)
    if number > 2:
        _argocd(woken)
    if number >= FIRST_OF_DEMO:
        _kargo(woken)
        _story(number)
        if woken:
            _wait_until_they_serve()
    if config.is_live():
        # For the presenter's own window, `workshop notes`: the part's time runs from here.
        paths.ON_STAGE.write_text(json.dumps({"notebook": number, "began": time.time()}), encoding="utf-8")
    voice.say(f"✓ pronto para o notebook {number:02d} ({time.monotonic() - started:.0f} s)")
    if number >= FIRST_OF_DEMO:
        _tell()


def _tell() -> None:
    versions = " · ".join(f"{stage} {promotions.current_tag(stage) or '—'}" for stage in config.ENVIRONMENTS)
    voice.say(f"no ar: {versions}")


# -- What the story stands on -----------------------------------------------------------------------
def _machine(number: int) -> bool:
    """Engine, tools, images, services and cluster; returns whether any of it had to be brought up.

    Looked at closely in notebooks 00 and 01, and whenever something does not answer; a presenter who steps on has no
    time for that.
    """
    if number > 1 and _answers():
        voice.say("✓ cluster, registry, banco de dados e Gitea respondem")
        return False
    machine.ensure()
    supply.ensure()
    if number > 1:
        _services_and_cluster()
    return True


def _answers() -> bool:
    return (
        paths.KUBECONFIG.exists()
        and engine.answers()
        and containers.owner() == paths.ROOT
        and containers.is_running(config.POSTGRES_CONTAINER)
        and registry.answers()
        and forge.answers()
        and cluster.kind.answers()
    )


def _services_and_cluster() -> None:
    registry.ensure()
    database.ensure()
    forge.ensure()
    supply.publish_mirrors()
    cluster.ensure()


def _argocd(woken: bool) -> None:
    repository.ensure()
    _renew_story()
    # A cluster that was just started has everything, and not all of it answers yet.
    if woken or not argocd.is_installed():
        argocd.ensure()


def _renew_story() -> None:
    """Make a story anew that has not begun yet and was made from an older tree; one that goes on is left as it is."""
    if not repository.is_outdated():
        return
    if repository.merged():
        voice.say("! esta árvore mudou desde que a história começou: para recomeçar com ela, make reset")
        return
    voice.say("esta árvore mudou desde que a história foi semeada")
    if argocd.is_installed():
        # Applications and Secrets are of the tree too.
        argocd.ensure()
    if kargo.is_installed():
        demo.reset()
    else:
        repository.seed()


def _kargo(woken: bool) -> None:
    if woken or not (kargo.is_installed() or (demo.is_half_reset() and kargo.kind())):
        kargo.ensure()
    voice.say(f"✓ Argo CD e {kargo.which()} no cluster")


def _wait_until_they_serve() -> None:
    def silent() -> list[str]:
        return [stage for stage in config.ENVIRONMENTS if not _serves(stage)]

    wait.until(
        "dev, stg e prod respondem",
        lambda: not silent(),
        limit=180,
        diagnosis=lambda: "\n".join(kubectl.text("get", "pods", "--namespace", stage) for stage in silent()),
        fix="workshop doctor",
    )


def _serves(environment: str) -> bool:
    try:
        return gateway.ask(environment, "/api/version").is_success
    except httpx.HTTPError:
        return False


# -- The story itself -------------------------------------------------------------------------------
def _story(number: int) -> None:
    if demo.is_half_reset():
        voice.say("a última volta ao início foi interrompida")
        demo.reset()
    # Of a measurement that was interrupted twice: dev would take nothing by itself.
    guests.dismiss()
    merged = repository.merged()
    if too_far := merged if number == FIRST_OF_DEMO else merged & {ERROR}:
        voice.say(f"a {START} já tem {', '.join(sorted(too_far))}: para o notebook {number:02d}, do início de novo")
        demo.reset()
    elif not merged and not demo.first_version_is_everywhere():
        demo.baseline()
    ci.close_all({branch.name for branch in BRANCHES} - ({UPDATE} if number > FIRST_OF_DEMO else set()))
    if number == FIRST_OF_DEMO:
        return
    tag = _updated()
    if _take_back(number, tag):
        _go_on(number, tag)
    else:
        # The first version is gone from Kargo: nothing can be put back, so all of it is made anew.
        demo.reset()
        _go_on(number, _updated())


def _updated() -> str:
    """Have the change of notebook 04 in `main`, and its images in the registry; returns their tag."""
    if UPDATE not in repository.merged():
        number = ci.pull_request(UPDATE, "Editar usuários")
        if ci.have_passed(number):
            voice.say(f"✓ as verificações de #{number} já passaram neste commit")
        else:
            ci.checks(number)
        ci.merge(number)
    commit = repository.head()
    if ci.is_published(commit):
        voice.say(f"✓ a {START} está em {commit[:8]}, e as imagens dela no registry")
    else:
        ci.pipeline(commit)
    return commit[:8]


def _take_back(number: int, tag: str) -> bool:
    """Give Stages that have the new version, or are getting it, the first one again where it is too early for that.

    dev is left alone: it takes the new version by itself, as soon as there is one.
    Returns False where Kargo no longer knows the first version.
    """
    now = objects.look()
    new, first = now.freight(tag), repository.first()[:8]
    early = {
        stage: persona
        for needed_in, stage, persona in _PROMOTED_BEFORE
        if persona and number < needed_in and not _is_before(now, stage, new)
    }
    if not early:
        return True
    if not now.freight(first):
        return False
    voice.say(f"cedo demais para {tag} em {' e '.join(early)}: de volta a {first}")
    promotions.bring(early, first)
    return True


def _is_before(now: objects.Snapshot, stage: str, new: str) -> bool:
    """Whether the Stage has some version, and not the new one, nor a Promotion that would bring it."""
    coming = {item["spec"].get("freight") for item in now.unfinished(stage)}
    return now.holds(stage) not in ("", new) and new not in coming


def _go_on(number: int, tag: str) -> None:
    """Have the new version in the Stages that need it, and nothing in the way of dev's taking it."""
    freight = objects.look().freight(tag)
    needed = {stage: persona for needed_in, stage, persona in _PROMOTED_BEFORE if number >= needed_in}
    if needed:
        if not freight:
            warehouse.refresh()
        promotions.bring(needed, tag)
    elif freight:
        # Notebook 05 looks on. A try that failed, or a hold, would leave it waiting in vain.
        promotions.request("dev", freight, None)
