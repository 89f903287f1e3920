"""Warehouses: new image tags become Freight (Kargo: pkg/controller/warehouses/warehouses.go)."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable

from . import clock, conditions, events, freight, functions, names, supported
from .expressions import ExpressionError, evaluate
from .kube import Kube, KubeError
from .objects import Object, part_of, status_of
from .registry import RegistryError, Repository

logger = logging.getLogger(__name__)

_SOON = 15.0
"""Seconds until a failed discovery is tried again."""
_AT_ONCE = 2.0
"""Seconds until Freight that could not be created is tried again: most often admission is about to answer."""
_NOT_CREATED = "FreightCreationFailure"


def must_discover(warehouse: Object) -> bool:
    """Whether it is time to look at the registry (Kargo: shouldDiscoverArtifacts).

    It is when that never happened, the spec changed, somebody asked by annotation, or the interval is over.
    """
    status = status_of(warehouse)
    discovered = part_of(status, "discoveredArtifacts").get("discoveredAt")
    token = names.annotations(warehouse).get(names.ANNOTATION_REFRESH)
    return (
        not discovered
        or warehouse["metadata"].get("generation", 1) > status.get("observedGeneration", 0)
        or (token is not None and token != status.get("lastHandledRefresh"))
        or clock.seconds_since(discovered) >= interval(warehouse)
    )


def interval(warehouse: Object) -> float:
    """Seconds between two looks."""
    return clock.parse_duration(warehouse["spec"].get("interval") or "5m0s")


def discover(warehouse: Object, open_repository: Callable[..., Repository] = Repository) -> Object:
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


def criteria_satisfied(warehouse: Object, artifacts: Object) -> bool:
    """Evaluate freightCreationCriteria over the newest image of each subscription.

    Raises ExpressionError for what is no expression, or no bool.
    """
    expression = (part_of(warehouse["spec"], "freightCreationCriteria").get("expression") or "").strip()
    if not expression:
        return True
    result = evaluate(expression, {}, functions.of_discovered(artifacts))
    if not isinstance(result, bool):
        raise ExpressionError(f"failed to parse freight creation criteria expression result {result!r} as bool")
    return result


def reconcile(kube: Kube, warehouse: Object, open_repository: Callable[..., Repository] = Repository) -> float:
    """One look at the registry, when it is time; returns the seconds until the next."""
    status = copy.deepcopy(status_of(warehouse))
    token = names.annotations(warehouse).get(names.ANNOTATION_REFRESH)
    due = must_discover(warehouse)
    if token is not None:
        status["lastHandledRefresh"] = token

    if found := supported.spec_problems(warehouse):
        _fail(status, warehouse, "NotSupportedByKargoLite", supported.explain(found))
        kube.patch_status(warehouse, status)
        return interval(warehouse)

    if due and not _discovered(status, warehouse, open_repository):
        kube.patch_status(warehouse, status)
        return min(_SOON, interval(warehouse))
    status["observedGeneration"] = warehouse["metadata"].get("generation", 1)
    if _complete(status, warehouse) and _make_freight(kube, warehouse, status):
        _succeed(status, warehouse)
    kube.patch_status(warehouse, status)
    if (conditions.get(status, "Ready") or {}).get("reason") == _NOT_CREATED:
        return _AT_ONCE
    passed = clock.seconds_since(status["discoveredArtifacts"]["discoveredAt"])
    return max(1.0, interval(warehouse) - passed)


def _discovered(status: Object, warehouse: Object, open_repository: Callable[..., Repository]) -> bool:
    """Look at the registry; whether it could be read."""
    conditions.drop(status, "FreightCreationCriteriaSatisfied")
    conditions.drop(status, "FreightCreated")
    try:
        status["discoveredArtifacts"] = discover(warehouse, open_repository)
    except RegistryError as error:
        reasons = ("DiscoveryFailed", "DiscoveryFailure")
        messages = (f"Unable to discover artifacts: {error}", f"Artifact discovery failed: {error}")
        _fail(status, warehouse, reasons, messages)
        return False
    return True


def _succeed(status: Object, warehouse: Object) -> None:
    conditions.put(status, warehouse, "Healthy", "True", "ReconciliationSucceeded")
    text = f"Successfully discovered artifacts from {len(warehouse['spec']['subscriptions'])} subscriptions"
    conditions.put(status, warehouse, "Ready", "True", "ArtifactsDiscovered", text)


def _fail(status: Object, warehouse: Object, reason: str | tuple[str, str], message: str | tuple[str, str]) -> None:
    """Healthy and Ready both False; Kargo words the two differently at times."""
    reasons = reason if isinstance(reason, tuple) else (reason, reason)
    messages = message if isinstance(message, tuple) else (message, message)
    for kind, why, text in zip(("Healthy", "Ready"), reasons, messages, strict=True):
        conditions.put(status, warehouse, kind, "False", why, text)


def _complete(status: Object, warehouse: Object) -> bool:
    """Freight needs one image of every subscription."""
    for result in status["discoveredArtifacts"].get("images") or []:
        if not result.get("references"):
            message = f'No references discovered for image repository "{result["repoURL"]}"'
            _fail(status, warehouse, ("NoImageReferencesDiscovered", "MissingImageReferences"), message)
            return False
    return True


def _make_freight(kube: Kube, warehouse: Object, status: Object) -> bool:
    """Create Freight of the newest images, if the policy and the criteria say so. False when that failed."""
    if (warehouse["spec"].get("freightCreationPolicy") or "Automatic") != "Automatic":
        return True
    kind = "FreightCreationCriteriaSatisfied"
    try:
        satisfied = criteria_satisfied(warehouse, status["discoveredArtifacts"])
    except ExpressionError as error:
        message = f"Evaluation of Freight creation criteria failed: {error}"
        _fail(status, warehouse, "CriteriaEvaluationFailed", message)
        return False
    if not satisfied:
        text = "Freight creation criteria were not satisfied"
        conditions.put(status, warehouse, kind, "False", "CriteriaNotSatisfied", text)
        return True
    conditions.put(status, warehouse, kind, "True", "CriteriaSatisfied", "Freight creation criteria satisfied")
    return _ensure_freight(kube, warehouse, status)


def _ensure_freight(kube: Kube, warehouse: Object, status: Object) -> bool:
    """Have Freight of the newest images exist. False when it could not be created."""
    namespace = warehouse["metadata"]["namespace"]
    images = [
        {"repoURL": r["repoURL"], "tag": r["references"][0]["tag"], "digest": r["references"][0]["digest"]}
        for r in status["discoveredArtifacts"]["images"]
    ]
    origin = {"kind": "Warehouse", "name": warehouse["metadata"]["name"]}
    name = freight.freight_name(origin, images)
    created = None
    if kube.get("Freight", name, namespace) is None:
        aliases = {f.get("alias", "") for f in kube.listed("Freight", namespace)}
        try:
            created = kube.create("Freight", freight.build(namespace, origin, images, aliases), namespace)
        except KubeError as error:
            if not error.already_exists:
                message = f'Error creating Freight "{name}" in namespace "{namespace}": {error}'
                _fail(status, warehouse, ("FreightBuildFailure", _NOT_CREATED), message)
                return False
    status["lastFreightID"] = name
    if created:
        logger.info("Warehouse %s: new Freight %s (%s)", origin["name"], name[:7], created.get("alias"))
        events.send(kube, created, "FreightCreated", "Freight created from discovered artifacts")
        text = "No Freight composed of the newest artifacts already existed"
        conditions.put(status, warehouse, "FreightCreated", "True", "NewFreight", text)
        return True
    # Kargo says so too on the look after the one that created it, so "AlreadyExists" is the usual sight.
    text = "Freight composed of the newest artifacts already exists"
    conditions.put(status, warehouse, "FreightCreated", "False", "AlreadyExists", text)
    return True
