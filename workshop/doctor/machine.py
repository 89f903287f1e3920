"""The machine: is it large enough, do its limits and ports allow the workshop, and what time is it?"""

from __future__ import annotations

import email.utils
import os
import re
import time
from functools import partial
from pathlib import Path
from typing import Final

import httpx
import psutil

from workshop import http, paths
from workshop import settings as config
from workshop.doctor.check import Area, Check, Finding, Verdict, apart, ask, bad, docker_info, good
from workshop.errors import WorkshopError
from workshop.machine import limits, ports

FREE_GB_WHEN_SUPPLIED: Final = 3.0
"""With tools and images in place the story's images and the database still grow."""
FREE_GIB: Final = 0.5
SKEW_SECONDS: Final = 5.0
"""Certificates are made with five minutes to spare; tokens, Events and the board's ages show much less."""
CGROUP_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")
ROUTES: Final = Path("/proc/net/route")


def cores() -> Finding:
    """The processors that this process may use, and the engine."""
    # Only Linux tells which processors a process may use.
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found = min([ours, *_of_the_engine("NCPU")])
    if found < limits.MINIMUM_CORES:
        return bad(f"{found} processador(es); a oficina precisa de {limits.MINIMUM_CORES}", "uma máquina maior")
    return good(f"{found} processadores")


def memory() -> Finding:
    """All memory, or the engine's or the control group's share of it; and what is free of it now."""
    found = psutil.virtual_memory()
    total = min([found.total, *_of_the_engine("MemTotal")]) / 2**30
    if CGROUP_LIMIT.exists() and (limit := CGROUP_LIMIT.read_text(encoding="ascii").strip()).isdecimal():
        total = min(total, int(limit) / 2**30)
    available = found.available / 2**30
    wanted = limits.MINIMUM_MEMORY_GIB
    if total < wanted:
        return bad(f"{total:.1f} GiB de memória; a oficina precisa de {wanted:g} GiB", limits.more_memory())
    if available < FREE_GIB:
        return bad(f"só {available:.1f} GiB de memória livres", "ps aux | sort -rnk 4 | head   # feche o que não usa")
    return good(f"{total:.1f} GiB de memória, {available:.1f} GiB livres")


def disk(folder: Path) -> Finding:
    """Free space where that folder lies; before the supply the workshop wants much more than after it."""
    free = limits.free_gb(folder)
    if free is None:
        return apart(f"{folder} fica na máquina do próprio Docker, ou ainda não existe")
    wanted = FREE_GB_WHEN_SUPPLIED if paths.SUPPLIED.exists() else _to_supply_gb()
    if free < wanted:
        return bad(f"{free:.1f} GB livres em {folder}; faltam até {wanted:g} GB", "docker system prune")
    return good(f"{free:.0f} GB livres em {folder}")


def _to_supply_gb() -> float:
    """Room for the way that is chosen; where the supply finds that it has to compile after all, it looks again."""
    return limits.TO_BUILD_GB if config.settings().supply == "build" else limits.TO_PULL_GB


def docker_disk() -> Finding:
    """Free space where the engine keeps images and volumes, if that is a folder of this machine."""
    return disk(Path(docker_info().get("DockerRootDir") or "/var/lib/docker"))


def inotify() -> Finding:
    """The kernel's limits on watched files."""
    if not limits.SYSCTL.exists():
        return apart("o Docker roda em uma máquina própria, e cuida dos limites dela")
    if low := limits.low_inotify():
        words = "; ".join(f"{name} é {value}, menos que {limits.INOTIFY[name]}" for name, value in low.items())
        return bad(words, limits.lasting(*low))
    return good("limites de inotify altos o bastante")


def raise_inotify() -> None:
    """Raise the kernel's limits. Raises `WorkshopError` where that takes more rights."""
    limits.raise_inotify()
    if (found := inotify()).verdict is Verdict.BAD:
        raise WorkshopError(found.sentence, fix=found.fix)


def port(number: int, setting: str, container: str) -> Finding:
    """A port of ours: held by our container, or free for it."""
    if ports.is_free(number):
        return good(f"livre para {container}")
    try:
        published = ask("docker", "ps", "--filter", f"name=^{container}$", "--format", "{{.Ports}}")
    except WorkshopError:
        published = ""
    if f":{number}->" in published:
        return good(f"usada por {container}")
    return bad(
        f"a porta {number} está com {_holder(number)}, e {container} precisa dela",
        f"{ports.who_listens(number)}   # encerre esse programa, ou {setting} em workshop.toml",
    )


def lab_port(number: int) -> Finding:
    """JupyterLab's port: free, or held by a JupyterLab."""
    if ports.is_free(number):
        return good("livre para o JupyterLab")
    try:
        if "version" in http.LOCAL.get(f"http://127.0.0.1:{number}/api", timeout=2).json():
            return good("um JupyterLab já está aberto nela")
    except (httpx.HTTPError, ValueError):
        pass
    return bad(
        f"a porta {number} está com {_holder(number)}, e o JupyterLab precisa dela",
        f"WORKSHOP_LAB_PORT={number + 1} make lab",
    )


def clock(*urls: str) -> Finding:
    """This machine's time against that of the node and of whoever answers at `urls` (their Date header)."""
    skews = {}
    for url in urls:
        try:
            date = http.LOCAL.get(url, timeout=3).headers.get("Date")
        except httpx.HTTPError:
            continue
        if date:
            skews[httpx.URL(url).netloc.decode()] = email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    try:
        before = time.time()
        inside = float(ask("docker", "exec", config.NODE_CONTAINER, "date", "+%s.%N"))
        # The container read its clock between the two readings of ours; on a busy machine they lie seconds apart.
        skews[config.NODE_CONTAINER] = min(0.0, inside - before) or max(0.0, inside - time.time())
    except (WorkshopError, ValueError):
        pass
    if not skews:
        return apart("nada está no ar com que comparar a hora")
    where, worst = max(skews.items(), key=lambda item: abs(item[1]))
    if abs(worst) > SKEW_SECONDS:
        return bad(f"o relógio de {where} difere {worst:+.0f} s do desta máquina", "sudo timedatectl set-ntp true")
    return good(f"o mesmo relógio em {', '.join(skews)}")


def network() -> Finding:
    """Whether there is a way out; nothing of the workshop needs one, so it is only said."""
    if not ROUTES.exists():
        return apart("a oficina não precisa de rede")
    lines = ROUTES.read_text(encoding="ascii").splitlines()[1:]
    there = any(line.split()[1] == "00000000" for line in lines if line.strip())
    return apart(f"{'há uma rota para fora' if there else 'sem rota para fora'}; não faz falta")


def _of_the_engine(name: str) -> list[int]:
    """What its machine has, which may be less than this one; nothing where it does not answer: `engine` says why."""
    try:
        value: int = docker_info().get(name, 0)
    except WorkshopError:
        return []
    return [value] if value else []


def _holder(number: int) -> str:
    try:
        name = _first(r'users:\(\("([^"]+)"', ask("ss", "-Hltnp", f"sport = :{number}", limit=3))
    except WorkshopError:
        return "outro programa"
    return f"o programa {name}"


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise WorkshopError(f"nada como {pattern}")
    return found[1]


def area() -> Area:
    """The checks of this module, with the ports that are chosen."""
    choices = config.settings()
    published = (
        ("gateway_port", choices.gateway_port, config.NODE_CONTAINER),
        ("registry_port", choices.registry_port, config.REGISTRY_CONTAINER),
        ("gitea_port", choices.gitea_port, config.GITEA_CONTAINER),
        ("postgres_port", choices.postgres_port, config.POSTGRES_CONTAINER),
    )
    return Area(
        "Máquina",
        (
            Check("cores", "CPU", cores),
            Check("memory", "memória", memory),
            Check("disk", "disco", partial(disk, paths.ROOT)),
            Check("disk-docker", "disco do Docker", docker_disk),
            Check("inotify", "inotify", inotify, repair=raise_inotify),
            *(
                Check(f"port-{number}", f"porta {number}", partial(port, number, setting, container))
                for setting, number, container in published
            ),
            Check(f"port-{choices.lab_port}", f"porta {choices.lab_port}", partial(lab_port, choices.lab_port)),
            Check(
                "clock",
                "relógio",
                partial(clock, f"http://{config.registry_on_host()}/v2/", f"{config.gitea_on_host()}/api/healthz"),
            ),
            Check("network", "rede", network),
        ),
    )
