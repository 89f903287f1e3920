"""Bringing everything into place: look, decide, do, and look again where a registry has fallen silent."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.supply import archives, images, mirrors, recipes, tools
from workshop.supply.catalogue import KARGO, Catalogue, Image, catalogue
from workshop.supply.plan import (
    Action,
    Facts,
    Found,
    Kind,
    Plan,
    Step,
    asks_for_pulls,
    make_plan,
    uses_real_kargo,
)
from workshop.supply.processes import LOG_FOLDER, Processes
from workshop.supply.progress import display, plain
from workshop.supply.schedule import Job, Progress, Skipped, State, run_jobs

Report = Callable[[str], None]

LANES: Final = {"compile": 1, "engine": 2}
"""Go uses every core by itself; what waits for the network and for apt runs beside it."""
SUPPLIED: Final = config.STATE / "supplied"
LOCK: Final = config.STATE / "run" / "supply.lock"
VERBS: Final = {
    Action.COMPILE: "compilando",
    Action.LOAD: "carregando o arquivo",
    Action.FROM_REGISTRY: "copiando do registro local",
    Action.PULL: "baixando",
    Action.BUILD: "construindo",
}
SOURCES: Final = {
    Action.COMPILE: "construída",
    Action.LOAD: "arquivo",
    Action.FROM_REGISTRY: "registro",
    Action.PULL: "baixada",
    Action.BUILD: "construída",
    Action.READY: "pronta",
}


@dataclass(frozen=True)
class Item:
    """One tool or image that is in place. **source** says where it came from in this run."""

    key: str
    kind: str
    version: str
    source: str
    seconds: float = 0.0


def ensure(report: Report | None = None, only: Collection[str] = ()) -> list[Item]:
    """Bring every tool and image into place; `only` names those to care for (default: all).

    Without `report` a terminal gets a live table; otherwise each line goes to `report`.
    Raises `WorkshopError` for the first item that fails; what was done stays done.
    """
    pins = catalogue()
    unknown = set(only) - pins.tools.keys() - pins.images.keys()
    if unknown:
        raise WorkshopError(
            f"No tool or image is called {', '.join(sorted(unknown))}.",
            fix=f"choose among {', '.join(sorted(pins.tools.keys() | pins.images.keys()))}",
        )
    say = report or plain
    with _alone(say):
        items = _supply(pins, report, only)
        if not only:
            SUPPLIED.write_text(f"{len(items)}\n", encoding="ascii")
    named = [item for item in items if item.kind != Kind.BINARY]
    built = sum(item.source == SOURCES[Action.BUILD] for item in named)
    say(f"{len(named)} ferramentas e imagens prontas ({built} construídas)")
    return items


def publish_mirrors(report: Report | None = None) -> list[str]:
    """Push what the local registry lacks of the mirrored images; the keys of those that were pushed.

    Raises `WorkshopError` where the registry does not answer.
    """
    pins = catalogue()
    mirrored = [image for image in pins.images.values() if image.mirror]
    stale = mirrors.stale_mirrors(mirrored, images.images_in_engine(mirrored))
    processes = Processes()

    def pushing(image: Image) -> Callable[[], str]:
        def work() -> str:
            mirrors.push(image, processes)
            return "publicada"

        return work

    jobs = [
        Job(image.key, f"imagem {image.key}", "publicando", "engine", (), pushing(image)) for image in stale
    ]
    if jobs:
        with display(report) as shown:
            run_jobs(jobs, LANES, shown, processes.cancel)
    (report or plain)(f"registro local em dia ({len(stale)} imagens publicadas)")
    return [image.key for image in stale]


def kargo_available() -> bool:
    """Whether real Kargo's image is in place."""
    image = catalogue().images[KARGO]
    return bool(images.images_in_engine([image]) or mirrors.images_in_registry([image]))


def kargo_is_real() -> bool:
    """Whether this workshop runs real Kargo, by its settings and by what is in place."""
    pins = catalogue()
    return uses_real_kargo(pins, _look(pins, can_pull=False, silent_hosts=frozenset(), images_only=True))


def _supply(pins: Catalogue, report: Report | None, only: Collection[str]) -> list[Item]:
    items: dict[str, Item] = {}
    silent_hosts: frozenset[str] = frozenset()
    pulling: bool | None = None
    while True:
        facts = _look(pins, can_pull=bool(pulling), silent_hosts=silent_hosts)
        if pulling is None:
            pulling = _pulling_possible(pins, facts, only, report or plain)
            facts = _look(pins, can_pull=pulling, silent_hosts=silent_hosts) if pulling else facts
        plan = make_plan(pins, facts, only)
        _refuse_missing(plan, facts)
        for step in plan.steps:
            if not step.is_work and step.kind is not Kind.BINARY and step.id not in items:
                on_path = step.kind is Kind.TOOL and facts.tools[step.key] == "PATH"
                source = "PATH" if on_path else SOURCES[step.action]
                items[step.id] = Item(step.key, step.kind, step.version, source)
        silent: set[str] = set()
        for progress, step in _carry_out(pins, plan, facts, silent, report):
            if progress.state is State.DONE:
                items[step.id] = Item(
                    step.key, step.kind, step.version, SOURCES[step.action], round(progress.seconds, 1)
                )
        if not silent:
            return list(items.values())
        silent_hosts |= silent


def _look(
    pins: Catalogue, *, can_pull: bool, silent_hosts: frozenset[str], images_only: bool = False
) -> Facts:
    choices = config.settings()
    recipe_of = recipes.image_recipes(pins, config.ROOT, images.extra_certificates())
    engine = images.images_in_engine(pins.images.values())
    # What the engine has needs no second source.
    absent = [
        image
        for key, image in pins.images.items()
        if key not in engine or engine[key].recipe not in (None, recipe_of.get(key))
    ]
    return Facts(
        tools={} if images_only else tools.tools_in_place(pins.tools.values()),
        binaries=frozenset() if images_only else tools.binaries_in_place(pins.programs.values()),
        engine=engine,
        archives=_archives(absent),
        registry=mirrors.images_in_registry(absent),
        recipes=recipe_of,
        can_pull=can_pull,
        silent_hosts=silent_hosts,
        supply=choices.supply,
        kargo=choices.kargo,
    )


def _archives(wanted: list[Image]) -> dict[str, Found]:
    return {
        image.key: archives.read_archive(archives.archive_path(image), image)
        for image in wanted
        if archives.archive_path(image).exists()
    }


def _pulling_possible(pins: Catalogue, facts: Facts, only: Collection[str], say: Report) -> bool:
    if facts.supply == "pull":
        return True
    if not asks_for_pulls(pins, facts, only):
        return False
    # Any image of Docker Hub tells; the registry's is small.
    possible = images.can_pull(pins.images["registry"])
    say(f"imagens: {'podem ser baixadas' if possible else 'não podem ser baixadas aqui; serão construídas'}")
    return possible


def _refuse_missing(plan: Plan, facts: Facts) -> None:
    if not plan.missing:
        return
    image = plan.missing[0]
    archive = archives.archive_path(image).relative_to(config.ROOT)
    fix = f"docker pull {image.name} && docker save -o {archive} {image.name}   # on a machine that may"
    if image.key == KARGO:
        fix += ", or WORKSHOP_KARGO=lite"
    if facts.supply != "auto":
        fix += f", or WORKSHOP_SUPPLY=auto (it is {facts.supply})"
    raise WorkshopError(f"{image.name} is neither here nor in {archive}, and cannot be pulled.", fix=fix)


def _carry_out(
    pins: Catalogue, plan: Plan, facts: Facts, silent: set[str], report: Report | None
) -> list[tuple[Progress, Step]]:
    work = {step.id: step for step in plan.steps if step.is_work}
    if not work:
        return []
    compiled = [pins.programs[step.key] for step in work.values() if step.action is Action.COMPILE]
    if compiled:
        tools.check_go({program.module for program in compiled})
    processes = Processes()
    own_tools = frozenset(pins.tools) - {name for name, where in facts.tools.items() if where == "PATH"}

    def job(step: Step) -> Job:
        log = LOG_FOLDER / f"{step.id}.log"

        def run() -> str:
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_bytes(b"")
            _do(step, pins, facts, own_tools, silent, processes, log)
            return SOURCES[step.action]

        lane = "compile" if step.action is Action.COMPILE else "engine"
        return Job(step.id, f"{step.kind} {step.key}", VERBS[step.action], lane, step.needs, run)

    with display(report) as shown:
        ended = run_jobs([job(step) for step in work.values()], LANES, shown, processes.cancel)
    return [(progress, work[progress.job.id]) for progress in ended]


def _do(
    step: Step,
    pins: Catalogue,
    facts: Facts,
    own_tools: frozenset[str],
    silent: set[str],
    processes: Processes,
    log: Path,
) -> None:
    if step.action is Action.COMPILE:
        folder = config.BIN if step.kind is Kind.TOOL else tools.BINARIES
        tools.build(pins.programs[step.key], folder, processes, log)
        return
    image = pins.images[step.key]
    if step.action is Action.LOAD:
        images.load(image, processes, log)
    elif step.action is Action.FROM_REGISTRY:
        images.copy_from_registry(image, processes, log)
    elif step.action is Action.PULL:
        try:
            images.pull(image, processes, log)
        except WorkshopError:
            optional = image.key == KARGO and facts.kargo == "auto"
            if facts.supply == "pull" and not optional:
                raise
            silent.add(image.host)
            raise Skipped(f"{image.host} não responde; será construída") from None
    else:
        images.build(image, pins, facts.recipes[image.key], own_tools, processes, log)


@contextmanager
def _alone(say: Report) -> Iterator[None]:
    """One supply at a time: two would build the same things over each other."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("outra execução do workshop está preparando ferramentas e imagens; esperando por ela")
            began = time.monotonic()
            fcntl.flock(lock, fcntl.LOCK_EX)
            say(f"ela terminou depois de {time.monotonic() - began:.0f} s")
        yield
