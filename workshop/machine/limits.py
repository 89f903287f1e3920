"""What this machine has to have: disk, memory, cores, and room in the kernel for so many watches."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from workshop import paths, voice
from workshop.errors import WorkshopError

MINIMUM_DISK_GB: Final = 20
MINIMUM_MEMORY_GIB: Final = 6
MINIMUM_CORES: Final = 2
INOTIFY: Final = {"fs.inotify.max_user_watches": 524288, "fs.inotify.max_user_instances": 512}
"""kind's known issues: too few watches and pods fail with "too many open files"."""


def check_resources() -> None:
    """Raise `WorkshopError` where disk (20 GB free) or memory (6 GiB) would not last."""
    free = shutil.disk_usage(paths.ROOT).free / 1e9
    if free < MINIMUM_DISK_GB and not paths.SUPPLIED.exists():
        raise WorkshopError(
            f"Só há {free:.0f} GB livres onde fica {paths.ROOT.name}; a oficina precisa de {MINIMUM_DISK_GB} GB.",
            fix="docker system prune   # ou libere espaço de outro jeito, e rode o mesmo comando de novo",
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    if memory < MINIMUM_MEMORY_GIB:
        raise WorkshopError(
            f"Esta máquina tem {memory:.1f} GiB de memória; a oficina precisa de {MINIMUM_MEMORY_GIB} GiB.",
            fix="use uma máquina maior, ou dê mais memória à máquina virtual",
        )


def raise_inotify() -> None:
    """Raise the kernel's limits to `INOTIFY`; where that is not allowed, say the command that does it."""
    for name, wanted in INOTIFY.items():
        file = Path("/proc/sys") / name.replace(".", "/")
        if int(file.read_text(encoding="ascii")) >= wanted:
            continue
        try:
            file.write_text(str(wanted), encoding="ascii")
        except OSError:
            voice.say(f"{name} está abaixo de {wanted}, e pods podem não iniciar → sudo sysctl -w {name}={wanted}")
