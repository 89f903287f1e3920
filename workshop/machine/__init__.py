"""This machine: the container engine, its limits, packages and ports, and a way to be without a network."""

from __future__ import annotations

from workshop.machine import engine, limits


def ensure() -> None:
    """Disk, memory and a Docker that answers; started by us where it may be.

    Raises `WorkshopError` with the command that helps.
    """
    limits.check_resources()
    engine.ensure()
    limits.raise_inotify()
