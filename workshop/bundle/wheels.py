"""The Python environment for a machine without PyPI: uv itself, and the wheels of uv.lock for this kind of machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from workshop import paths
from workshop.errors import WorkshopError

REQUIREMENTS: Final = "requirements.txt"
"""uv.lock as pip reads it, checksums included; scripts/bootstrap installs from it."""
EDITABLE: Final = "editables"
"""What hatchling asks for when it installs the repository where it lies."""
LIMIT_SECONDS: Final = 900


def collect() -> Path:
    """The folder of the wheels, downloaded where it does not hold those of today's uv.lock already.

    Raises `WorkshopError` where PyPI cannot be reached.
    """
    kept = paths.WHEELS / paths.UV_LOCK.name
    if kept.is_file() and kept.read_bytes() == paths.UV_LOCK.read_bytes():
        return paths.WHEELS
    folder = paths.PARTIAL / paths.WHEELS.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    requirements = folder / REQUIREMENTS
    run_uv("export", "--locked", "--quiet", "--no-emit-project", "--no-header", "--output-file", str(requirements))
    # pip downloads, and compares every checksum of uv.lock; uv itself cannot download.
    pip = ("tool", "run", "--quiet", "--python", sys.executable, "pip", "download", "--quiet", "--dest", str(folder))
    exactly = ("--only-binary", ":all:", "--no-deps", "--requirement")
    run_uv(*pip, *exactly, str(requirements))
    for alternative in alternatives(requirements.read_text(encoding="utf-8"), sys.version_info[:2]):
        single = folder / "alternative.txt"
        single.write_text(alternative, encoding="utf-8")
        run_uv(*pip, *exactly, str(single))
        single.unlink()
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run_uv(*pip, "--only-binary", ":all:", *project["build-system"]["requires"], EDITABLE)
    shutil.copyfile(paths.UV_LOCK, folder / paths.UV_LOCK.name)
    shutil.rmtree(paths.WHEELS, ignore_errors=True)
    folder.rename(paths.WHEELS)
    return paths.WHEELS


def alternatives(requirements: str, python: tuple[int, int]) -> list[str]:
    """The requirements that hold for some patch releases of a Python and not for others, each without that condition.

    The other machine has the same minor version, and perhaps another patch release. One at a time, since two versions
    of a package are two requirements that no single download satisfies.
    """
    blocks = re.split(r"\n(?=\S)", requirements)
    patch = f"'{python[0]}.{python[1]}."
    return [
        re.sub(r" ;[^\n]*?(?= \\\n|\n|$)", "", block, count=1) for block in blocks if patch in block.partition("\n")[0]
    ]


def uv() -> Path:
    """uv's own executable, as scripts/bootstrap finds it.

    Raises `WorkshopError` where there is none.
    """
    for place in (paths.UV, shutil.which("uv")):
        if place and Path(place).is_file() and Path(place).read_bytes()[:4] == b"\x7fELF":
            return Path(place)
    raise WorkshopError(
        "Não achei o uv, que monta o ambiente Python na outra máquina.",
        fix="rm .venv/.synced && env PATH=/usr/bin:/bin scripts/bootstrap   # instala um em .workshop/uv",
    )


def uv_version() -> str:
    """The version that it names."""
    return run_uv("--version").split()[1]


def run_uv(*arguments: str, variables: Mapping[str, str] | None = None) -> str:
    """What uv prints, run in the repository's folder.

    Raises `WorkshopError` where it fails.
    """
    # As in scripts/bootstrap: the authorities that this machine trusts.
    ours = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1", "UV_PYTHON_DOWNLOADS": "never"}
    environment = {**os.environ, **ours, **(variables or {})}
    try:
        done = subprocess.run(
            [uv(), *arguments],
            cwd=paths.ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise WorkshopError(
            f"Os pacotes Python não vieram em {LIMIT_SECONDS // 60} minutos.", fix="rode o mesmo comando de novo"
        ) from None
    if done.returncode != 0:
        raise WorkshopError(
            "Os pacotes Python de uv.lock não puderam ser baixados.",
            details="\n".join(done.stderr.strip().splitlines()[-5:]),
            fix="verifique o acesso a https://pypi.org e rode o mesmo comando de novo",
        )
    return done.stdout
