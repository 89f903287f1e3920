"""Bringing everything into place: look, decide, do, and look again where a registry has fallen silent."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from workshop import paths, process, turns, voice
from workshop.errors import WorkshopError
from workshop.machine import compose as compose_program
from workshop.machine import engine, limits
from workshop.supply import downloads, images, mirrors
from workshop.supply.archives import archive_path
from workshop.supply.catalogue import KARGO, Catalogue, Image, catalogue
from workshop.supply.look import look
from workshop.supply.plan import (
    Action,
    Facts,
    Kind,
    Plan,
    Step,
    asks_for_pulls,
    companions_at_hand,
    make_plan,
    publishers,
    uses_real_kargo,
)
from workshop.supply.progress import display
from workshop.supply.schedule import Job, State, run_jobs
from workshop.supply.work import LANES, SOURCES, Work

NAMED: Final = (Kind.TOOL, Kind.IMAGE)
"""The kinds that people know; the others only serve them."""


@dataclass(frozen=True)
class Item:
    """One tool or image that is in place. **source** says where it came from in this run:

    `PATH`, `construída`, `baixada`, `arquivo`, `registro`, or `pronta` where nothing had to be done.
    """

    key: str
    kind: str
    version: str
    source: str
    seconds: float = 0.0


def ensure(only: Collection[str] = ()) -> list[Item]:
    """Bring every tool and image into place; `only` names those to care for (default: all).

    A terminal gets a live table where nobody listens; otherwise each line is said.
    Raises `WorkshopError` for the first item that fails; what was done stays done.
    """
    pins = catalogue()
    unknown = set(only) - pins.tools.keys() - pins.images.keys()
    if unknown:
        raise WorkshopError(
            f"Nenhuma ferramenta ou imagem se chama {', '.join(sorted(unknown))}.",
            fix=f"workshop supply NOME   # um destes: {', '.join(sorted(pins.tools.keys() | pins.images.keys()))}",
        )
    with alone():
        items = _supply(pins, only)
        if not only:
            _provide_compose()
            paths.SUPPLIED.write_text(f"{len(items)}\n", encoding="ascii")
    built = sum(item.source == SOURCES[Action.BUILD] for item in items)
    voice.say(f"{len(items)} ferramentas e imagens prontas ({built} construídas)")
    return items


def publish_mirrors() -> list[str]:
    """Push what the local registry lacks of the mirrored images; the keys of those that were pushed.

    Raises `WorkshopError` where the registry does not answer.
    """
    pins = catalogue()
    mirrored = [image for image in pins.images.values() if image.mirror]
    found = images.images_in_engine(mirrored)
    stale = mirrors.stale_mirrors(mirrored, found)
    group = process.Group()

    def push(image: Image) -> str:
        mirrors.push(image, found[image.key], group)
        return "publicada"

    jobs = [Job(image.key, f"imagem {image.key}", "publicando", "engine", (), partial(push, image)) for image in stale]
    if jobs:
        with display() as shown:
            run_jobs(jobs, LANES, shown, group.cancel)
    voice.say(f"registro local em dia ({len(stale)} imagens publicadas)")
    return [image.key for image in stale]


def kargo_is_real() -> bool:
    """Whether this workshop runs real Kargo, by its settings and by what is in place."""
    pins = catalogue()
    return uses_real_kargo(pins, look(pins))


def alone() -> AbstractContextManager[None]:
    """One supply at a time: two would build the same things over each other."""
    return turns.alone(paths.SUPPLY_LOCK, "a preparação de ferramentas e imagens")


def cert_manager_is_there() -> bool:
    """Whether the images of cert-manager, which comes along where Kargo's own image is pulled, are on this machine."""
    pins = catalogue()
    return companions_at_hand(pins, look(pins), KARGO)


def _provide_compose() -> None:
    """Only `make app` calls it, so the workshop goes on without; later there may be no network to install it from."""
    try:
        compose_program.command()
    except WorkshopError as error:
        voice.say(f"sem o Compose, de que só `make app` precisa; para tê-lo: {error.fix}")


def _supply(pins: Catalogue, only: Collection[str]) -> list[Item]:
    items: dict[str, Item] = {}
    facts = look(pins)
    facts = _with_reach(pins, facts, only)
    while True:
        plan = make_plan(pins, facts, only)
        _refuse_missing(plan, facts)
        for step in plan.steps:
            if not step.is_work and step.kind in NAMED:
                items.setdefault(step.id, _item(step, _where(step, facts)))
        work = Work(pins, plan, facts)
        if work.steps:
            _require_disk(plan)
            with display() as shown:
                ended = run_jobs(work.jobs(), LANES, shown, work.group.cancel)
            for progress in ended:
                step = work.steps[progress.job.id]
                if progress.state is State.DONE and step.kind in NAMED:
                    items[step.id] = _item(step, SOURCES[step.action], progress.seconds)
        pulled = any(step.action is Action.PULL for step in work.steps.values())
        if not (work.silent_hosts or pulled):
            return list(items.values())
        # Another way is to be found; or what was pulled turns out to be ours, and in need of its parts.
        facts = replace(
            look(pins),
            can_pull=facts.can_pull,
            silent_hosts=facts.silent_hosts | work.silent_hosts,
            given_up=facts.given_up | work.given_up,
        )


def _require_disk(plan: Plan) -> None:
    """Room for what is going to be done, where the images go and where everything else does."""
    actions = {step.action for step in plan.steps}
    if Action.COMPILE in actions:
        wanted = limits.TO_BUILD_GB
    elif actions & {Action.PULL, Action.BUILD, Action.LOAD}:
        wanted = limits.TO_PULL_GB
    else:
        return
    # What was in place once needs little more than it has.
    if not paths.SUPPLIED.exists():
        for folder in (engine.folder(), paths.ROOT):
            limits.check_disk(folder, wanted)


def _item(step: Step, source: str, seconds: float = 0.0) -> Item:
    return Item(step.key, str(step.kind), step.version, source, round(seconds, 1))


def _where(step: Step, facts: Facts) -> str:
    """What to call the source of something that was there already."""
    on_path = step.kind is Kind.TOOL and facts.tools[step.key] == "PATH"
    return "PATH" if on_path else SOURCES[step.action]


def _with_reach(pins: Catalogue, facts: Facts, only: Collection[str]) -> Facts:
    """What can be fetched from here, asked only where the plan depends on it."""
    if facts.supply == "pull":
        return replace(facts, can_pull=True)
    silent = downloads.out_of_reach(publishers(pins, facts, only))
    if silent:
        reason = next(iter(silent.values()))
        voice.say(f"fora de alcance: {', '.join(silent)} ({reason}). O que vem de lá será compilado pelo Go")
    facts = replace(facts, silent_hosts=frozenset(silent))
    if not asks_for_pulls(pins, facts, only):
        return facts
    # Any image of Docker Hub tells; the registry's is small.
    image = pins.images["registry"]
    reason = images.out_of_reach(image)
    if reason:
        voice.say(f"fora de alcance: {image.host} ({reason.rpartition(': ')[2]}). As imagens serão construídas aqui")
    return replace(facts, can_pull=not reason)


def _refuse_missing(plan: Plan, facts: Facts) -> None:
    if not plan.missing:
        return
    image = plan.missing[0]
    archive = process.relative(archive_path(image))
    fix = f"docker pull {image.name} && docker save -o {archive} {image.name}   # em uma máquina que possa"
    if image.key == KARGO:
        fix += ", ou WORKSHOP_KARGO=lite"
    if facts.supply != "auto":
        fix += f", ou WORKSHOP_SUPPLY=auto (agora é {facts.supply})"
    raise WorkshopError(f"{image.name} não está aqui nem em {archive}, e não pode ser baixada.", fix=fix)
