"""The points of the story: what each notebook starts from, and the way there from wherever the workshop is."""

from __future__ import annotations

import json
import time
from typing import Final

import httpx

from workshop import cluster, machine, paths, supply, turns, voice, wait
from workshop import settings as config
from workshop.cluster import gateway
from workshop.errors import WorkshopError
from workshop.kargo import promotions
from workshop.machine import engine
from workshop.platform import argocd, kargo
from workshop.services import containers, database, forge, registry
from workshop.shell import kubectl
from workshop.story import course, demo, repository

FIRST_OF_DEMO: Final = course.FIRST
LAST: Final = 9
_ANY_STATE: Final = {
    0: "o notebook 00 olha a máquina como ela está",
    LAST: "o notebook 09 desmonta a oficina em qualquer estado",
}


@voice.echoing(False)
def reach(number: int) -> None:
    """Bring the workshop to the state from which notebook `number` starts, doing only what is missing.

    What belongs to later notebooks is taken back: a Stage that is too far gets the first version again; where `main`
    itself is too far (its change is merged already), the demonstration starts over and comes back here. While it is
    set up (notebooks 00 to 03), what is there already stays. No command is shown: getting there is not the lesson.
    Raises `WorkshopError` where something that the way needs does not come about.
    """
    if not 0 <= number <= LAST:
        raise WorkshopError(f"Não há notebook {number}.", fix="workshop notebooks list")
    if number in _ANY_STATE:
        voice.say(f"✓ {_ANY_STATE[number]}")
        return
    forge.require_gitea()
    with turns.alone(paths.STORY_LOCK, f"o caminho até o notebook {number:02d}"):
        _reach(number)


def _reach(number: int) -> None:
    started = time.monotonic()
    woken = _machine(number)
    if number > 2:
        _argocd(woken)
    if number >= FIRST_OF_DEMO:
        _kargo(woken)
        course.reach(number)
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


def _machine(number: int) -> bool:
    """Engine, tools, images, services and cluster; returns whether any of it had to be brought up.

    Looked at closely in notebooks 00 and 01, and whenever something does not answer; a presenter who steps on has no
    time for that.
    """
    if number > 1 and _answers():
        voice.say("✓ cluster, registro, banco de dados e Gitea respondem")
        return False
    voice.say(f"máquina, ferramentas e imagens{', serviços e cluster' if number > 1 else ''}: o que falta, agora")
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
        voice.say("Argo CD: o que falta, agora")
        argocd.ensure()


def _renew_story() -> None:
    """Make a story anew that has not begun yet and was made from an older tree; one that goes on is left as it is."""
    if not repository.is_outdated():
        return
    if repository.merged():
        voice.say("! esta árvore mudou desde que a história começou: para recomeçar com ela, make reset")
        return
    voice.say("esta árvore mudou desde que a história foi semeada: do início de novo, com ela")
    if argocd.is_installed():
        # Applications and Secrets are of the tree too.
        argocd.ensure()
    if kargo.is_installed():
        demo.reset()
    else:
        repository.seed()


def _kargo(woken: bool) -> None:
    if woken or not (kargo.is_installed() or (demo.is_half_reset() and kargo.kind())):
        voice.say("Kargo: o que falta, agora")
        kargo.ensure()
    voice.say(f"✓ Argo CD e {kargo.which()} no cluster")


def _wait_until_they_serve() -> None:
    def silent() -> list[str]:
        return [stage for stage in config.ENVIRONMENTS if not _serves(stage)]

    wait.until(
        "resposta de dev, stg e prod",
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
