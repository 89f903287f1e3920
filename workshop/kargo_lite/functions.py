"""Kargo's own functions in expressions (Kargo: pkg/expressions/function/functions.go)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import names
from .expressions import ExpressionError, Struct
from .kube import Kube
from .objects import Object, part_of, status_of

Functions = dict[str, Callable[..., Any]]


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise ExpressionError(f"{what} must be string")
    if not value:
        raise ExpressionError(f"{what} must not be empty")
    return value


def of_discovered(artifacts: Object) -> Functions:
    """``imageFrom(repo)`` in a Warehouse's freightCreationCriteria: the newest image discovered."""

    def image_from(repo_url: str) -> Struct | None:
        for result in artifacts.get("images") or []:
            if result["repoURL"] == _text(repo_url, "first argument") and result.get("references"):
                newest = result["references"][0]
                return Struct(
                    "v1alpha1.DiscoveredImageReference",
                    Tag=newest["tag"],
                    Digest=newest["digest"],
                    CreatedAt=newest.get("createdAt"),
                )
        return None

    return {"imageFrom": image_from}


def of_freight(kube: Kube, project: str, requests: list[Object], collection: Object) -> Functions:
    """``imageFrom(repo[, warehouse(name)])`` in a promotion: that image in the Freight being promoted.

    Kargo: pkg/controller/freight/finder.go. Without an origin the requested Warehouses are asked which
    of them subscribes to the repository; two of them would be ambiguous.
    """

    def origins_of(repo_url: str) -> list[str]:
        found = []
        for request in requests:
            warehouse = kube.get("Warehouse", request["origin"]["name"], project)
            if warehouse is None:
                raise ExpressionError(f'Warehouse "{request["origin"]["name"]}" not found in namespace "{project}"')
            for subscription in warehouse["spec"].get("subscriptions") or []:
                if part_of(subscription, "image").get("repoURL") == repo_url:
                    found.append(names.origin_key(request["origin"]))
        if len(found) > 1:
            raise ExpressionError(
                "multiple requested Freight could potentially provide a container image from repository "
                f"{repo_url}: please provide a Freight origin to disambiguate"
            )
        return found

    def image_from(repo_url: str, origin: Struct | None = None) -> Struct | None:
        _text(repo_url, "first argument")
        keys = [f"{origin['Kind']}/{origin['Name']}"] if origin is not None else origins_of(repo_url)
        for key in keys:
            for image in part_of(collection, "items", key).get("images") or []:
                if image["repoURL"] == repo_url:
                    return Struct("v1alpha1.Image", RepoURL=repo_url, Tag=image.get("tag"), Digest=image.get("digest"))
        return None

    def warehouse(name: str) -> Struct:
        return Struct("v1alpha1.FreightOrigin", Kind="Warehouse", Name=_text(name, "argument"))

    return {"imageFrom": image_from, "warehouse": warehouse}


def of_metadata(kube: Kube, project: str) -> Functions:
    """``stageMetadata(stage)`` and ``freightMetadata(freight)``: what set-metadata steps left there."""

    def metadata(kind: str) -> Callable[[str], Object | None]:
        def read(name: str) -> Object | None:
            found = kube.get(kind, _text(name, "argument"), project)
            return status_of(found or {}).get("metadata")

        return read

    return {"stageMetadata": metadata("Stage"), "freightMetadata": metadata("Freight")}


def split_alias(alias: str) -> tuple[str, str]:
    """``promote::sync`` -> ("promote", "sync"); an alias outside a task has no first part."""
    parts = alias.split(names.ALIAS_SEPARATOR)
    return (parts[0], parts[1]) if len(parts) == 2 else ("", alias)


def has_failures(metadata: list[Object]) -> bool:
    """Whether a step so far Failed or Errored, those with continueOnError aside."""
    return any(m.get("status") in ("Errored", "Failed") and not m.get("continueOnError") for m in metadata)


def of_status(current_alias: str, metadata: list[Object]) -> Functions:
    """``always()``, ``success()``, ``failure()``, ``status(alias)``.

    ``status`` takes aliases without the task's prefix and looks among the steps of the same task.
    """
    task, _ = split_alias(current_alias)

    def status(alias: str) -> str:
        _text(alias, "argument")
        return next((m.get("status", "") for m in metadata if split_alias(m["alias"]) == (task, alias)), "")

    return {
        "always": lambda: True,
        "failure": lambda: has_failures(metadata),
        "success": lambda: not has_failures(metadata),
        "status": status,
    }
