"""Files that are copied to where something is made of them, or to where they are kept."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from typing import Final

from workshop import process
from workshop.errors import WorkshopError

IGNORED: Final = ("__pycache__", ".pytest_cache", ".ruff_cache")


def copy(source: Path, target: Path) -> None:
    """Copy a file or folder, caches left out; the copy can be removed again, even of what Go keeps read-only.

    Raises `WorkshopError` where it is not there.
    """
    if not source.exists():
        raise WorkshopError(f"{process.relative(source)} não está aqui.")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*IGNORED))
    else:
        shutil.copy2(source, target)
    for path in (target, *target.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
