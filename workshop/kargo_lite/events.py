"""Kubernetes Events, with Kargo's reasons and texts (Kargo: pkg/event, api/v1alpha1/event.go).

``kubectl get events`` shows them; their source says ``kargo-lite``.
"""

from __future__ import annotations

import logging
import uuid

from . import clock
from .kube import Kube, KubeError
from .objects import Object

logger = logging.getLogger(__name__)

ACTOR = "controller:kargo-lite"


def send(kube: Kube, obj: Object, reason: str, message: str, *, actor: str = ACTOR) -> None:
    """Record an Event about an object. That it could not be recorded is no reason to stop."""
    meta = obj["metadata"]
    namespace = meta.get("namespace") or "default"
    moment = clock.now()
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{meta['name'][:200]}.{uuid.uuid4().hex[:16]}",
            "namespace": namespace,
            "annotations": {"event.kargo.akuity.io/actor": actor},
        },
        "involvedObject": {
            "apiVersion": obj.get("apiVersion", ""),
            "kind": obj.get("kind", ""),
            "name": meta["name"],
            "namespace": meta.get("namespace", ""),
            "uid": meta.get("uid", ""),
        },
        "reason": reason,
        "message": message[:1024],  # Kubernetes accepts no longer one
        "type": "Normal",
        "count": 1,
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "source": {"component": "kargo-lite"},
    }
    try:
        kube.create("Event", event, namespace)
    except KubeError as error:
        logger.warning("event %s of %s not recorded: %s", reason, meta["name"], error)
