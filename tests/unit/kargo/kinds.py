"""Objects of several kinds, as `kubectl get a,b` lists them, sorted out for the model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

Object = Mapping[str, Any]


def by_kind(objects: Iterable[Object]) -> Mapping[str, list[Object]]:
    """Kind → its objects, in their order."""
    found: defaultdict[str, list[Object]] = defaultdict(list)
    for item in objects:
        found[item["kind"]].append(item)
    return found
