"""The start of the demo: the story's first version runs in dev, stg and prod, and nothing else has happened yet."""

from __future__ import annotations

from workshop import paths, registry, turns, voice, wait
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import objects, promotions
from workshop.platform import kargo
from workshop.services import database, forge
from workshop.shell import git, kubectl
from workshop.steps import Steps
from workshop.story import ci, repository
from workshop.story.branches import START

_NAMESPACE = ("--namespace", config.PROJECT)
_APPROVERS = {stage: config.APPROVERS.get(stage) for stage in config.ENVIRONMENTS}
_DELETION_SECONDS = 60
_IS_KARGO_UP = "workshop doctor   # o Kargo está rodando?"


@voice.echoing(False)
def baseline() -> str:
    """Have the first version of the story built, detected and promoted to all three Stages; returns its tag.

    A story that has moved on is left alone. Of its commands the pipeline alone is shown: notebooks show the others.
    """
    commit = repository.head()
    tag = commit[:8]
    if repository.merged():
        voice.say("a história já avançou; a versão do main fica como está")
        return tag
    # Or the Warehouse would take an image that an interrupted run has left for the newest.
    _forget_images(keep=tag)
    if not (ci.is_published(commit) and objects.look().freight(tag)):
        ci.pipeline(commit)
    # The first version has nobody to convince: approved for all Stages, so that they need not wait for each other.
    promotions.bring(_APPROVERS, tag)
    return tag


def first_version_is_everywhere() -> bool:
    """Whether all Stages hold the version that `main` is at, and no other is on its way to one."""
    now = objects.look()
    freight = now.freight(repository.head()[:8])
    return bool(freight) and all(now.is_at(stage, freight) for stage in config.ENVIRONMENTS)


def is_half_reset() -> bool:
    """Whether somebody interrupted a reset: then nothing in Kargo and the forge can be relied upon."""
    return paths.RESETTING.exists()


def reset() -> None:
    """Back to the start of the demo, on the same cluster: forge, registry and Kargo's history anew.

    The first version's commit is the same to the byte each time, so its images are in the registry already. What does
    not depend on each other is done together, and each step says its seconds.
    """
    forge.require_gitea()
    with turns.alone(paths.STORY_LOCK, "a volta ao início da demonstração"):
        _reset()


def _reset() -> None:
    voice.say("voltando ao início da demonstração")
    paths.RESETTING.touch()
    steps = Steps()
    steps.together(
        {
            "Kargo: promoções encerradas; Stages e Warehouse apagados": _clear_stages,
            "repositório da história, como no começo": repository.written,
            "bancos de dados esvaziados": _forget_data,
        }
    )
    first = git.within(repository.written()).text("rev-parse", START)
    steps.together(
        {
            "repositório trocado no Gitea": lambda: repository.replace(repository.written()),
            f"Kargo e registro: {first[:8]} é o único Freight": lambda: _first_alone(first),
        }
    )
    # Whatever was being measured went with the rest.
    paths.GUESTS.unlink(missing_ok=True)
    steps.together(
        {
            "Gitea: branches protegidos e conhecidos, clone renovado": repository.finish,
            "Kargo: Stages de novo, a primeira versão em todos": lambda: _begin(first),
        }
    )
    paths.RESETTING.unlink(missing_ok=True)
    voice.say(f"✓ de volta ao início em {steps.seconds:.0f} s")


def _first_alone(commit: str) -> None:
    """Of all images only the first version's are left, and the only Freight is the one that is found in them."""
    _clear_freights()
    _forget_images(keep=commit[:8])
    kargo.configure_freight()


def _begin(commit: str) -> None:
    if not ci.is_published(commit):
        ci.pipeline(commit)
    kargo.configure_stages()
    promotions.bring(_APPROVERS, commit[:8])


def _clear_stages() -> None:
    """Nothing is promoted any more, and nothing is there that would promote.

    Promotions that run are ended first: deleted, one would still push what it had rendered.
    """
    running = _running_promotions()
    for name in running:
        promotions.abort(name)
    if running:
        wait.until(
            "fim das promoções em andamento",
            lambda: not _running_promotions(),
            limit=_DELETION_SECONDS,
            diagnosis=lambda: kubectl.text(*_NAMESPACE, "get", "promotions"),
            fix=_IS_KARGO_UP,
        )
    _delete("stages,promotions,warehouses")


def _running_promotions() -> list[str]:
    now = objects.look()
    return [promotion.name for stage in config.ENVIRONMENTS for promotion in now.unfinished(stage)]


def _clear_freights() -> None:
    # Refused for as long as Kargo still notes a Stage that has it.
    wait.until(
        "Freights esquecidos pelo Kargo",
        lambda: kubectl.ok(*_NAMESPACE, "delete", "freights", "--all", f"--timeout={_DELETION_SECONDS}s", limit=90),
        limit=_DELETION_SECONDS,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "get", "freights,stages"),
        fix=_IS_KARGO_UP,
    )


def _delete(kinds: str) -> None:
    """Delete all objects of these kinds, and wait until Kargo has let go of them."""
    try:
        kubectl.change(*_NAMESPACE, "delete", kinds, "--all", f"--timeout={_DELETION_SECONDS}s", limit=90)
    except WorkshopError as error:
        raise WorkshopError(
            f"O Kargo não apagou {kinds} em {_DELETION_SECONDS} s.", details=error.details, fix=_IS_KARGO_UP
        ) from None


def _forget_data() -> None:
    for environment in config.ENVIRONMENTS:
        database.forget_data(environment)


def _forget_images(keep: str) -> None:
    """Take the story's images out of the registry, or the Warehouse would take an old one for the newest."""
    for image in config.APP_IMAGES:
        for tag in registry.local().tags(image):
            if tag != keep:
                registry.local().forget(image, tag)
