"""What is asked of a Promotion before it is stored (Kargo: pkg/webhook/kubernetes/promotion/webhook.go).

It gets its name, steps and owner here, and is refused when the Freight is not available to the Stage, or when its
author may not promote to it.
"""

from __future__ import annotations

import copy
import json

from . import autopromotion, events, freight, inflate, names
from .kube import Kube, KubeError
from .objects import Object, part_of, status_of
from .reviews import Refused, actor_of, internal, invalid, is_own
from .settings import Settings


class PromotionAdmission:
    """Completes and judges Promotions."""

    def __init__(self, kube: Kube, settings: Settings) -> None:
        self.kube = kube
        self.settings = settings

    def mutate(self, request: Object) -> Object:
        """Kargo: Default."""
        promotion: Object = copy.deepcopy(request["object"])
        meta, spec = promotion["metadata"], promotion.setdefault("spec", {})
        meta.setdefault("namespace", request["namespace"])
        for key in ("stage", "freight"):
            if not isinstance(spec.get(key, ""), str):  # freight: 12345678, without quotes
                text = f"cannot unmarshal number into Go struct field PromotionSpec.spec.{key} of type string"
                raise Refused(400, "BadRequest", f"json: {text}")
        notes = meta["annotations"] = dict(part_of(meta, "annotations"))
        stage = self.kube.get("Stage", spec.get("stage") or "-", meta["namespace"])
        if stage is None:
            text = f'could not find Stage "{spec.get("stage", "")}" in namespace "{meta["namespace"]}"'
            raise invalid(meta.get("name", ""), "spec.stage", spec.get("stage", ""), text)
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
        meta["labels"] = {**part_of(meta, "labels"), names.LABEL_STAGE: spec["stage"][:63]}
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

    def _complete(self, request: Object, promotion: Object, stage: Object) -> None:
        """All that is not the author's to decide: name, steps, vars, who it was, what it means for holds."""
        meta, spec, notes = promotion["metadata"], promotion["spec"], promotion["metadata"]["annotations"]
        offered = autopromotion.candidates(stage, self.kube.listed("Freight", meta["namespace"]))
        if spec.get("origin") and not spec.get("freight"):
            key = names.origin_key(spec["origin"])
            if key not in offered:
                text = f'no auto-promotion candidate found for origin "{key}" on Stage "{spec["stage"]}"'
                raise invalid(meta.get("name", ""), "spec.origin", key, text)
            spec["freight"] = offered[key]["metadata"]["name"]
            del spec["origin"]
        if spec.get("freight"):
            meta["name"] = inflate.promotion_name(stage["metadata"]["name"], spec["freight"])
        if not is_own(request, self.settings):
            notes[names.ANNOTATION_CREATE_ACTOR] = actor_of(request)
        if not part_of(stage["spec"], "promotionTemplate", "spec").get("steps"):
            text = f'Stage "{spec["stage"]}" in namespace "{meta["namespace"]}" defines no promotion steps'
            raise invalid(meta.get("name", ""), "spec.stage", spec["stage"], text)
        try:
            spec["steps"], variables = inflate.inflate(self.kube, stage)
        except (inflate.InflateError, ValueError) as error:
            raise internal(f"failed to inflate Promotion steps: {error}") from error
        spec.pop("vars", None)
        if variables:
            spec["vars"] = variables
        self._note_intent(request, promotion, stage, offered)

    def _note_intent(self, request: Object, promotion: Object, stage: Object, offered: dict[str, Object]) -> None:
        """Holds: see autopromotion.py. Our own promotions mean nothing by it."""
        meta, notes = promotion["metadata"], promotion["metadata"]["annotations"]
        if is_own(request, self.settings):
            return
        notes.pop(names.ANNOTATION_HOLD, None)
        notes.pop(names.ANNOTATION_RESUME, None)
        wanted = self.kube.get("Freight", promotion["spec"].get("freight") or "-", meta["namespace"])
        config = autopromotion.config_of(self.kube, meta["namespace"])
        if wanted is None or not autopromotion.is_enabled(config, stage):
            return
        notes |= autopromotion.intent(stage, offered.get(names.origin_key(wanted["origin"])), wanted)

    def _sign_abort(self, request: Object, notes: dict[str, str]) -> None:
        """Whoever asks for an abort is named in the asking."""
        value = notes.get(names.ANNOTATION_ABORT)
        before = names.annotations(part_of(request, "oldObject")).get(names.ANNOTATION_ABORT)
        if not value or value == before or is_own(request, self.settings):
            return
        try:
            action = json.loads(value).get("action")
        except (ValueError, AttributeError):
            action = value
        actor = actor_of(request)
        notes[names.ANNOTATION_ABORT] = json.dumps({"action": action, "actor": actor}, separators=(",", ":"))

    def validate(self, request: Object) -> None:
        """Kargo: ValidateCreate, ValidateUpdate and ValidateDelete."""
        operation, promotion = request["operation"], request.get("object") or request["oldObject"]
        self._authorize(request, promotion, operation.lower())
        if operation == "CREATE":
            self._validate_new(request, promotion)
        elif operation == "UPDATE" and promotion["spec"] != request["oldObject"]["spec"]:
            raise invalid(promotion["metadata"]["name"], "spec", promotion["spec"], "spec is immutable")

    def _validate_new(self, request: Object, promotion: Object) -> None:
        meta, spec = promotion["metadata"], promotion["spec"]
        if bool(spec.get("freight")) == bool(spec.get("origin")):
            text = "exactly one of spec.freight or spec.origin must be set"
            raise invalid(meta.get("name", ""), "spec", spec, text)
        stage = self.kube.get("Stage", spec["stage"], meta["namespace"])
        wanted = self.kube.get("Freight", spec["freight"], meta["namespace"])
        if stage is None or not freight.is_available(stage, wanted):
            text = "Freight is not available to this Stage"
            raise invalid(meta["name"], "spec.freight", spec["freight"], text)
        if not is_own(request, self.settings) and not request.get("dryRun"):
            actor = actor_of(request)
            text = f'Promotion created for Stage "{spec["stage"]}" by "{actor}"'
            about = {"apiVersion": names.API_VERSION, "kind": "Promotion", **promotion}
            events.send(self.kube, about, "PromotionCreated", text, actor=actor)

    def _authorize(self, request: Object, promotion: Object, action: str) -> None:
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
            allowed = status_of(self.kube.create("SubjectAccessReview", review)).get("allowed")
            why = f'subject "{user["username"]}" is not permitted to {action} Promotions for Stage "{stage}"'
        except KubeError:
            allowed, why = False, f"error creating SubjectAccessReview; refusing to {action} Promotion"
        if not allowed:
            raise internal(f'Promotion.{names.GROUP} "{meta.get("name", "")}" is forbidden: {why}')
