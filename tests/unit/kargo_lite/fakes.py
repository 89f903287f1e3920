"""A Kubernetes API in memory, as much of it as kargo-lite uses."""

from __future__ import annotations

import copy
import itertools
import uuid
from typing import Any

from workshop.kargo_lite.kube import Kube, KubeError


def merge(target: dict, patch: dict) -> dict:
    """RFC 7386."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            target[key] = merge(target[key] if isinstance(target.get(key), dict) else {}, value)
        else:
            target[key] = copy.deepcopy(value)
    return target


class FakeKube(Kube):
    """Objects by kind, namespace and name; ``admit`` stands for the mutating webhooks."""

    def __init__(self, *objects: dict) -> None:
        self.objects: dict[tuple[str, str, str], dict] = {}
        self.events: list[tuple[str, str]] = []
        self.allowed = True
        self.admit: Any = None
        self._counter = itertools.count(1)
        self._versions = itertools.count(1)
        for obj in objects:
            self.store(obj)

    def store(self, obj: dict) -> dict:
        obj = copy.deepcopy(obj)
        meta = obj.setdefault("metadata", {})
        meta.setdefault("uid", str(uuid.uuid4()))
        meta.setdefault("generation", 1)
        meta["resourceVersion"] = str(next(self._versions))
        self.objects[obj["kind"], meta.get("namespace", ""), meta["name"]] = obj
        return obj

    def get(self, kind: str, name: str, namespace: str | None = None) -> dict | None:
        return copy.deepcopy(self.objects.get((kind, namespace or "", name)))

    def listed(self, kind: str, namespace: str | None = None, selector: str = "") -> list[dict]:
        found = [o for (k, ns, _), o in self.objects.items() if k == kind and namespace in (None, ns)]
        if selector:
            key, _, value = selector.partition("=")
            found = [o for o in found if (o["metadata"].get("labels") or {}).get(key) == value]
        return copy.deepcopy(found)

    def create(self, kind: str, obj: dict, namespace: str | None = None) -> dict:
        obj = copy.deepcopy(obj)
        if kind == "SubjectAccessReview":
            return {**obj, "status": {"allowed": self.allowed}}
        if kind == "Event":
            self.events.append((obj["reason"], obj["message"]))
            return obj
        meta = obj["metadata"]
        if namespace:
            meta.setdefault("namespace", namespace)
        if self.admit and kind == "Promotion":
            obj = self.admit(obj)
            meta = obj["metadata"]
        meta.setdefault("name", f"{meta.get('generateName', '')}{next(self._counter)}")
        if (kind, meta.get("namespace", ""), meta["name"]) in self.objects:
            raise KubeError(409, "AlreadyExists", f"{kind} {meta['name']} already exists")
        meta.setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
        return copy.deepcopy(self.store(obj))

    def patch(self, kind: str, name: str, namespace: str | None, body: dict, subresource: str = "") -> dict:
        obj = self.objects.get((kind, namespace or "", name))
        if obj is None:
            raise KubeError(404, "NotFound", f"{kind} {name} not found")
        known = obj["metadata"]["resourceVersion"]
        if (body.get("metadata") or {}).get("resourceVersion", known) != known:
            raise KubeError(409, "Conflict", f"{kind} {name}: the object has been modified")
        before = copy.deepcopy(obj)
        merge(obj, copy.deepcopy(body))
        obj["metadata"]["resourceVersion"] = known
        if obj != before:
            obj["metadata"]["resourceVersion"] = str(next(self._versions))
        return copy.deepcopy(obj)
