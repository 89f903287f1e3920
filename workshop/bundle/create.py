"""`workshop bundle create`: everything that this installation uses, streamed into one file."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from workshop import paths, voice
from workshop import settings as config
from workshop.bundle import debian, inventory, wheels
from workshop.bundle.archive import Entry, Writer, megabytes, require_space
from workshop.bundle.inventory import Item
from workshop.bundle.restore import machine
from workshop.errors import WorkshopError
from workshop.machine import uv
from workshop.shell import git
from workshop.supply.catalogue import catalogue
from workshop.supply.run import alone


def create(target: Path) -> None:
    """Pack this installation into `target`, which is replaced only once the new one is whole.

    Raises `WorkshopError` where something that the workshop needs is not in place, or the disk is too small.
    """
    check_target(target)
    with alone():
        pack(everything(), target, config.versions(), commit())


def everything() -> list[Item]:
    """What this installation uses; wheels and Debian packages are downloaded where they are not kept yet.

    Raises `WorkshopError` where something that the workshop needs is not in place.
    """
    items = inventory.items(catalogue())
    voice.say("buscando os pacotes Python e os do Docker")
    return [
        *items,
        inventory.of_folder("python", "wheels", paths.UV_LOCK.name, wheels.collect()),
        _uv(),
        *_engine(),
    ]


def check_target(target: Path) -> None:
    """Raise `WorkshopError` where the target is a folder, or lies in one that is not there."""
    if target.is_dir():
        raise WorkshopError(f"{target} é uma pasta.", fix=f"workshop bundle create {target / 'oficina.bundle'}")
    if not target.parent.is_dir():
        raise WorkshopError(f"A pasta {target.parent} não existe.", fix=f"mkdir -p {target.parent}")


def pack(
    items: Iterable[Item], target: Path, pins: Mapping[str, Any], commit: str, *, scratch: Path = paths.STATE
) -> None:
    """Write the items, one line for each, to `target`.partial, which takes the target's name once it is whole.

    **scratch**: where images are saved before they go into the bundle.
    """
    items = list(items)
    sizes = [part.size for item in items for part in item.parts]
    require_space(target.parent, sum(sizes))
    require_space(scratch, max(sizes, default=0))
    began = time.monotonic()
    partial = target.with_name(f"{target.name}.partial")
    try:
        with partial.open("wb") as stream:
            writer = Writer(stream)
            for item in items:
                written = [_add(writer, item, part) for part in item.parts]
                size = megabytes(sum(entry.size for entry in written))
                voice.say(f"✓ {written[0].item}: {item.version}, {size} ({time.monotonic() - began:.0f} s)")
            writer.finish(commit, pins, machine())
        partial.replace(target)
    except OSError as error:
        raise WorkshopError(
            f"{target} não pôde ser gravado: {error.strerror}.", fix="workshop bundle create ARQUIVO   # em outra pasta"
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    voice.say(f"{target}: {megabytes(target.stat().st_size)} em {time.monotonic() - began:.0f} s")


def _add(writer: Writer, item: Item, part: inventory.Part) -> Entry:
    with part.open() as file:
        return writer.add(item.kind, item.name, item.version, part.path, file)


def _uv() -> Item:
    part = inventory.of_file(uv.program(), paths.UV.relative_to(paths.STATE).as_posix())
    return Item("python", "uv", uv.version(), (part,))


def _engine() -> list[Item]:
    folder = debian.collect()
    return [inventory.of_folder("engine", "docker.io", "apt", folder)] if folder else []


def commit() -> str:
    """Of this repository, for people to read."""
    try:
        return git.text("rev-parse", "HEAD").strip()
    except WorkshopError:
        return "?"
