"""What this installation uses, item by item, and where each file of it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from workshop import paths, process
from workshop import settings as config
from workshop.bundle.archive import FOLDERS
from workshop.errors import WorkshopError
from workshop.machine import uv
from workshop.shell import docker
from workshop.supply import images, manifests, tools
from workshop.supply.archives import archive_path, read_archive
from workshop.supply.catalogue import KARGO, Catalogue, Image, Program
from workshop.supply.look import look
from workshop.supply.plan import (
    AT_HAND,
    Action,
    Facts,
    Kind,
    companions_at_hand,
    image_action,
    make_plan,
    uses_real_kargo,
)

_CERT_MANAGER_CHART = "cert-manager-chart"
"""Of use beside real Kargo alone, and only where its images are here."""


@dataclass(frozen=True)
class Part:
    """One file for the bundle. **path**: its place below .workshop/. **open**: brings it to where it can be read.

    **size**: bytes, or about as many where the file is made only when it is opened.
    """

    path: str
    size: int
    open: Callable[[], AbstractContextManager[Path]]


@dataclass(frozen=True)
class Item:
    """A tool, an image, a chart…: what people know by one name."""

    kind: str
    name: str
    version: str
    parts: tuple[Part, ...]


def items(pins: Catalogue) -> list[Item]:
    """Everything that versions.toml names and that this machine has, and all of it that the workshop needs.

    Raises `WorkshopError` where something is needed and not in place.
    """
    facts = look(pins)
    if missing := lacking(pins, facts):
        raise WorkshopError(
            f"Esta instalação ainda não tem tudo: {', '.join(missing)}.",
            fix="make supply   # depois, o mesmo comando de novo",
        )
    found = [_tool(program) for program in pins.tools.values()]
    found += [_binary(pins.programs[name]) for name in sorted(facts.binaries)]
    found += [_manifest(key) for key in config.versions()["manifests"] if _uses_manifest(key, pins, facts)]
    for image in pins.images.values():
        action = image_action(image, facts)
        if action in AT_HAND:
            found.append(_image(image, action))
    return found


def lacking(pins: Catalogue, facts: Facts) -> list[str]:
    """The tools and images that the workshop needs and this machine does not have, by their names.

    Nobody misses a companion: it came along where it could be pulled, and its absence is no fault of this machine's.
    """
    plan = make_plan(pins, replace(facts, can_pull=True))
    companions = {image.key for image in pins.images.values() if image.companion_of}
    absent = [step.key for step in plan.steps if step.kind in (Kind.TOOL, Kind.IMAGE) and step.action not in AT_HAND]
    return [key for key in absent if key not in companions] + [image.key for image in plan.missing]


def of_folder(kind: str, name: str, version: str, folder: Path) -> Item:
    """An item of every file below a folder of .workshop/."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return Item(kind, name, version, tuple(of_file(file) for file in files))


def of_file(source: Path, path: str = "") -> Part:
    """A part that is a file already; its place is where it lies, unless said otherwise."""
    return Part(path or source.relative_to(paths.STATE).as_posix(), source.stat().st_size, lambda: nullcontext(source))


def _tool(program: Program) -> Item:
    located = tools.locate(program)
    if located is None:
        raise WorkshopError(
            f"{program.name} {program.version} não está aqui.", fix="make supply   # traz ou constrói as ferramentas"
        )
    where, file = located
    file = file.resolve()
    if not uv.is_binary(file):
        raise WorkshopError(
            f"{file} é um script e não o próprio {program.name}; em outra máquina ele não serviria.",
            fix=f"make supply   # depois de tirar {file.parent} do PATH: a oficina compila o seu",
        )
    folder, stamps = FOLDERS["tool"]
    parts = [of_file(file, f"{folder}/{program.name}")]
    if where == "bin" and tools.stamp_path(file).is_file():
        parts.append(of_file(tools.stamp_path(file), f"{stamps}/{program.name}"))
    return Item("tool", program.name, program.version, tuple(parts))


def _binary(program: Program) -> Item:
    file = paths.BUILD_BIN / program.name
    return Item("binary", program.name, program.version, (of_file(file), of_file(tools.stamp_path(file))))


def _uses_manifest(key: str, pins: Catalogue, facts: Facts) -> bool:
    if key != _CERT_MANAGER_CHART or manifests.in_place(key):
        return True
    return uses_real_kargo(pins, facts) and companions_at_hand(pins, facts, KARGO)


def _manifest(key: str) -> Item:
    return of_folder("manifest", key, config.versions()["manifests"][key]["version"], manifests.path(key).parent)


def _image(image: Image, action: Action) -> Item:
    path = f"{FOLDERS['image'][0]}/{image.key}.tar"
    if action is Action.LOAD:
        part = of_file(archive_path(image), path)
    else:
        size = images.size_in_engine(image) if action is Action.READY else 0
        part = Part(path, size, lambda: _saved(image, action))
    return Item("image", image.key, image.tag, (part,))


@contextmanager
def _saved(image: Image, action: Action) -> Iterator[Path]:
    """The image as `docker save` writes it, for as long as it is needed."""
    group, log = process.Group(), paths.SUPPLY_LOGS / f"bundle-{image.key}.log"
    log.unlink(missing_ok=True)
    if action is Action.FROM_REGISTRY:
        images.copy_from_registry(image, group, log)
    saved = paths.PARTIAL / f"bundle-{image.key}.tar"
    try:
        images.save(image, *_steps(image), to=saved, group=group, log=log)
        read_archive(saved, image)
        yield saved
    finally:
        saved.unlink(missing_ok=True)


def _steps(image: Image) -> list[str]:
    """The images that the classic builder made on the way, for an image with a target is the cache of its neighbours.

    Saved together they keep their order, and on the other machine a pipeline finds every step up to there done.
    """
    if not image.target:
        return []
    history = docker.text("history", "--quiet", "--no-trunc", image.name)
    return [line for line in history.splitlines()[1:] if line.startswith("sha256:")]
