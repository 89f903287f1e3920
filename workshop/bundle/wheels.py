"""The Python environment for a machine without PyPI: the wheels of uv.lock for this kind of machine."""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Final

from workshop import paths
from workshop.machine import uv

REQUIREMENTS: Final = "requirements.txt"
"""uv.lock as pip reads it, checksums included; scripts/bootstrap installs from it."""
EDITABLE: Final = "editables"
"""What hatchling asks for when it installs the repository where it lies."""


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
    uv.run("export", "--locked", "--quiet", "--no-emit-project", "--no-header", "--output-file", str(requirements))
    # pip downloads, and compares every checksum of uv.lock; uv itself cannot download.
    pip = ("tool", "run", "--quiet", "--python", sys.executable, "pip", "download", "--quiet", "--dest", str(folder))
    exactly = ("--only-binary", ":all:", "--no-deps", "--requirement")
    uv.run(*pip, *exactly, str(requirements))
    for alternative in alternatives(requirements.read_text(encoding="utf-8"), sys.version_info[:2]):
        single = folder / "alternative.txt"
        single.write_text(alternative, encoding="utf-8")
        uv.run(*pip, *exactly, str(single))
        single.unlink()
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    uv.run(*pip, "--only-binary", ":all:", *project["build-system"]["requires"], EDITABLE)
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
