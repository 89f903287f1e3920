"""Command line tools and binaries: found on PATH in the right version, downloaded from their makers, or compiled."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workshop import paths, process
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import system
from workshop.supply import downloads, go
from workshop.supply.catalogue import Program
from workshop.supply.recipes import program_recipe

PROBE_SECONDS: Final = 10
COMPILER_FLAGS: Final = "-gcflags=all=-dwarf=false"
"""The linker drops all debug tables (-w), so the compiler need not write them: a tenth of its time."""


@dataclass(frozen=True)
class Place:
    """Where programs are kept, and for which system and processor."""

    folder: Path
    platform: str


def for_people() -> Place:
    """What runs on this machine."""
    return Place(paths.BIN, system.here())


def for_images() -> Place:
    """What goes into images that are built here."""
    return Place(paths.BUILD_BIN, system.in_containers())


def optional_path(name: str) -> Path | None:
    """Where a tool of `[optional]` is in the pinned version; nothing where it is not: nobody has to have it."""
    pin = config.versions()["optional"][name]
    found = locate(Program(name, pin["version"], module="", package="", version_args=tuple(pin["version_args"])))
    return found[1] if found else None


def tools_in_place(programs: Iterable[Program]) -> dict[str, str]:
    """The tools of the right version, and whether each is "bin" (ours) or "PATH"."""
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda program: (program.name, locate(program)), programs)
        return {name: where[0] for name, where in found if where is not None}


def locate(program: Program) -> tuple[str, Path] | None:
    """Our own build first, since it is first on PATH for everything that the workshop starts."""
    own = paths.BIN / program.name
    if own.is_file():
        stamp = _read_stamp(own)
        if _is_todays(stamp, program, for_people()) if stamp else has_version(own, program):
            return "bin", own
    folders = [
        folder
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if folder and Path(folder).resolve() != paths.BIN.resolve()
    ]
    other = shutil.which(program.name, path=os.pathsep.join(folders))
    if other and has_version(Path(other), program):
        # An outdated build of ours would hide it.
        own.unlink(missing_ok=True)
        return "PATH", Path(other)
    return None


def forget(name: str) -> None:
    """Remove our own build of that tool: the next supply finds it on PATH, or builds it anew."""
    own = paths.BIN / name
    own.unlink(missing_ok=True)
    stamp_path(own).unlink(missing_ok=True)


def has_version(executable: Path, program: Program) -> bool:
    """Whether the program itself names the pinned version."""
    try:
        done = process.run([executable, *program.version_args], limit=PROBE_SECONDS, check=False)
    except (process.Missing, process.TimedOut):
        return False
    return done.ok and names_version(done.out + done.err, program.version)


def names_version(text: str, version: str) -> bool:
    """Whether the version stands in the text by itself: 1.34.3 is in "v1.34.3+k", not in "1.34.30"."""
    return re.search(rf"(?<![\w.-])v?{re.escape(version)}(?![\w-]|\.\w)", text) is not None


def binaries_in_place(programs: Iterable[Program]) -> frozenset[str]:
    """The binaries that were brought whole: built from today's recipe, or today's download."""
    place = for_images()
    return frozenset(
        program.name
        for program in programs
        if (own := place.folder / program.name).is_file() and _is_todays(_read_stamp(own), program, place)
    )


def download_sources(module: str, packages: Iterable[str], group: process.Group, log: Path) -> None:
    """Fetch the sources of everything that the packages of a module of tools/ are made from."""
    only_fetched = ("-deps", "-f", "{{if .DepOnly}}{{else}}{{.ImportPath}}{{end}}")
    go.run(module, "list", *only_fetched, *packages, limit=go.DOWNLOAD_SECONDS, group=group, log=log)


def download(program: Program, place: Place, group: process.Group, log: Path) -> None:
    """Fetch what the makers of a program publish; it appears whole, and with the pinned digest, or not at all.

    Raises `WorkshopError` where no digest is pinned for that system, or it is another one; `NotFetched`.
    """
    digest = program.digest(place.platform)
    if program.release is None or not digest:
        raise WorkshopError(
            f"versions.toml não tem o SHA-256 de {program.name} {program.version} para {place.platform}, "
            "e sem ele nada baixado é usado.",
            fix="workshop pins   # busca e anota todos; ou WORKSHOP_SUPPLY=build, que compila",
        )
    url = program.published(program.release.url, place.platform)
    partial = _partial(program, place)
    member = program.published(program.release.member, place.platform)
    fetched = partial.with_name(f"{program.name}.archive") if member else partial
    downloads.fetch(url, digest, fetched, group, log)
    if member:
        _take_out(fetched, member, partial)
    partial.chmod(0o755)
    _put(partial, program, place, digest)


def take_from_image(program: Program, image: str, place: Place, group: process.Group, log: Path) -> None:
    """Copy a program out of its makers' image, which the engine has; it appears whole or not at all."""
    partial = _partial(program, place)
    created = process.run(["docker", "create", image], group=group).out.strip()
    try:
        process.run(["docker", "cp", f"{created}:{program.image_path}", partial], log=log, group=group)
    finally:
        process.run(["docker", "rm", created], log=log, check=False)
    partial.chmod(0o755)
    _put(partial, program, place, _image_stamp(program))


def build(program: Program, place: Place, group: process.Group, log: Path) -> None:
    """Compile one program; it appears whole or not at all."""
    recipe, partial = program_recipe(program, paths.ROOT), _partial(program, place)
    system_variables = dict(zip(("GOOS", "GOARCH"), place.platform.split("-", 1), strict=True))
    go.run(
        program.module, "build", "-trimpath", "-buildvcs=false", COMPILER_FLAGS, "-ldflags", program.link_flags,
        "-o", partial, program.package, limit=go.COMPILE_SECONDS, group=group, log=log,
        variables=system_variables if place.platform != system.here() else {},
    )  # fmt: skip
    _put(partial, program, place, recipe)


def _partial(program: Program, place: Place) -> Path:
    path = place.folder.parent / "partial" / program.name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _put(partial: Path, program: Program, place: Place, stamp: str) -> None:
    target = place.folder / program.name
    target.parent.mkdir(parents=True, exist_ok=True)
    # The stamp goes first and comes back last: without it nothing counts as brought.
    stamp_path(target).unlink(missing_ok=True)
    partial.replace(target)
    _write_stamp(target, stamp)


def _take_out(archive: Path, member: str, target: Path) -> None:
    with tarfile.open(archive) as opened:
        stream = opened.extractfile(member)
        if stream is None:
            raise KeyError(member)
        with target.open("wb") as file:
            shutil.copyfileobj(stream, file)
    archive.unlink()


def _is_todays(stamp: str, program: Program, place: Place) -> bool:
    return stamp in (program_recipe(program, paths.ROOT), program.digest(place.platform) or _image_stamp(program))


def _image_stamp(program: Program) -> str:
    return f"image:{program.version}"


def stamp_path(target: Path) -> Path:
    """Where it is written down from which recipe a program of ours was built, or with which digest it came."""
    return target.parent.parent / "stamps" / target.name


def _read_stamp(target: Path) -> str:
    return stamp_path(target).read_text(encoding="ascii") if stamp_path(target).is_file() else ""


def _write_stamp(target: Path, recipe: str) -> None:
    stamp = stamp_path(target)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    partial = stamp.with_suffix(".partial")
    partial.write_text(recipe, encoding="ascii")
    partial.replace(stamp)
