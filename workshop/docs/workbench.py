"""What site and slides are made with, each in place before it is used: Python packages, Mermaid, presenterm.

Apart from the workshop's own environment and tools, since only those who write documents or give the talk need them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from workshop import paths, process, voice
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import apt, uv
from workshop.supply import tools
from workshop.supply.catalogue import Program

GROUP: Final = "docs"
"""The dependency group of pyproject.toml."""
NPM_FILES: Final = paths.ROOT / "docs" / "site"
"""package.json and its lock."""
NPM_LOCK: Final = "package-lock.json"
PRESENTERM: Final = "presenterm"
CARGO_LOG: Final = paths.LOGS / "presenterm.log"
_ENVIRONMENT: Final = paths.DOCS_WORK / "python"
_MERMAID: Final = paths.DOCS_WORK / "mermaid"
_BUNDLE: Final = Path("node_modules", "mermaid", "dist", "mermaid.min.js")
_LIMIT_SECONDS: Final = 600
_CARGO_LIMIT_SECONDS: Final = 3600
_AGAIN: Final = "make docs   # com acesso a registry.npmjs.org"


def python_programs() -> Path:
    """The folder of the programs of that group, installed from uv.lock where they are not.

    Raises `WorkshopError` where PyPI is out of reach.
    """
    stamp = _ENVIRONMENT / paths.UV_LOCK.name
    if not _same(stamp, paths.UV_LOCK):
        voice.say("preparando os pacotes Python de site e slides")
        theirs = {"UV_PROJECT_ENVIRONMENT": str(_ENVIRONMENT)}
        uv.run("sync", "--locked", "--quiet", "--only-group", GROUP, variables=theirs)
        shutil.copyfile(paths.UV_LOCK, stamp)
    return _ENVIRONMENT / "bin"


def mermaid() -> Path:
    """Mermaid as a browser takes it: one file, which draws the diagrams of the pages.

    Raises `WorkshopError` where it is neither here nor to be had.
    """
    stamp, bundle = _MERMAID / NPM_LOCK, _MERMAID / _BUNDLE.name
    if not _same(stamp, NPM_FILES / NPM_LOCK):
        voice.say("preparando o Mermaid, que desenha os diagramas do site")
        npm, partial = _npm(), paths.DOCS_WORK / "npm"
        for folder in (_MERMAID, partial):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        for name in ("package.json", NPM_LOCK):
            shutil.copyfile(NPM_FILES / name, partial / name)
        # No package has to run anything: the bundle is whole, and all that it was made from may go again.
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        process.run(command, cwd=partial, env=os.environ, limit=_LIMIT_SECONDS, fix=_AGAIN)
        shutil.copyfile(partial / _BUNDLE, bundle)
        shutil.copyfile(NPM_FILES / NPM_LOCK, stamp)
        shutil.rmtree(partial)
    return bundle


def presenterm() -> Path:
    """presenterm in the pinned version: from PATH, or built by cargo, which takes minutes.

    Raises `WorkshopError` where neither can be.
    """
    found = presenterm_in_place()
    if found is not None:
        return found
    version = config.versions()["crates"][PRESENTERM]["version"]
    cargo = shutil.which("cargo")
    if cargo is None:
        raise WorkshopError(
            f"O {PRESENTERM} {version}, que mostra os slides, não está aqui, nem o cargo, que o constrói.",
            fix="make slides   # depois de instalar o Rust: https://rustup.rs",
        )
    voice.say(f"construindo o {PRESENTERM} {version} com o cargo; leva alguns minutos ({process.relative(CARGO_LOG)})")
    # --root has a folder bin/ of its own making, which is ours.
    command = [cargo, "install", "--locked", "--force", "--root", str(paths.STATE), f"{PRESENTERM}@{version}"]
    # cargo and rustc are the user's, with the settings that those have.
    process.run(
        command, env=os.environ, limit=_CARGO_LIMIT_SECONDS, log=CARGO_LOG,
        fix=f"rustup update && make slides   # com acesso a crates.io; mais em {process.relative(CARGO_LOG)}",
    )  # fmt: skip
    return paths.BIN / PRESENTERM


def presenterm_in_place() -> Path | None:
    """Where the pinned presenterm is; nothing where it is not."""
    pin = config.versions()["crates"][PRESENTERM]
    program = Program(PRESENTERM, pin["version"], module="", package="", version_args=tuple(pin["version_args"]))
    found = tools.locate(program)
    return found[1] if found else None


def _npm() -> str:
    if shutil.which("npm") is None:
        apt.require("npm", missing="O npm, que traz o Mermaid, não está aqui.")
    return str(shutil.which("npm"))


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and one.read_bytes() == other.read_bytes()
