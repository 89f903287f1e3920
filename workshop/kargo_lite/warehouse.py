"""Warehouses: new image tags become Freight (Kargo: pkg/controller/warehouses/warehouses.go)."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable

from . import clock, conditions, events, freight, functions, names, supported
from .expressions import ExpressionError, evaluate
from .kube import Kube, KubeError
from .registry import RegistryError, Repository

logger = logging.getLogger(__name__)

_SOON = 15.0
"""Seconds until a failed discovery is tried again."""
_AT_ONCE = 2.0
"""Seconds until Freight that could not be created is tried again: most often admission is about to answer."""
_NOT_CREATED = "FreightCreationFailure"


def must_discover(warehouse: dict) -> bool:
    """Whether it is time to look at the registry (Kargo: shouldDiscoverArtifacts).

    It is when that never happened, the spec changed, somebody asked by annotation, or the interval is over.
    """
    status = warehouse.get("status") or {}
    discovered = (status.get("discoveredArtifacts") or {}).get("discoveredAt")
    token = names.annotations(warehouse).get(names.ANNOTATION_REFRESH)
    return (
        not discovered
        or warehouse["metadata"].get("generation", 1) > status.get("observedGeneration", 0)
        or (token is not None and token != status.get("lastHandledRefresh"))
        or clock.seconds_since(discovered) >= interval(warehouse)
    )


def interval(warehouse: dict) -> float:
    """Seconds between two looks."""
    return clock.parse_duration(warehouse["spec"].get("interval") or "5m0s")


def discover(warehouse: dict, open_repository: Callable[..., Repository] = Repository) -> dict:
    """Ask the registry for the newest images of every subscription: status.discoveredArtifacts."""
    images = []
    for subscription in warehouse["spec"]["subscriptions"]:
        wanted = subscription["image"]
        repository = open_repository(wanted["repoURL"], cache_by_tag=wanted.get("cacheByTag", False))
        found = repository.newest(
            wanted.get("allowTagsRegexes") or [],
            wanted.get("ignoreTagsRegexes") or [],
            wanted.get("discoveryLimit") or 20,
        )
        images.append({"repoURL": wanted["repoURL"], "references": [image.reference() for image in found]})
    return {"discoveredAt": clock.now(), "images": images}


def criteria_satisfied(warehouse: dict, artifacts: dict) -> bool:
    """Evaluate freightCreationCriteria over the newest image of each subscription.

    Raises ExpressionError for what is no expression, or no bool.
    """
    expression = ((warehouse["spec"].get("freightCreationCriteria") or {}).get("expression") or "").strip()
    if not expression:
        return True
    result = evaluate(expression, {}, functions.of_discovered(artifacts))
    if not isinstance(result, bool):
        raise ExpressionError(f"failed to parse freight creation criteria expression result {result!r} as bool")
    return result


def reconcile(kube: Kube, warehouse: dict, open_repository: Callable[..., Repository] = Repository) -> float:
    """One look at the registry, when it is time; returns the seconds until the next."""
    status = copy.deepcopy(warehouse.get("status") or {})
    token = names.annotations(warehouse).get(names.ANNOTATION_REFRESH)
    due = must_discover(warehouse)
    if token is not None:
        status["lastHandledRefresh"] = token

    if found := supported.spec_problems(warehouse):
        _fail(status, warehouse, "NotSupportedByKargoLite", supported.explain(found))
        kube.patch_status(warehouse, status)
        return interval(warehouse)

    if due:
        conditions.drop(status, "FreightCreationCriteriaSatisfied")
        conditions.drop(status, "FreightCreated")
        try:
            status["discoveredArtifacts"] = discover(warehouse, open_repository)
        except RegistryError as error:
            _fail(
                status,
                warehouse,
                ("DiscoveryFailed", "DiscoveryFailure"),
                (f"Unable to discover artifacts: {error}", f"Artifact discovery failed: {error}"),
            )
            kube.patch_status(warehouse, status)
            return min(_SOON, interval(warehouse))
    status["observedGeneration"] = warehouse["metadata"].get("generation", 1)

    if _complete(status, warehouse) and _make_freight(kube, warehouse, status):
        conditions.put(status, warehouse, "Healthy", "True", "ReconciliationSucceeded")
        count = len(warehouse["spec"]["subscriptions"])
        conditions.put(
            status,
            warehouse,
            "Ready",
            "True",
            "ArtifactsDiscovered",
            f"Successfully discovered artifacts from {count} subscriptions",
        )
    kube.patch_status(warehouse, status)
    if (conditions.get(status, "Ready") or {}).get("reason") == _NOT_CREATED:
        return _AT_ONCE
    passed = clock.seconds_since(status["discoveredArtifacts"]["discoveredAt"])
    return max(1.0, interval(warehouse) - passed)


def _fail(status: dict, warehouse: dict, reason: str | tuple[str, str], message: str | tuple[str, str]) -> None:
    """Healthy and Ready both False; Kargo words the two differently at times."""
    reasons = reason if isinstance(reason, tuple) else (reason, reason)
    messages = message if isinstance(message, tuple) else (message, message)
    for kind, why, text in zip(("Healthy", "Ready"), reasons, messages, strict=True):
        conditions.put(status, warehouse, kind, "False", why, text)


def _complete(status: dict, warehouse: dict) -> bool:
    """Freight needs one image of every subscription."""
    for result in status["discoveredArtifacts"].get("images") or []:
        if not result.get("references"):
            message = f'No references discovered for image repository "{result["repoURL"]}"'
            _fail(status, warehouse, ("NoImageReferencesDiscovered", "MissingImageReferences"), message)
            return False
    return True


def _make_freight(kube: Kube, warehouse: dict, status: dict) -> bool:
    """Create Freight of the newest images, if the policy and the criteria say so. False when that failed."""
    if (warehouse["spec"].get("freightCreationPolicy") or "Automatic") != "Automatic":
        return True
    artifacts = status["discoveredArtifacts"]
    kind = "FreightCreationCriteriaSatisfied"
    try:
        satisfied = criteria_satisfied(warehouse, artifacts)
    except ExpressionError as error:
        message = f"Evaluation of Freight creation criteria failed: {error}"
        _fail(status, warehouse, "CriteriaEvaluationFailed", message)
        return False
    if not satisfied:
        text = "Freight creation criteria were not satisfied"
        conditions.put(status, warehouse, kind, "False", "CriteriaNotSatisfied", text)
        return True
    conditions.put(status, warehouse, kind, "True", "CriteriaSatisfied", "Freight creation criteria satisfied")

    meta = warehouse["metadata"]
    images = [
        {"repoURL": r["repoURL"], "tag": r["references"][0]["tag"], "digest": r["references"][0]["digest"]}
        for r in artifacts["images"]
    ]
    origin = {"kind": "Warehouse", "name": meta["name"]}
    name = freight.freight_name(origin, images)
    created = None
    if kube.get("Freight", name, meta["namespace"]) is None:
        aliases = {f.get("alias", "") for f in kube.list("Freight", meta["namespace"])}
        new = freight.build(meta["namespace"], origin, images, aliases)
        try:
            created = kube.create("Freight", new, meta["namespace"])
        except KubeError as error:
            if not error.already_exists:
                message = f'Error creating Freight "{name}" in namespace "{meta["namespace"]}": {error}'
                _fail(status, warehouse, ("FreightBuildFailure", _NOT_CREATED), message)
                return False
    status["lastFreightID"] = name
    if created:
        logger.info("Warehouse %s: new Freight %s (%s)", meta["name"], name[:7], created.get("alias"))
        events.send(kube, created, "FreightCreated", "Freight created from discovered artifacts")
        text = "No Freight composed of the newest artifacts already existed"
        conditions.put(status, warehouse, "FreightCreated", "True", "NewFreight", text)
        return True
    # Kargo says so too on the look after the one that created it, so "AlreadyExists" is the usual sight.
    text = "Freight composed of the newest artifacts already exists"
    conditions.put(status, warehouse, "FreightCreated", "False", "AlreadyExists", text)
    return True
