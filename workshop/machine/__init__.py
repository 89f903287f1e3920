"""This machine: the container engine, its limits, packages and ports, and a way to be without a network."""

from __future__ import annotations

from workshop.machine import engine, limits


def ensure() -> None:
    """A Docker that answers, with memory enough; started by us where it may be.

    Raises `WorkshopError` with the command that helps.
    """
    engine.ensure()
    limits.check_memory(engine.memory())
    limits.raise_inotify()
