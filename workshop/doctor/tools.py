"""The command line tools, each asked for its version as everything else will find it."""

from __future__ import annotations

import importlib.metadata
import shutil
import tomllib
from functools import partial
from pathlib import Path
from typing import Final

from workshop import environment, paths, supply
from workshop.doctor.check import Area, Check, Finding, apart, ask, bad, good
from workshop.machine import apt, refusals
from workshop.supply import tools
from workshop.supply.catalogue import Program, catalogue

ALWAYS: Final = ("docker", "git", "curl", "act")
PYPROJECT: Final = paths.ROOT / "pyproject.toml"


def pinned(program: Program) -> Finding:
    """The program of that name that comes first on PATH; a wrong one in .workshop/bin hides a good one."""
    path = environment.search_path()
    found = shutil.which(program.name, path=path)
    fix = f".venv/bin/workshop supply {program.name}"
    if found is None:
        return bad(f"{program.name} não está aqui", fix)
    where = ".workshop/bin" if Path(found).parent == paths.BIN else found
    if not tools.has_version(Path(found), program):
        if Path(found).parent == paths.BIN:
            fix = f"rm {where}/{program.name} && {fix}"
        return bad(f"{where} não é {program.name} {program.version}", fix)
    return good(f"{program.version}, de {where}")


def replace(program: Program) -> None:
    """Bring the tool of the pinned version; a file of ours that is another goes first."""
    tools.forget(program.name)
    supply.ensure(only=[program.name])


def others() -> Finding:
    """The programs of any version."""
    path = environment.search_path()
    missing = [name for name in ALWAYS if shutil.which(name, path=path) is None]
    if missing:
        packages = [name for name in missing if name not in ("docker", "act")]
        if packages:
            fix = apt.install_command(*packages)
        else:
            fix = refusals.absent().fix if "docker" in missing else "make bootstrap"
        return bad(f"falta {', '.join(missing)}", fix)
    return good(", ".join(ALWAYS))


def go() -> Finding:
    """Go: needed only where something still has to be compiled."""
    if shutil.which("go") is None:
        return apart("não está aqui; só faz falta para compilar ferramentas", "https://go.dev/dl")
    return good(ask("go", "version").split()[2].removeprefix("go"))


def python_packages() -> Finding:
    """The packages of this environment against the versions that pyproject.toml pins."""
    if not PYPROJECT.exists():
        return bad(f"{PYPROJECT.name} não existe", "git checkout -- pyproject.toml")
    wanted = dict(
        line.split("==") for line in tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]
    )
    wrong = []
    for name, version in wanted.items():
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = "nenhum"
        if found != version:
            wrong.append(f"{name} {found} em vez de {version}")
    if wrong:
        return bad("; ".join(wrong), "make bootstrap")
    return good(f"{len(wanted)} pacotes nas versões de pyproject.toml")


def area() -> Area:
    """The checks of this module."""
    programs = catalogue().tools.values()
    return Area(
        "Ferramentas",
        (
            *(
                Check(f"tool-{program.name}", program.name, partial(pinned, program), partial(replace, program))
                for program in programs
            ),
            Check("programs", "programas", others),
            Check("go", "Go", go),
            Check("python", "ambiente Python", python_packages),
        ),
    )
