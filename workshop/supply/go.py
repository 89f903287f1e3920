"""Go as the pins of tools/*/go.mod want it: whether it is new enough, how it is run, where a module's files are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from workshop import environment, paths, process
from workshop.errors import WorkshopError

COMPILE_SECONDS: Final = 60 * 60
"""kubelet alone takes a quarter of an hour on a slow machine."""
DOWNLOAD_SECONDS: Final = 30 * 60
FIX: Final = "tar -C /usr/local -xzf go*.tar.gz   # o Go de https://go.dev/dl; e ponha /usr/local/go/bin no PATH"


def run(
    module: str,
    *arguments: str | Path,
    limit: float,
    group: process.Group | None = None,
    log: Path | None = None,
    check: bool = True,
    variables: Mapping[str, str] | None = None,
) -> process.Done:
    """Run Go in a module of tools/, with no C compiler and a go.mod that nothing may change. As `process.run`.

    Unless the user says otherwise, the compiler collects garbage less often: a fifth less time for some more memory.
    """
    environ = {
        "GOGC": "400",
        **environment.variables(),
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly",
        "GOWORK": "off",
        **(variables or {}),
    }
    command = ["go", *arguments]
    return process.run(command, cwd=folder(module), env=environ, limit=limit, group=group, log=log, check=check)


def folder(module: str) -> Path:
    """The module of tools/ of that name."""
    return paths.ROOT / "tools" / module


def module_folder(module: str, go_module: str, group: process.Group | None = None) -> Path:
    """Where Go keeps the files of a module that tools/<module> requires, fetched where they are not there yet.

    Raises `WorkshopError` where they cannot be had.
    """
    try:
        # "go list" alone tells the place only of modules that are there already.
        run(module, "mod", "download", go_module, limit=DOWNLOAD_SECONDS, group=group)
        found = run(module, "list", "-m", "-f", "{{.Dir}}", go_module, limit=DOWNLOAD_SECONDS, group=group)
    except process.Failed as error:
        raise WorkshopError(
            f"O módulo Go {go_module} não pôde ser baixado.",
            details=process.last_lines(error.details, 3),
            fix="curl -I https://proxy.golang.org   # quando responder, rode o mesmo comando de novo",
        ) from None
    return Path(found.out.strip())


def check(modules: Iterable[str]) -> None:
    """Raise `WorkshopError` where Go is missing or too old for one of the modules of tools/."""
    wanted, module = max((_wanted(module), module) for module in modules)
    need = f"tools/{module} precisa do {'.'.join(map(str, wanted))} ou de um mais novo"
    try:
        # Asked inside the module: where Go may fetch a newer toolchain by itself, it answers with that one.
        done = run(module, "version", limit=DOWNLOAD_SECONDS, check=False)
    except process.Missing:
        raise WorkshopError(f"O Go não está no PATH; {need}.", fix=FIX) from None
    match = re.search(r"go(\d+(?:\.\d+)*)", done.out)
    if not done.ok or match is None or _numbers(match[1]) < wanted:
        raise WorkshopError(f"O Go daqui é velho demais: {need}.", details=(done.out + done.err).strip(), fix=FIX)


def _wanted(module: str) -> tuple[int, ...]:
    match = re.search(r"^go (\d+(?:\.\d+)*)", (folder(module) / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    return _numbers(match[1]) if match else (1,)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
