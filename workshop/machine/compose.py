"""How compose is called on this machine: Docker's plugin, or the program of that name."""

from __future__ import annotations

import shutil
from typing import Final

from workshop import process
from workshop.errors import WorkshopError
from workshop.machine import apt

PROGRAM: Final = "docker-compose"


def command() -> list[str]:
    """How its command line begins; installed where we may.

    Raises `WorkshopError` where there is neither.
    """
    if (found := _look()) is not None:
        return found
    if not apt.is_possible():
        raise WorkshopError(
            "Nem `docker compose` nem `docker-compose` está nesta máquina.",
            fix=f"{apt.install_command(package())}   # ou o plugin do próprio Docker: docker-compose-plugin",
        )
    apt.install(package())
    return _look() or [PROGRAM]


def package() -> str:
    """The package that brings compose: Ubuntu has made a new one of its second version, Debian has not."""
    return "docker-compose-v2" if "ubuntu" in apt.system_ids() else PROGRAM


def _look() -> list[str] | None:
    try:
        plugin = process.run(["docker", "compose", "version"], limit=20, check=False)
    except process.Missing:
        return None
    if plugin.ok:
        return ["docker", "compose"]
    return [PROGRAM] if shutil.which(PROGRAM) else None
