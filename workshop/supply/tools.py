"""Command line tools and binaries: found on PATH in the right version, or compiled from tools/*/go.mod."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Final

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.supply.catalogue import Program, catalogue
from workshop.supply.processes import Processes
from workshop.supply.recipes import program_recipe

BINARIES: Final = paths.BUILD_BIN
PROBE_SECONDS: Final = 10
COMPILER_FLAGS: Final = "-gcflags=all=-dwarf=false"
"""The linker drops all debug tables (-w), so the compiler need not write them: a tenth of its time."""
GO_FIX: Final = "install Go from https://go.dev/dl (tar -C /usr/local), put /usr/local/go/bin on PATH"


def tool_path(name: str) -> Path:
    """Where the tool of the pinned version is.

    Raises `WorkshopError` where it is not in place yet.
    """
    found = _located(name)
    if found is None:
        program = catalogue().tools[name]
        raise WorkshopError(
            f"{name} {program.version} is neither on PATH nor in {paths.BIN.relative_to(paths.ROOT)}.",
            fix="python -m workshop.supply",
        )
    return found[1]


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


@lru_cache
def _remembered(name: str) -> tuple[str, Path]:
    found = locate(catalogue().tools[name])
    if found is None:
        raise LookupError(name)
    return found


def _located(name: str) -> tuple[str, Path] | None:
    try:
        return _remembered(name)
    except LookupError:
        return None


def forget(name: str) -> None:
    """Remove our own build of that tool: the next supply finds it on PATH, or builds it anew."""
    own = paths.BIN / name
    own.unlink(missing_ok=True)
    stamp_path(own).unlink(missing_ok=True)
    _remembered.cache_clear()


def has_version(executable: Path, program: Program) -> bool:
    """Whether the program itself names the pinned version."""
    try:
        done = subprocess.run(
            [executable, *program.version_args],
            capture_output=True, text=True, timeout=PROBE_SECONDS, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and names_version(done.stdout + done.stderr, program.version)


def names_version(text: str, version: str) -> bool:
    """Whether the version stands in the text by itself: 1.34.3 is in "v1.34.3+k", not in "1.34.30"."""
    return re.search(rf"(?<![\w.-])v?{re.escape(version)}(?![\w-]|\.\w)", text) is not None


def binaries_in_place(programs: Iterable[Program]) -> frozenset[str]:
    """The binaries that were built to their end from today's recipe."""
    return frozenset(
        program.name
        for program in programs
        if (BINARIES / program.name).is_file()
        and _read_stamp(BINARIES / program.name) == program_recipe(program, paths.ROOT)
    )


def download(module: str, packages: Iterable[str], processes: Processes, log: Path) -> None:
    """Fetch the sources of everything that the packages of a module of tools/ are made from."""
    processes.run(
        ["go", "list", "-deps", "-f", "{{if .DepOnly}}{{else}}{{.ImportPath}}{{end}}", *packages],
        log=log, cwd=paths.ROOT / "tools" / module, env=go_environment(),
    )  # fmt: skip


def build(program: Program, folder: Path, processes: Processes, log: Path) -> None:
    """Compile one program into `folder`; it appears there whole or not at all."""
    target, module = folder / program.name, paths.ROOT / "tools" / program.module
    recipe = program_recipe(program, paths.ROOT)
    partial = folder.parent / "partial" / program.name
    partial.parent.mkdir(parents=True, exist_ok=True)
    processes.run(
        [
            "go", "build", "-trimpath", "-buildvcs=false", COMPILER_FLAGS, "-ldflags", program.link_flags,
            "-o", partial, program.package,
        ],
        log=log, cwd=module, env=go_environment(),
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    # The stamp goes first and comes back last: without it nothing counts as built.
    stamp_path(target).unlink(missing_ok=True)
    partial.replace(target)
    _write_stamp(target, recipe)
    _remembered.cache_clear()


def module_folder(tools_module: str, go_module: str) -> Path:
    """Where the Go tool keeps the files of a module that tools/<tools_module> requires."""
    folder = paths.ROOT / "tools" / tools_module
    # "go list" alone tells the place only of modules that are there already.
    for command in (["go", "mod", "download", go_module], ["go", "list", "-m", "-f", "{{.Dir}}", go_module]):
        done = subprocess.run(command, cwd=folder, env=go_environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise WorkshopError(
                f"The Go module {go_module} cannot be had.",
                details=done.stderr.strip(),
                fix=f"cd tools/{tools_module} && {' '.join(command)}",
            )
    return Path(done.stdout.strip())


def go_environment() -> dict[str, str]:
    """Go as the pins want it: no C compiler, and a go.mod that nothing may change.

    Unless the user says otherwise, the compiler collects garbage less often: a fifth less time for some more memory.
    """
    return {"GOGC": "400", **os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}


def check_go(modules: Iterable[str]) -> None:
    """Raise `WorkshopError` where Go is missing or too old for one of the modules of tools/."""
    wanted, module = max((_go_wanted(module), module) for module in modules)
    need = f"tools/{module} needs {'.'.join(map(str, wanted))} or later"
    if shutil.which("go") is None:
        raise WorkshopError(f"Go is not on PATH; {need}.", fix=GO_FIX)
    # Asked inside the module: where Go may fetch a newer toolchain by itself, it answers with that one.
    done = subprocess.run(
        ["go", "version"],
        cwd=paths.ROOT / "tools" / module, env=go_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    match = re.search(r"go(\d+(?:\.\d+)*)", done.stdout)
    if done.returncode != 0 or match is None or _numbers(match[1]) < wanted:
        raise WorkshopError(f"Go is too old: {need}.", details=(done.stdout + done.stderr).strip(), fix=GO_FIX)


def _go_wanted(module: str) -> tuple[int, ...]:
    text = (paths.ROOT / "tools" / module / "go.mod").read_text(encoding="utf-8")
    match = re.search(r"^go (\d+(?:\.\d+)*)", text, re.MULTILINE)
    return _numbers(match[1]) if match else (1,)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


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
