"""The talk's checklist: everything that has to be right, each with the command that mends it."""

from __future__ import annotations

from workshop.doctor import cluster, engine, machine, services, story, talk, tools
from workshop.doctor.check import Area, Check


def areas() -> tuple[Area, ...]:
    """All headings with their checks. Their order is that of the repairs: what others stand on comes first."""
    return tuple(module.area() for module in (machine, engine, tools, services, cluster, story, talk))


def checks() -> list[Check]:
    """All checks, without their headings."""
    return [check for area in areas() for check in area.checks]
