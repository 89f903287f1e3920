"""What is asked of an object before it is stored (Kargo: pkg/webhook/kubernetes).

Promotions and Freight are completed and judged (``admission_promotions.py``, ``admission_freight.py``); a Project gets
its namespace. Objects with fields that kargo-lite does not know are let in: their status says what is wrong (see
supported.py), as it also does for objects that were there first.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable

from . import names, project
from .admission_freight import FreightAdmission
from .admission_promotions import PromotionAdmission
from .kube import Kube, KubeError
from .objects import Object
from .reviews import Refused, internal
from .settings import Settings

logger = logging.getLogger(__name__)


class Admission:
    """Answers AdmissionReview requests: ``path`` of the webhook -> handler."""

    def __init__(self, kube: Kube, settings: Settings) -> None:
        self.kube = kube
        self.settings = settings
        freight, promotions = FreightAdmission(kube, settings), PromotionAdmission(kube, settings)
        self.handlers: dict[str, Callable[[Object], Object | None]] = {
            "/mutate-freight": freight.mutate,
            "/validate-freight": freight.validate,
            "/mutate-promotion": promotions.mutate,
            "/validate-promotion": promotions.validate,
            "/validate-project": self.validate_project,
        }

    def review(self, path: str, body: Object) -> Object:
        """An AdmissionReview in, an AdmissionReview out."""
        request = body["request"]
        response: Object = {"uid": request["uid"], "allowed": True}
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
            response |= {"allowed": False, "status": internal(str(error)).status}
        if not response["allowed"]:
            logger.info("%s: refused: %s", path, response["status"]["message"])
        return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}

    def validate_project(self, request: Object) -> None:
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
