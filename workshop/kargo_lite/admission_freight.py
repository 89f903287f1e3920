"""What is asked of Freight before it is stored (Kargo: pkg/webhook/kubernetes/freight/webhook.go).

Freight that people make gets its name and alias, must be what its Warehouse subscribes to, and cannot be changed, nor
deleted while a Stage has it.
"""

from __future__ import annotations

import copy
from typing import Any

from . import KARGO_VERSION, clock, events, freight, names
from .kube import Kube
from .objects import Object, part_of, status_of
from .reviews import Refused, actor_of, invalid, is_own
from .settings import Settings


class FreightAdmission:
    """Completes and judges Freight."""

    def __init__(self, kube: Kube, settings: Settings) -> None:
        self.kube = kube
        self.settings = settings

    def mutate(self, request: Object) -> Object:
        """Kargo: Default."""
        item: Object = copy.deepcopy(request["object"])
        meta = item["metadata"]
        meta.setdefault("namespace", request["namespace"])
        if request["operation"] == "CREATE":
            # Whatever name was given: the same artifacts have the same name.
            meta["name"] = freight.freight_name(item["origin"], item.get("images") or [])
        item["discoveredAt"] = item.get("discoveredAt") or meta.get("creationTimestamp") or clock.now()
        labels = dict(part_of(meta, "labels"))
        if not item.get("alias") and request["operation"] == "CREATE":
            item["alias"] = freight.new_alias(
                {f.get("alias", "") for f in self.kube.listed("Freight", meta["namespace"])}
            )
        if item.get("alias"):
            labels[names.LABEL_ALIAS] = item["alias"]
        else:
            labels.pop(names.LABEL_ALIAS, None)
        meta["labels"] = labels
        return item

    def validate(self, request: Object) -> None:
        """Kargo: ValidateCreate, ValidateUpdate and ValidateDelete."""
        operation = request["operation"]
        if operation == "DELETE":
            self._refuse_if_in_use(request["oldObject"])
        elif operation == "CREATE":
            self._validate_new(request["object"])
        else:
            self._validate_same(request, request["oldObject"], request["object"])

    def _validate_new(self, item: Object) -> None:
        namespace = item["metadata"]["namespace"]
        if any(item.get(key) for key in ("commits", "charts", "artifacts")):
            raise _wrong(item, "", None, f"kargo-lite knows images only (Kargo {KARGO_VERSION} has commits and charts)")
        if not item.get("images"):
            raise _wrong(item, "", None, "freight must contain at least one commit, image, or chart")
        if any(f.get("alias") == item["alias"] for f in self.kube.listed("Freight", namespace)):
            text = f'alias already used by another piece of Freight in namespace "{namespace}"'
            raise _wrong(item, "alias", item["alias"], text)
        origin = item["origin"]["name"]
        warehouse = self.kube.get("Warehouse", origin, namespace)
        if warehouse is None:
            raise _wrong(item, "warehouse", origin, "warehouse does not exist")
        self._check_images(
            item, origin, [s["image"]["repoURL"] for s in warehouse["spec"]["subscriptions"] if "image" in s]
        )

    @staticmethod
    def _check_images(item: Object, origin: str, subscribed: list[str]) -> None:
        """Exactly one of every image that the Warehouse subscribes to, and no other."""
        for image in item["images"]:
            if image["repoURL"] not in subscribed:
                text = f'no subscription found for image repository in Warehouse "{origin}"'
                raise _wrong(item, "images", image, text)
        given = [image["repoURL"] for image in item["images"]]
        for url in subscribed:
            if given.count(url) != 1:
                what = "no artifact" if url not in given else "multiple artifacts"
                raise _wrong(item, "images", None, f'{what} found for subscription "{url}" of Warehouse "{origin}"')

    def _validate_same(self, request: Object, before: Object, after: Object) -> None:
        for path in ("origin", "commits", "images", "charts", "artifacts"):
            if (before.get(path) or None) != (after.get(path) or None):
                text = "Freight is immutable"
                raise _wrong(before, path, after.get(path), text)
        if is_own(request, self.settings) or request.get("dryRun"):
            return
        actor = actor_of(request)
        known = part_of(before, "status", "approvedFor")
        for stage in part_of(after, "status", "approvedFor"):
            if stage not in known:
                text = f'Freight approved for Stage "{stage}" by "{actor}"'
                about = {"apiVersion": names.API_VERSION, "kind": "Freight", **after}
                events.send(self.kube, about, "FreightApproved", text, actor=actor)

    def _refuse_if_in_use(self, item: Object) -> None:
        meta = item["metadata"]
        used = []
        for stage in self.kube.listed("Stage", meta["namespace"]):
            history = status_of(stage).get("freightHistory") or [{}]
            if meta["name"] in {ref["name"] for ref in part_of(history[0], "items").values()}:
                used.append(f'"{stage["metadata"]["name"]}"')
        if used:
            why = f"freight is in-use by stages ({', '.join(used)})"
            details = {"name": meta["name"], "group": names.GROUP, "kind": "freights"}
            text = f'freights.{names.GROUP} "{meta["name"]}" is forbidden: {why}'
            raise Refused(403, "Forbidden", text, details)


def _wrong(item: Object, path: str, value: Any, text: str) -> Refused:
    return invalid(item["metadata"]["name"], path, value, text, kind="Freight")
