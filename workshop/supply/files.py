"""Files that are copied to where something is made of them, or to where they are kept."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from typing import Final

from workshop import process
from workshop.errors import WorkshopError

_FILE: Final = stat.S_IWUSR | stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
_FOLDER: Final = _FILE | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
"""What everybody may do with a copy: an image's own user reads what was copied into it, whatever umask it came from."""
IGNORED: Final = ("__pycache__", ".pytest_cache", ".ruff_cache")


def copy(source: Path, target: Path) -> None:
    """Copy a file or folder, caches left out. The copy can be removed again, even of what Go keeps read-only.

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
        path.chmod(path.stat().st_mode | (_FOLDER if path.is_dir() else _FILE))
