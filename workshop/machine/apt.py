"""Debian's packages: what is missing is installed where that may be done."""

from __future__ import annotations

import os
import platform
import sys
from typing import Final

from workshop import paths, process, voice
from workshop.errors import WorkshopError

INSTALL: Final = paths.ROOT / "scripts" / "apt-install"
_LIMIT_SECONDS: Final = 900


def install(*packages: str) -> None:
    """Install packages, those of a bundle first. Raises `WorkshopError` with apt's own last lines."""
    voice.say(f"instalando com apt: {' '.join(packages)}")
    try:
        process.run([INSTALL, *packages], limit=_LIMIT_SECONDS)
    except process.Failed as error:
        raise WorkshopError(
            f"O apt-get não conseguiu instalar {' '.join(packages)}.",
            details=process.last_lines(error.details, 3),
            fix=f"apt-get update && apt-get install {' '.join(packages)}",
        ) from None


def require(*packages: str, missing: str) -> None:
    """Install packages where that may be done.

    **missing**: what is not here without them, as the error says it.
    Raises `WorkshopError` with the command for those who may not, or where apt fails.
    """
    if not is_possible():
        raise WorkshopError(missing, fix=install_command(*packages))
    install(*packages)


def install_command(*packages: str, dnf: str = "", brew: str = "") -> str:
    """What people type to install packages on this system. **dnf**, **brew**: their names there, where they differ."""
    if sys.platform == "darwin":
        return f"brew install {brew or ' '.join(packages)}"
    if system_ids() & {"fedora", "rhel"}:
        return f"sudo dnf install {dnf or ' '.join(packages)}"
    return f"sudo apt-get install {' '.join(packages)}"


def is_possible() -> bool:
    """Whether packages may be installed here: by root, on Debian or what is made from it."""
    return os.geteuid() == 0 and is_debian()


def is_debian() -> bool:
    """Whether apt and the names of its packages are Debian's."""
    return not system_ids().isdisjoint(("debian", "ubuntu"))


def system_ids() -> set[str]:
    """This system's name and those of the systems that it is made from: os-release(5), ID and ID_LIKE."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return set()
    return {release["ID"], *release.get("ID_LIKE", "").split()}
