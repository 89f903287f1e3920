"""Command line tools and binaries: found on PATH in the right version, or compiled from tools/*/go.mod."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from workshop import paths, process
from workshop import settings as config
from workshop.supply import go
from workshop.supply.catalogue import Program
from workshop.supply.recipes import program_recipe

PROBE_SECONDS: Final = 10
COMPILER_FLAGS: Final = "-gcflags=all=-dwarf=false"
"""The linker drops all debug tables (-w), so the compiler need not write them: a tenth of its time."""


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
        fits = stamp == program_recipe(program, paths.ROOT) if stamp else has_version(own, program)
        if fits:
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
    """The binaries that were built to their end from today's recipe."""
    return frozenset(
        program.name
        for program in programs
        if (paths.BUILD_BIN / program.name).is_file()
        and _read_stamp(paths.BUILD_BIN / program.name) == program_recipe(program, paths.ROOT)
    )


def download(module: str, packages: Iterable[str], group: process.Group, log: Path) -> None:
    """Fetch the sources of everything that the packages of a module of tools/ are made from."""
    only_fetched = ("-deps", "-f", "{{if .DepOnly}}{{else}}{{.ImportPath}}{{end}}")
    go.run(module, "list", *only_fetched, *packages, limit=go.DOWNLOAD_SECONDS, group=group, log=log)


def build(program: Program, folder: Path, group: process.Group, log: Path) -> None:
    """Compile one program into `folder`; it appears there whole or not at all."""
    target, recipe = folder / program.name, program_recipe(program, paths.ROOT)
    partial = folder.parent / "partial" / program.name
    partial.parent.mkdir(parents=True, exist_ok=True)
    go.run(
        program.module, "build", "-trimpath", "-buildvcs=false", COMPILER_FLAGS, "-ldflags", program.link_flags,
        "-o", partial, program.package, limit=go.COMPILE_SECONDS, group=group, log=log,
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    # The stamp goes first and comes back last: without it nothing counts as built.
    stamp_path(target).unlink(missing_ok=True)
    partial.replace(target)
    _write_stamp(target, recipe)


def stamp_path(target: Path) -> Path:
    """Where it is written down from which recipe a program of ours was built."""
    return target.parent.parent / "stamps" / target.name


def _read_stamp(target: Path) -> str:
    return stamp_path(target).read_text(encoding="ascii") if stamp_path(target).is_file() else ""


def _write_stamp(target: Path, recipe: str) -> None:
    stamp = stamp_path(target)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    partial = stamp.with_suffix(".partial")
    partial.write_text(recipe, encoding="ascii")
    partial.replace(stamp)
