"""The words of Kargo's API that the workshop reads and writes (Kargo: api/v1alpha1)."""

from __future__ import annotations

from typing import Final

GROUP: Final = "kargo.akuity.io"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"
KINDS: Final = ("Warehouse", "Freight", "Stage", "Promotion")
"""What the workshop reads of a Project."""

LABEL_ALIAS: Final = f"{GROUP}/alias"
ANNOTATION_ABORT: Final = f"{GROUP}/abort"
ANNOTATION_AUTHORIZED_STAGE: Final = f"{GROUP}/authorized-stage"
ANNOTATION_CREATE_ACTOR: Final = f"{GROUP}/create-actor"
ANNOTATION_REFRESH: Final = f"{GROUP}/refresh"
TERMINATE: Final = "terminate"
"""What the annotation to abort asks for."""
ALIAS_SEPARATOR: Final = "::"
"""Between a task's alias and its step's, as in `promote::sync`."""

RUNNING: Final = "Running"
SUCCEEDED: Final = "Succeeded"
SKIPPED: Final = "Skipped"
ABORTED: Final = "Aborted"
BAD: Final = frozenset({"Failed", "Errored", ABORTED})
"""How a Promotion, or a step, ends that did not go well."""
FINISHED: Final = BAD | {SUCCEEDED}
"""Phases of a Promotion that has ended."""

HEALTHY: Final = "Healthy"
READY: Final = "Ready"
NO_IMAGES: Final = "MissingImageReferences"
"""Why a Warehouse is not ready that has found no image."""
CRITERIA: Final = "FreightCreationCriteriaSatisfied"
CRITERIA_NOT_SATISFIED: Final = "CriteriaNotSatisfied"
