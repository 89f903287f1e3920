"""The story's way from wherever it is to where a notebook begins: what is missing is done, what is too early undone."""

from __future__ import annotations

from typing import Final

from workshop import voice
from workshop.kargo import guests, objects, promotions, warehouse
from workshop.story import ci, demo, repository
from workshop.story.branches import BRANCHES, START

UPDATE: Final = "feature/update-user"
FIRST: Final = 4
"""The first notebook that tells the story; those before it set up what it runs on."""
_ERROR: Final = "feature/error"
_PROMOTED_BEFORE: Final = ((6, "dev", None), (7, "stg", "qa"), (8, "prod", "po"))
"""The first notebook that needs a Stage to have the new version, the Stage, and who approves it there."""


def reach(number: int) -> None:
    """Have the story where notebook `number` begins, on a workshop that answers; `points` says what that means.

    Raises `WorkshopError` where something that the way needs does not come about.
    """
    if demo.is_half_reset():
        voice.say("a última volta ao início foi interrompida: de novo")
        demo.reset()
    # Of a measurement that was interrupted twice: dev would take nothing by itself.
    guests.dismiss()
    merged = repository.merged()
    if too_far := merged if number == FIRST else merged & {_ERROR}:
        voice.say(f"o {START} já tem {', '.join(sorted(too_far))}: para o notebook {number:02d}, do início de novo")
        demo.reset()
    elif not merged and not demo.first_version_is_everywhere():
        voice.say("a primeira versão ainda não está em todos os ambientes: vai agora")
        demo.baseline()
    ci.close_all({branch.name for branch in BRANCHES} - ({UPDATE} if number > FIRST else set()))
    if number == FIRST:
        return
    tag = _updated()
    if _take_back(number, tag):
        _go_on(number, tag)
    else:
        voice.say("o Kargo já não conhece a primeira versão, para voltar a ela: do início de novo")
        demo.reset()
        _go_on(number, _updated())


def _updated() -> str:
    """Have the change of notebook 04 in `main`, and its images in the registry; returns their tag."""
    if UPDATE not in repository.merged():
        voice.say(f"{UPDATE} ainda não está no {START}: pull request, verificações e merge, agora")
        number = ci.pull_request(UPDATE, "Editar usuários")
        if ci.have_passed(number):
            voice.say(f"✓ as verificações de #{number} já passaram neste commit")
        else:
            ci.checks(number)
        ci.merge(number)
    commit = repository.head()
    if ci.is_published(commit):
        voice.say(f"✓ o {START} está em {commit[:8]}, e as imagens dele no registro")
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
    coming = {promotion.freight for promotion in now.unfinished(stage)}
    return now.holds(stage) not in ("", new) and new not in coming


def _go_on(number: int, tag: str) -> None:
    """Have the new version in the Stages that need it, and nothing in the way of dev's taking it."""
    now = objects.look()
    freight = now.freight(tag)
    needed = {stage: persona for needed_in, stage, persona in _PROMOTED_BEFORE if number >= needed_in}
    if missing := [stage for stage in needed if not freight or not now.is_at(stage, freight)]:
        voice.say(f"{tag} vai agora para {' e '.join(missing)}")
        if not freight:
            warehouse.refresh()
        promotions.bring(needed, tag)
    elif not needed and freight:
        # Notebook 05 looks on. A try that failed, or a hold, would leave it waiting in vain.
        promotions.request("dev", freight, None)
