"""What has to be done, decided from what is there. Nothing here touches the machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from workshop.supply.catalogue import KARGO, KARGO_LITE, Catalogue, Image, Program


class Kind(StrEnum):
    """What a step brings; the values are what people read."""

    TOOL = "ferramenta"
    BINARY = "binário"
    IMAGE = "imagem"
    MODULE = "módulo"


class Action(StrEnum):
    """How a step brings it."""

    READY = "ready"
    DOWNLOAD = "download"
    COMPILE = "compile"
    LOAD = "load"
    FROM_REGISTRY = "from registry"
    FROM_IMAGE = "from image"
    PULL = "pull"
    BUILD = "build"


AT_HAND = (Action.READY, Action.LOAD, Action.FROM_REGISTRY)


@dataclass(frozen=True)
class Found:
    """An image that exists somewhere: its ids, and its recipe if it was built here."""

    ids: frozenset[str]
    recipe: str | None = None


@dataclass(frozen=True)
class Facts:
    """What is there. **tools** maps a name to "PATH" or "bin"; the images are by key."""

    tools: Mapping[str, str] = field(default_factory=dict)
    binaries: frozenset[str] = frozenset()
    engine: Mapping[str, Found] = field(default_factory=dict)
    archives: Mapping[str, Found] = field(default_factory=dict)
    registry: Mapping[str, Found] = field(default_factory=dict)
    recipes: Mapping[str, str] = field(default_factory=dict)
    can_pull: bool = False
    silent_hosts: frozenset[str] = frozenset()
    """Publishers and registries that cannot be reached from here."""
    given_up: frozenset[str] = frozenset()
    """Companions that did not come, by key: nobody misses them."""
    supply: str = "auto"
    kargo: str = "auto"
    platform: str = "linux-amd64"
    """Of the tools that run here; in a container it is always Linux."""

    @property
    def tools_fit_images(self) -> bool:
        """Whether what runs here runs in a container, too."""
        return self.platform.startswith("linux-")


@dataclass(frozen=True)
class Step:
    """One thing to bring, and the ids of the steps whose end it waits for."""

    kind: Kind
    key: str
    action: Action
    version: str
    needs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Unique among the steps: a tool, a binary and an image may share a name."""
        return f"{self.kind.name.lower()}-{self.key}"

    @property
    def is_work(self) -> bool:
        """Whether anything happens at all."""
        return self.action is not Action.READY


@dataclass(frozen=True)
class Plan:
    """Steps in the order of their start, and images that cannot be had."""

    steps: tuple[Step, ...]
    missing: tuple[Image, ...] = ()


def make_plan(catalogue: Catalogue, facts: Facts, only: Collection[str] = ()) -> Plan:
    """Decide what to do; `only` names the tools and images to care for (default: all)."""
    images = _needed_images(catalogue, facts, only)
    missing = tuple(image for image, action in images.items() if action is None and not image.companion_of)
    possible = {image: action for image, action in images.items() if action is not None}
    working = {image.key for image, action in possible.items() if action is not Action.READY}

    coming = {image.key: action for image, action in possible.items() if action is not Action.BUILD}
    tools = {
        name: _program_step(Kind.TOOL, program, facts, coming, ready=name in facts.tools)
        for name, program in catalogue.tools.items()
    }
    wanted_tools = {name for name in tools if not only or name in only}
    binaries: dict[str, Step] = {}

    def binary(name: str) -> Step:
        if name not in binaries:
            ready = name in facts.binaries
            binaries[name] = _program_step(Kind.BINARY, catalogue.programs[name], facts, coming, ready=ready)
        return binaries[name]

    image_steps = []
    for image, action in possible.items():
        needs: list[str] = []
        if action is Action.BUILD:
            needs += [f"image-{key}" for key in image.after if key in working]
            for name in image.binaries:
                # A tool from PATH may be linked to this machine's libraries, and another system's does not run there.
                if name in tools and facts.tools_fit_images and facts.tools.get(name) != "PATH":
                    step = tools[name]
                    wanted_tools.add(name)
                else:
                    step = binary(name)
                if step.is_work:
                    needs.append(step.id)
        image_steps.append(Step(Kind.IMAGE, image.key, action, image.tag, tuple(needs)))

    programs = [*(tools[name] for name in tools if name in wanted_tools), *binaries.values()]
    compiling = _compile_order(programs, catalogue, image_steps)
    # A module's sources are fetched while the ones before it compile.
    modules = dict.fromkeys(catalogue.programs[step.key].module for step in compiling if step.action is Action.COMPILE)
    downloads = [Step(Kind.MODULE, module, Action.DOWNLOAD, "") for module in modules]
    return Plan((*downloads, *compiling, *image_steps), missing)


def asks_for_pulls(catalogue: Catalogue, facts: Facts, only: Collection[str] = ()) -> bool:
    """Whether the plan depends on being able to pull; where not, nobody has to find out."""
    if facts.supply != "auto":
        return False
    hopeful = make_plan(catalogue, replace(facts, can_pull=True), only)
    # A companion comes along with what is pulled anyway; for its sake alone no start waits for a registry's silence.
    companions = {image.key for image in catalogue.images.values() if image.companion_of}
    return any(step.action is Action.PULL and step.key not in companions for step in hopeful.steps)


def uses_real_kargo(catalogue: Catalogue, facts: Facts) -> bool:
    """Real Kargo where it is wanted or can be had; its stand-in where that is wanted or all there is."""
    if facts.kargo != "auto":
        return facts.kargo == "real"
    real = image_action(catalogue.images[KARGO], facts)
    if real in AT_HAND:
        return True
    lite = image_action(catalogue.images[KARGO_LITE], facts)
    # A workshop that was set up without the network does not change under its user once there is one.
    return lite not in AT_HAND and real is not None


def companions_at_hand(catalogue: Catalogue, facts: Facts, key: str) -> bool:
    """Whether the image `key` has companions, and all of them are on this machine."""
    companions = [image for image in catalogue.images.values() if image.companion_of == key]
    return bool(companions) and all(image_action(image, facts) in AT_HAND for image in companions)


def _needed_images(catalogue: Catalogue, facts: Facts, only: Collection[str]) -> dict[Image, Action | None]:
    images = catalogue.images
    actions = {image: image_action(image, facts) for image in images.values()}
    needed = {
        image
        for image in images.values()
        if not (image.built_only or image.part_of or image.companion_of) and image.key not in (KARGO, KARGO_LITE)
    }
    if {KARGO, KARGO_LITE} <= images.keys():
        needed.add(images[KARGO if uses_real_kargo(catalogue, facts) else KARGO_LITE])
    needed |= {image for image in images.values() if image.part_of and _is_ours(images[image.part_of], facts)}
    needed |= {image for image in images.values() if image.companion_of and images[image.companion_of] in needed}
    if only:
        needed = {image for image in images.values() if image.key in only}
    pending = list(needed)
    while pending:
        image = pending.pop()
        if actions[image] is Action.BUILD:
            parents = {images[key] for key in image.after} - needed
            needed |= parents
            pending += parents
    return {image: action for image, action in actions.items() if image in needed}


def image_action(image: Image, facts: Facts) -> Action | None:
    """How the image gets here, if at all."""
    found, archive = facts.engine.get(image.key), facts.archives.get(image.key)
    if found and (_fits(image, found, facts) or (archive and found.ids & archive.ids)):
        return Action.READY
    mirrored = facts.registry.get(image.key)
    # Where the engine has an outdated build of ours, only today's build is better.
    if mirrored and _fits(image, mirrored, facts) and (not found or mirrored.recipe):
        return Action.FROM_REGISTRY
    if archive:
        return Action.LOAD
    if image.pullable and facts.can_pull and image.host not in facts.silent_hosts and image.key not in facts.given_up:
        return Action.PULL
    if image.build and (facts.supply != "pull" or not image.pullable):
        return Action.BUILD
    return None


def _fits(image: Image, found: Found, facts: Facts) -> bool:
    """Its makers' image fits by its name; one of our own only if it was built from today's recipe."""
    return found.recipe in (None, facts.recipes.get(image.key)) or not image.build


def _is_ours(image: Image, facts: Facts) -> bool:
    """Whether the image is, or will be, one that was built here."""
    source = {
        Action.READY: facts.engine, Action.LOAD: facts.archives, Action.FROM_REGISTRY: facts.registry,
    }  # fmt: skip
    action = image_action(image, facts)
    if action in source:
        return source[action][image.key].recipe is not None
    return action is Action.BUILD


def publishers(catalogue: Catalogue, facts: Facts, only: Collection[str] = ()) -> set[str]:
    """The hosts from which the plan would download programs, if all of them can be reached."""
    plan = make_plan(catalogue, replace(facts, silent_hosts=frozenset()), only)
    fetched = [step.key for step in plan.steps if step.kind is not Kind.MODULE and step.action is Action.DOWNLOAD]
    return {catalogue.publishers[key] for key in fetched}


def _program_step(kind: Kind, program: Program, facts: Facts, coming: Mapping[str, Action], *, ready: bool) -> Step:
    """**coming**: the images that are here, or come without being built."""
    if ready:
        return Step(kind, program.name, Action.READY, program.version)
    fits = kind is Kind.BINARY or facts.tools_fit_images
    if fits and facts.supply != "build" and program.image in coming and not program.digest(facts.platform):
        needs = () if coming[program.image] is Action.READY else (f"image-{program.image}",)
        return Step(kind, program.name, Action.FROM_IMAGE, program.version, needs)
    reachable = program.release is not None and program.release.host not in facts.silent_hosts
    if program.release is not None and (facts.supply == "pull" or (facts.supply == "auto" and reachable)):
        return Step(kind, program.name, Action.DOWNLOAD, program.version)
    return Step(kind, program.name, Action.COMPILE, program.version, (f"module-{program.module}",))


def _compile_order(steps: list[Step], catalogue: Catalogue, image_steps: list[Step]) -> list[Step]:
    """What unblocks the most first, and all of a module in one go: its packages share the build cache.

    Images that still install packages after their binary is there come before those that only copy it.
    """
    waiting = [catalogue.images[step.key] for step in image_steps if step.action is Action.BUILD]
    waiting.sort(key=lambda image: not image.after)
    wanted = {name: rank for rank, name in reversed(list(enumerate(n for image in waiting for n in image.binaries)))}
    last = len(wanted) + sum(len(image.binaries) for image in waiting)
    rank = {step.id: wanted.get(step.key, last) for step in steps}
    first_of_module: dict[str, int] = {}
    for step in steps:
        module = catalogue.programs[step.key].module
        first_of_module[module] = min(first_of_module.get(module, last), rank[step.id])
    return sorted(steps, key=lambda step: (first_of_module[catalogue.programs[step.key].module], rank[step.id]))
