"""What is asked of an object before it is stored (Kargo: pkg/webhook/kubernetes).

Promotions get their name, steps and owner here, and are refused when the Freight is not available to the
Stage, or when their author may not promote to it. Freight that people make gets its name and alias, must be what
its Warehouse subscribes to, and cannot be changed, nor deleted while a Stage has it. A Project gets its
namespace. Objects with fields that
kargo-lite does not know are let in: their status says what is wrong (see supported.py), as it also does
for objects that were there first.
"""

from __future__ import annotations

import base64
import copy
import json
import logging
from typing import Any

from . import KARGO_VERSION, autopromotion, clock, events, freight, inflate, names, project
from .kube import Kube, KubeError
from .settings import Settings

logger = logging.getLogger(__name__)


class Refused(Exception):
    """The answer is no. The fields become those of a Kubernetes Status, so kubectl words it as for Kargo."""

    def __init__(self, code: int, reason: str, message: str, details: dict | None = None) -> None:
        super().__init__(message)
        self.status = {"code": code, "reason": reason, "message": message}
        if details:
            self.status["details"] = details


def _invalid(name: str, path: str, value: Any, text: str, kind: str = "Promotion") -> Refused:
    shown = json.dumps(value) if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    cause = f"Invalid value: {shown}: {text}"
    details = {
        "name": name,
        "group": names.GROUP,
        "kind": kind,
        "causes": [{"reason": "FieldValueInvalid", "message": cause, "field": path}],
    }
    message = f'{kind}.{names.GROUP} "{name}" is invalid: {path}: {cause}'
    return Refused(422, "Invalid", message, details)


def _internal(message: str) -> Refused:
    text = f"Internal error occurred: {message}"
    return Refused(500, "InternalError", text, {"causes": [{"message": message}]})


class Admission:
    """Answers AdmissionReview requests: ``path`` of the webhook -> handler."""

    def __init__(self, kube: Kube, settings: Settings) -> None:
        self.kube = kube
        self.settings = settings
        self.handlers = {
            "/mutate-freight": self.mutate_freight,
            "/validate-freight": self.validate_freight,
            "/mutate-promotion": self.mutate_promotion,
            "/validate-promotion": self.validate_promotion,
            "/validate-project": self.validate_project,
        }

    def review(self, path: str, body: dict) -> dict:
        """An AdmissionReview in, an AdmissionReview out."""
        request = body["request"]
        response: dict[str, Any] = {"uid": request["uid"], "allowed": True}
        try:
            changed = self.handlers[path](request)
            if changed is not None:
                before = request["object"]
                parts = [
                    {"op": "add", "path": f"/{key}", "value": value}
                    for key, value in changed.items()
                    if value != before.get(key)
                ]
                patch = base64.b64encode(json.dumps(parts).encode()).decode()
                response |= {"patchType": "JSONPatch", "patch": patch}
        except Refused as refused:
            response |= {"allowed": False, "status": refused.status}
        except Exception as error:
            # Whatever it is, the one who asked should read it, and not only that a webhook has failed.
            if not isinstance(error, KubeError):
                logger.exception("%s", path)
            response |= {"allowed": False, "status": _internal(str(error)).status}
        if not response["allowed"]:
            logger.info("%s: refused: %s", path, response["status"]["message"])
        return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}

    def _is_me(self, request: dict) -> bool:
        return request["userInfo"]["username"] == self.settings.username

    # ----------------------------------------------------------------------------------- promotions

    def mutate_promotion(self, request: dict) -> dict:
        """Kargo: promotion/webhook.go, Default."""
        promotion = copy.deepcopy(request["object"])
        meta, spec = promotion["metadata"], promotion.setdefault("spec", {})
        meta.setdefault("namespace", request["namespace"])
        for key in ("stage", "freight"):
            if not isinstance(spec.get(key, ""), str):  # freight: 12345678, without quotes
                text = f"cannot unmarshal number into Go struct field PromotionSpec.spec.{key} of type string"
                raise Refused(400, "BadRequest", f"json: {text}")
        notes = meta["annotations"] = dict(meta.get("annotations") or {})
        stage = self.kube.get("Stage", spec.get("stage") or "-", meta["namespace"])
        if stage is None:
            text = f'could not find Stage "{spec.get("stage", "")}" in namespace "{meta["namespace"]}"'
            raise _invalid(meta.get("name", ""), "spec.stage", spec.get("stage", ""), text)
        if request["operation"] == "CREATE":
            self._complete(request, promotion, stage)
        else:
            # Who created it, and what it means for holds, is not for anybody to rewrite.
            before = names.annotations(request["oldObject"])
            for key in (names.ANNOTATION_CREATE_ACTOR, names.ANNOTATION_HOLD, names.ANNOTATION_RESUME):
                notes.pop(key, None)
                if key in before:
                    notes[key] = before[key]
        self._sign_abort(request, notes)
        meta["labels"] = {**(meta.get("labels") or {}), names.LABEL_STAGE: spec["stage"][:63]}
        notes[names.ANNOTATION_STAGE] = spec["stage"]
        meta["ownerReferences"] = [
            {
                "apiVersion": names.API_VERSION,
                "kind": "Stage",
                "name": stage["metadata"]["name"],
                "uid": stage["metadata"]["uid"],
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
        return promotion

    def _complete(self, request: dict, promotion: dict, stage: dict) -> None:
        """All that is not the author's to decide: name, steps, vars, who it was, what it means for holds."""
        meta, spec, notes = promotion["metadata"], promotion["spec"], promotion["metadata"]["annotations"]
        offered = autopromotion.candidates(stage, self.kube.list("Freight", meta["namespace"]))
        if spec.get("origin") and not spec.get("freight"):
            key = names.origin_key(spec["origin"])
            if key not in offered:
                text = f'no auto-promotion candidate found for origin "{key}" on Stage "{spec["stage"]}"'
                raise _invalid(meta.get("name", ""), "spec.origin", key, text)
            spec["freight"] = offered[key]["metadata"]["name"]
            del spec["origin"]
        if spec.get("freight"):
            meta["name"] = inflate.promotion_name(stage["metadata"]["name"], spec["freight"])
        if not self._is_me(request):
            notes[names.ANNOTATION_CREATE_ACTOR] = f"kubernetes:{request['userInfo']['username']}"
        if not ((stage["spec"].get("promotionTemplate") or {}).get("spec") or {}).get("steps"):
            text = f'Stage "{spec["stage"]}" in namespace "{meta["namespace"]}" defines no promotion steps'
            raise _invalid(meta.get("name", ""), "spec.stage", spec["stage"], text)
        try:
            spec["steps"], variables = inflate.inflate(self.kube, stage)
        except (inflate.InflateError, ValueError) as error:
            raise _internal(f"failed to inflate Promotion steps: {error}") from error
        spec.pop("vars", None)
        if variables:
            spec["vars"] = variables
        self._note_intent(request, promotion, stage, offered)

    def _note_intent(self, request: dict, promotion: dict, stage: dict, offered: dict[str, dict]) -> None:
        """Holds: see autopromotion.py. Our own promotions mean nothing by it."""
        meta, notes = promotion["metadata"], promotion["metadata"]["annotations"]
        if self._is_me(request):
            return
        notes.pop(names.ANNOTATION_HOLD, None)
        notes.pop(names.ANNOTATION_RESUME, None)
        wanted = self.kube.get("Freight", promotion["spec"].get("freight") or "-", meta["namespace"])
        config = autopromotion.config_of(self.kube, meta["namespace"])
        if wanted is None or not autopromotion.is_enabled(config, stage):
            return
        notes |= autopromotion.intent(stage, offered.get(names.origin_key(wanted["origin"])), wanted)

    def _sign_abort(self, request: dict, notes: dict[str, str]) -> None:
        """Whoever asks for an abort is named in the asking."""
        value = notes.get(names.ANNOTATION_ABORT)
        before = names.annotations(request.get("oldObject") or {}).get(names.ANNOTATION_ABORT)
        if not value or value == before or self._is_me(request):
            return
        try:
            action = json.loads(value).get("action")
        except (ValueError, AttributeError):
            action = value
        actor = f"kubernetes:{request['userInfo']['username']}"
        notes[names.ANNOTATION_ABORT] = json.dumps({"action": action, "actor": actor}, separators=(",", ":"))

    def validate_promotion(self, request: dict) -> None:
        """Kargo: promotion/webhook.go, ValidateCreate, ValidateUpdate and ValidateDelete."""
        operation, promotion = request["operation"], request.get("object") or request["oldObject"]
        self._authorize(request, promotion, operation.lower())
        if operation == "CREATE":
            self._validate_new(request, promotion)
        elif operation == "UPDATE" and promotion["spec"] != request["oldObject"]["spec"]:
            raise _invalid(promotion["metadata"]["name"], "spec", promotion["spec"], "spec is immutable")

    def _validate_new(self, request: dict, promotion: dict) -> None:
        meta, spec = promotion["metadata"], promotion["spec"]
        if bool(spec.get("freight")) == bool(spec.get("origin")):
            text = "exactly one of spec.freight or spec.origin must be set"
            raise _invalid(meta.get("name", ""), "spec", spec, text)
        stage = self.kube.get("Stage", spec["stage"], meta["namespace"])
        wanted = self.kube.get("Freight", spec["freight"], meta["namespace"])
        if stage is None or not freight.is_available(stage, wanted):
            text = "Freight is not available to this Stage"
            raise _invalid(meta["name"], "spec.freight", spec["freight"], text)
        if not self._is_me(request) and not request.get("dryRun"):
            actor = f"kubernetes:{request['userInfo']['username']}"
            text = f'Promotion created for Stage "{spec["stage"]}" by "{actor}"'
            about = {"apiVersion": names.API_VERSION, "kind": "Promotion", **promotion}
            events.send(self.kube, about, "PromotionCreated", text, actor=actor)

    def _authorize(self, request: dict, promotion: dict, action: str) -> None:
        """To create promotions is one right, to promote to *this* Stage another: verb ``promote`` on it."""
        user = request["userInfo"]
        stage, meta = promotion["spec"]["stage"], promotion["metadata"]
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": user["username"],
                "groups": user.get("groups") or [],
                "resourceAttributes": {
                    "group": names.GROUP,
                    "resource": "stages",
                    "name": stage,
                    "verb": "promote",
                    "namespace": meta.get("namespace") or request["namespace"],
                },
            },
        }
        try:
            allowed = (self.kube.create("SubjectAccessReview", review).get("status") or {}).get("allowed")
            why = f'subject "{user["username"]}" is not permitted to {action} Promotions for Stage "{stage}"'
        except KubeError:
            allowed, why = False, f"error creating SubjectAccessReview; refusing to {action} Promotion"
        if not allowed:
            raise _internal(f'Promotion.{names.GROUP} "{meta.get("name", "")}" is forbidden: {why}')

    # -------------------------------------------------------------------------------------- freight

    def mutate_freight(self, request: dict) -> dict:
        """Kargo: freight/webhook.go, Default."""
        item = copy.deepcopy(request["object"])
        meta = item["metadata"]
        meta.setdefault("namespace", request["namespace"])
        if request["operation"] == "CREATE":
            # Whatever name was given: the same artifacts have the same name.
            meta["name"] = freight.freight_name(item["origin"], item.get("images") or [])
        item["discoveredAt"] = item.get("discoveredAt") or meta.get("creationTimestamp") or clock.now()
        labels = dict(meta.get("labels") or {})
        if not item.get("alias") and request["operation"] == "CREATE":
            item["alias"] = freight.new_alias(
                {f.get("alias", "") for f in self.kube.list("Freight", meta["namespace"])}
            )
        if item.get("alias"):
            labels[names.LABEL_ALIAS] = item["alias"]
        else:
            labels.pop(names.LABEL_ALIAS, None)
        meta["labels"] = labels
        return item

    def validate_freight(self, request: dict) -> None:
        """Kargo: freight/webhook.go, ValidateCreate, ValidateUpdate and ValidateDelete."""
        operation = request["operation"]
        if operation == "DELETE":
            self._refuse_if_in_use(request["oldObject"])
        elif operation == "CREATE":
            self._validate_new_freight(request["object"])
        else:
            self._validate_same_freight(request, request["oldObject"], request["object"])

    def _validate_new_freight(self, item: dict) -> None:
        meta = item["metadata"]
        name, namespace, images = meta["name"], meta["namespace"], item.get("images") or []

        def invalid(path: str, value: Any, text: str) -> Refused:
            return _invalid(name, path, value, text, kind="Freight")

        if any(item.get(key) for key in ("commits", "charts", "artifacts")):
            raise invalid("", None, f"kargo-lite knows images only (Kargo {KARGO_VERSION} has commits and charts)")
        if not images:
            raise invalid("", None, "freight must contain at least one commit, image, or chart")
        if any(f.get("alias") == item["alias"] for f in self.kube.list("Freight", namespace)):
            text = f'alias already used by another piece of Freight in namespace "{namespace}"'
            raise invalid("alias", item["alias"], text)
        origin = item["origin"]["name"]
        warehouse = self.kube.get("Warehouse", origin, namespace)
        if warehouse is None:
            raise invalid("warehouse", origin, "warehouse does not exist")
        subscribed = [s["image"]["repoURL"] for s in warehouse["spec"]["subscriptions"] if "image" in s]
        given = [image["repoURL"] for image in images]
        for image in images:
            if image["repoURL"] not in subscribed:
                text = f'no subscription found for image repository in Warehouse "{origin}"'
                raise invalid("images", image, text)
        for url in subscribed:
            if given.count(url) != 1:
                what = "no artifact" if url not in given else "multiple artifacts"
                raise invalid("images", None, f'{what} found for subscription "{url}" of Warehouse "{origin}"')

    def _validate_same_freight(self, request: dict, before: dict, after: dict) -> None:
        for path in ("origin", "commits", "images", "charts", "artifacts"):
            if (before.get(path) or None) != (after.get(path) or None):
                text = "Freight is immutable"
                raise _invalid(before["metadata"]["name"], path, after.get(path), text, kind="Freight")
        if self._is_me(request) or request.get("dryRun"):
            return
        actor = f"kubernetes:{request['userInfo']['username']}"
        known = (before.get("status") or {}).get("approvedFor") or {}
        for stage in (after.get("status") or {}).get("approvedFor") or {}:
            if stage not in known:
                text = f'Freight approved for Stage "{stage}" by "{actor}"'
                about = {"apiVersion": names.API_VERSION, "kind": "Freight", **after}
                events.send(self.kube, about, "FreightApproved", text, actor=actor)

    def _refuse_if_in_use(self, item: dict) -> None:
        meta = item["metadata"]
        used = []
        for stage in self.kube.list("Stage", meta["namespace"]):
            history = (stage.get("status") or {}).get("freightHistory") or [{}]
            if meta["name"] in {ref["name"] for ref in (history[0].get("items") or {}).values()}:
                used.append(f'"{stage["metadata"]["name"]}"')
        if used:
            why = f"freight is in-use by stages ({', '.join(used)})"
            details = {"name": meta["name"], "group": names.GROUP, "kind": "freights"}
            text = f'freights.{names.GROUP} "{meta["name"]}" is forbidden: {why}'
            raise Refused(403, "Forbidden", text, details)

    # ------------------------------------------------------------------------------------- projects

    def validate_project(self, request: dict) -> None:
        """Make the namespace before the Project is stored: what follows it in the same file needs it."""
        if request["operation"] != "CREATE" or request.get("dryRun"):
            return
        name = request["object"]["metadata"]["name"]
        try:
            project.ensure_namespace(self.kube, self.settings, name)
        except KubeError as error:
            if error.reason != "Conflict":
                raise
            text = f'Operation cannot be fulfilled on projects.{names.GROUP} "{name}": {error}'
            raise Refused(409, "Conflict", text) from error
