"""The operator: what is watched, and which objects each change is a reason to look at.

kopf watches and reconnects; its handlers only put names into the work queue. It writes nothing into the
objects of the workshop's users: no finalizers, no annotations of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import kopf

from . import KARGO_VERSION, freight, names, project, promotion, stage, warehouse, webhook
from .admission import Admission
from .kube import Kube, KubeError
from .objects import Object, status_of
from .settings import Settings
from .workqueue import Key, WorkQueue

logger = logging.getLogger(__name__)

_PROJECT_RESYNC = 300.0
_AFTER_CONFLICT = 0.05
_COUNT_AFTER = 2.0
"""Seconds. A Project only counts its Stages and Warehouses, and they change many times in a row."""


class Operator:
    """Everything that lives as long as the process."""

    def __init__(self, kube: Kube, settings: Settings) -> None:
        self.kube = kube
        self.settings = settings
        self.queue = WorkQueue(self.reconcile, settings.workers)

    def reconcile(self, key: Key) -> float | None:
        """Look at one object as it now is; where somebody else wrote it meanwhile, look again."""
        try:
            return self._reconcile(key)
        except KubeError as error:
            if not error.is_conflict:
                raise
            logger.info("%s %s/%s was changed meanwhile: once more", key.kind, key.namespace, key.name)
            return _AFTER_CONFLICT

    def _reconcile(self, key: Key) -> float | None:
        obj = self.kube.get(key.kind, key.name, key.namespace or None)
        if obj is None or obj["metadata"].get("deletionTimestamp"):
            if key.kind == "Stage":
                stage.forget(self.kube, key.namespace, key.name)
            return None
        if key.kind == "Warehouse":
            return warehouse.reconcile(self.kube, obj)
        if key.kind == "Stage":
            seen = stage.reconcile(self.kube, self.settings, obj)
            if seen.current:  # it may just have been given its turn
                self.queue.add(Key("Promotion", key.namespace, seen.current))
            return seen.again
        if key.kind == "Promotion":
            again = promotion.reconcile(self.kube, self.settings, obj)
            if again is None:
                self.queue.add(Key("Stage", key.namespace, obj["spec"]["stage"]))
            return again
        if key.kind == "ProjectConfig":
            project.reconcile_config(self.kube, obj)
            return None
        project.reconcile_project(self.kube, self.settings, obj)
        return _PROJECT_RESYNC

    def on_change(self, obj: Object, *, deleted: bool = False) -> None:
        """A watched object was added, changed or deleted."""
        if deleted and obj["kind"] == "Promotion":
            promotion.clean_up(self.settings, obj)
        for key in self._concerned(obj, deleted):
            self.queue.add(key)
        if obj["kind"] in ("Stage", "Warehouse"):
            self.queue.add(Key("Project", "", obj["metadata"]["namespace"]), _COUNT_AFTER)

    def _concerned(self, obj: Object, deleted: bool) -> Iterator[Key]:
        meta = obj["metadata"]
        kind, namespace, name = obj["kind"], meta.get("namespace", ""), meta["name"]
        if kind == "Application":
            yield from self._of_application(obj)
        elif kind == "Freight":
            stages = {s["metadata"]["name"] for s in self.kube.listed("Stage", namespace)}
            # The ones that it names may be gone, perhaps since before this process began.
            yield from (Key("Stage", namespace, stage) for stage in sorted(stages | freight.stages_of(obj)))
        elif kind == "ProjectConfig":
            yield Key(kind, namespace, name)
            yield from (Key("Stage", namespace, s["metadata"]["name"]) for s in self.kube.listed("Stage", namespace))
        elif kind == "Promotion":
            # The steps on its way change nothing for its Stage, and each of them is written down.
            if deleted or not _is_on_its_way(obj):
                yield Key("Stage", namespace, obj["spec"]["stage"])
            if not names.is_terminal(obj):
                yield Key(kind, namespace, name)
        else:
            yield Key(kind, namespace, name)

    def _of_application(self, app: Object) -> Iterator[Key]:
        """For each Stage that may change it, the Promotion that may be waiting for this, or else the Stage itself.

        How a Stage is does not depend on its Applications while it promotes, and they change many times then.
        """
        for entry in names.annotations(app).get(names.ANNOTATION_AUTHORIZED_STAGE, "").split(","):
            namespace, colon, name = (part.strip() for part in entry.partition(":"))
            if not (colon and namespace and name):
                continue
            found = self.kube.get("Stage", name, namespace) or {}
            current = status_of(found).get("currentPromotion")
            yield Key("Promotion", namespace, current["name"]) if current else Key("Stage", namespace, name)


def _is_on_its_way(promotion: Object) -> bool:
    status = status_of(promotion)
    return status.get("phase") == "Running" and bool(status.get("stepExecutionMetadata"))


def register(operator: Operator) -> kopf.OperatorRegistry:
    """The kopf handlers: one function for all kinds."""
    registry = kopf.OperatorRegistry()
    servers: list[Any] = []

    @kopf.on.login(registry=registry)
    def login(**more: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**more) or kopf.login_with_kubeconfig(**more)

    @kopf.on.startup(registry=registry)
    async def start(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.posting.enabled = False  # events about our objects are ours to write
        settings.persistence.finalizer = "kargo-lite.workshop.local/unused"
        logger.info("this is kargo-lite, a stand-in for Kargo %s; it is not Kargo", KARGO_VERSION)
        admission = Admission(operator.kube, operator.settings)
        servers.extend(await webhook.serve(operator.settings, admission, operator.queue.is_alive))
        operator.queue.start()

    @kopf.on.cleanup(registry=registry)
    async def stop(**_: Any) -> None:
        operator.queue.stop()
        for server in servers:
            await server.cleanup()

    def changed(body: kopf.Body, event: kopf.RawEvent, **_: Any) -> None:
        operator.on_change(dict(body), deleted=event["type"] == "DELETED")

    for plural in ("projects", "projectconfigs", "warehouses", "freights", "stages", "promotions"):
        kopf.on.event(names.GROUP, names.VERSION, plural, registry=registry, id=plural)(changed)
    kopf.on.event("argoproj.io", "v1alpha1", "applications", registry=registry, id="applications")(changed)
    return registry


def main() -> None:
    """Run until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    logging.getLogger("kopf").setLevel(logging.WARNING)
    operator = Operator(Kube.connect(), Settings())
    # An identity of its own, because kopf would ask for the name of the user, and uid 65532 has none.
    kopf.run(
        registry=register(operator),
        standalone=True,
        clusterwide=True,
        identity="kargo-lite",  # type: ignore[arg-type]  # its NewType is not exported
    )
