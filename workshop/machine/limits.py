"""What this machine has to have: disk, memory, cores, and room in the kernel for so many watches."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path
from typing import Final

from workshop import voice
from workshop.errors import WorkshopError

MINIMUM_MEMORY_GIB: Final = 6
MINIMUM_CORES: Final = 2
TO_BUILD_GB: Final = 20
"""Free disk for compiling and building everything: sources, caches, images, and the same images in the registry."""
TO_PULL_GB: Final = 8
"""Where tools and images are downloaded."""
INOTIFY: Final = {"fs.inotify.max_user_watches": 524288, "fs.inotify.max_user_instances": 512}
"""kind's known issues: too few watches and pods fail with "too many open files"."""
SYSCTL: Final = Path("/proc/sys")


def check_memory(total: int) -> None:
    """Raise `WorkshopError` where the engine's memory, in bytes, would not last.

    The engine's, and not this machine's: Docker Desktop and WSL give it a part.
    """
    memory = total / 2**30
    if memory < MINIMUM_MEMORY_GIB:
        raise WorkshopError(
            f"O Docker tem {memory:.1f} GiB de memória; a oficina precisa de {MINIMUM_MEMORY_GIB} GiB.",
            fix=more_memory(),
        )


def more_memory() -> str:
    """What gives the engine more memory on this system."""
    if sys.platform == "darwin":
        return "Docker Desktop → Settings → Resources → Memory: 8 GB   # no Colima: colima start --memory 8"
    if "microsoft" in platform.release().lower():
        return r"no Windows, em %UserProfile%\.wslconfig: [wsl2] e memory=8GB; depois, wsl --shutdown"
    return "use uma máquina maior, ou dê mais memória à máquina virtual"


def check_disk(folder: Path, wanted_gb: float) -> None:
    """Raise `WorkshopError` where less than so many GB (1e9 bytes) are free where a folder lies.

    A folder that this machine does not have lies in the engine's own machine, where nobody can look.
    """
    free = free_gb(folder)
    if free is not None and free < wanted_gb:
        raise WorkshopError(
            f"Só há {free:.0f} GB livres em {folder}; o que vai ser feito agora precisa de {wanted_gb:g} GB.",
            fix="docker system prune   # ou libere espaço de outro jeito, e rode o mesmo comando de novo",
        )


def free_gb(folder: Path) -> float | None:
    """How many GB (1e9 bytes) are free where a folder lies; None where nobody can look from here."""
    try:
        return shutil.disk_usage(folder).free / 1e9
    except (FileNotFoundError, PermissionError):
        return None


def raise_inotify() -> None:
    """Raise the kernel's limits to `INOTIFY`; where that is not allowed, say the command that does it for good."""
    refused = []
    for name in low_inotify():
        try:
            _inotify_file(name).write_text(str(INOTIFY[name]), encoding="ascii")
        except OSError:
            refused.append(name)
    if refused:
        low = ", ".join(f"{name} está abaixo de {INOTIFY[name]}" for name in refused)
        voice.say(f"{low}, e pods podem não iniciar → {lasting(*refused)}")


def low_inotify() -> dict[str, int]:
    """Those of `INOTIFY` that are too low, and what they are.

    None where this is not Linux: the engine has a machine of its own there, and its makers care for that one.
    """
    found = {name: _inotify_file(name) for name in INOTIFY}
    values = {name: int(file.read_text(encoding="ascii")) for name, file in found.items() if file.exists()}
    return {name: value for name, value in values.items() if value < INOTIFY[name]}


def lasting(*names: str) -> str:
    """What people type to raise these limits, now and after the machine has been started again."""
    lines = " ".join(f"{name}={INOTIFY[name]}" for name in names)
    return f"printf '%s\\n' {lines} | sudo tee -a /etc/sysctl.d/99-kind.conf && sudo sysctl --system"


def _inotify_file(name: str) -> Path:
    return SYSCTL / name.replace(".", "/")
