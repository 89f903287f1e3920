"""Waiting to the hundredth of a second: the API server tells when something changes, and nobody has to keep asking."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.shell import kubectl

Object = dict[str, Any]


def first(plural: str, so: Callable[[Object], bool], reason: str, *, limit: float) -> Object:
    """The first object of a kind in the Project of which `so` is true, as soon as there is one.

    **plural**: the kind as its API has it, such as `freights`.
    **reason**: what is waited for, as people should read it.
    **limit**: seconds; then `WorkshopError` with what the Project holds.
    """
    # It takes a second to import, and no other command needs it.
    import kubernetes  # noqa: PLC0415

    client = kubernetes.config.new_client_from_config(str(paths.KUBECONFIG))
    api = kubernetes.client.CustomObjectsApi(client)
    group, _, version = "kargo.akuity.io/v1alpha1".partition("/")
    deadline = time.monotonic() + limit
    # A watch begins with everything that is there already, so nothing is missed between asking and watching.
    while (left := deadline - time.monotonic()) > 0:
        events = kubernetes.watch.Watch().stream(
            api.list_namespaced_custom_object, group, version, config.PROJECT, plural, timeout_seconds=max(1, int(left))
        )
        for event in events:
            found: Object = event["object"]
            if event["type"] != "DELETED" and so(found):
                return found
    raise WorkshopError(
        f"Still not so after {limit:.0f} s: {reason}.",
        details=kubectl.text("--namespace", config.PROJECT, "get", "stages,freights,promotions"),
        fix=f"kubectl -n {config.PROJECT} describe stages",
    )
