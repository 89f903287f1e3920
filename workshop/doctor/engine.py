"""The container engine, and whose workshop it runs."""

from __future__ import annotations

from collections.abc import Callable

from workshop import machine, paths
from workshop import settings as config
from workshop.doctor.check import Area, Check, Finding, apart, as_finding, ask, bad, docker_info, good
from workshop.errors import WorkshopError


def engine() -> Finding:
    """Does Docker answer?"""
    try:
        info = docker_info()
    except WorkshopError as error:
        found = as_finding(error)
        return bad(": ".join(filter(None, (found.sentence, error.details))), found.fix)
    return good(f"Docker {info['ServerVersion']}, {info['Driver']}")


def cgroups() -> Finding:
    """Can the engine limit memory and processors? Both versions of control groups will do."""
    info = docker_info()
    version, driver = info.get("CgroupVersion", "?"), info.get("CgroupDriver", "?")
    names = {"MemoryLimit": "memory", "CpuCfsQuota": "cpu", "PidsLimit": "pids"}
    if lacking := [name for key, name in names.items() if not info.get(key)]:
        return bad(
            f"cgroups v{version} sem {', '.join(lacking)}: o Kubernetes não limita os pods",
            "cgroup_enable=memory na linha do kernel, e reinicie a máquina",
        )
    return good(f"cgroups v{version}, {driver}")


def owner() -> Finding:
    """Is the workshop of this machine this folder's?"""
    form = f'{{{{.Name}}}} {{{{index .Labels "{config.LABEL}"}}}}'
    try:
        _, _, folder = (
            ask("docker", "network", "inspect", "--format", form, config.DOCKER_NETWORK).strip().partition(" ")
        )
    except WorkshopError as error:
        if "no such network" in error.message.lower() or "not found" in error.message.lower():
            return apart("ainda não há oficina nesta máquina", "make up")
        raise
    if folder != str(paths.ROOT):
        return bad(
            f"a oficina desta máquina é de {folder}", f"make -C {folder} down   # ou WORKSHOP_TAKEOVER=true make up"
        )
    return good("a oficina desta máquina é a desta pasta")


def require_ours() -> None:
    """Repairs mend a workshop that stands; they neither make one nor touch another folder's.

    Raises `WorkshopError` where there is none of this folder.
    """
    found = owner()
    if found.fix:
        raise WorkshopError(found.sentence, fix=found.fix)


def ours(*steps: Callable[[], object]) -> Callable[[], None]:
    """A repair that takes these steps one after the other, where the workshop is this folder's."""

    def repair() -> None:
        require_ours()
        for step in steps:
            step()

    return repair


def area() -> Area:
    """The checks of this module."""
    return Area(
        "Docker",
        (
            Check("engine", "Docker", engine, repair=machine.ensure),
            Check("cgroups", "cgroups", cgroups),
            Check("owner", "dono", owner),
        ),
    )
