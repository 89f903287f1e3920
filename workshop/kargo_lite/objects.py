"""Objects of the API are plain dicts; how they are read where a part may be missing."""

from __future__ import annotations

from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]
"""An object as the API has it, a part of one, or another mapping that came out of JSON."""


def part_of(obj: Object, *path: str) -> Object:
    """The part behind these keys; empty where there is none, or an earlier one is missing."""
    for key in path:
        obj = obj.get(key) or {}
    return obj


def status_of(obj: Object) -> Object:
    """Its status; empty before anybody has written one."""
    return part_of(obj, "status")
