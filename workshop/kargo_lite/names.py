"""Names of Kargo's API that several modules share (Kargo: api/v1alpha1/annotations.go, labels.go)."""

from .objects import Object, part_of, status_of

GROUP = "kargo.akuity.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

LABEL_PROJECT = f"{GROUP}/project"
LABEL_STAGE = f"{GROUP}/stage"
LABEL_ALIAS = f"{GROUP}/alias"
LABEL_CRED_TYPE = f"{GROUP}/cred-type"

ANNOTATION_STAGE = f"{GROUP}/stage"
ANNOTATION_CREATE_ACTOR = f"{GROUP}/create-actor"
ANNOTATION_HOLD = f"{GROUP}/auto-promotion-hold"
ANNOTATION_RESUME = f"{GROUP}/auto-promotion-resume"
ANNOTATION_REFRESH = f"{GROUP}/refresh"
ANNOTATION_REVERIFY = f"{GROUP}/reverify"
ANNOTATION_ABORT = f"{GROUP}/abort"
ANNOTATION_ROLLBACK = f"{GROUP}/rollback"
ANNOTATION_AUTHORIZED_STAGE = f"{GROUP}/authorized-stage"
ANNOTATION_ARGOCD_CONTEXT = f"{GROUP}/argocd-context"
INFO_PROMOTION = f"{GROUP}/promotion"
"""Key in an Argo CD operation's ``info``: which Promotion asked for it."""

ARGOCD_REFRESH = "argocd.argoproj.io/refresh"

ALIAS_SEPARATOR = "::"
"""Between a task's alias and its step's, as in ``promote::sync`` (Kargo: pkg/api/promotion.go)."""

TERMINAL_PHASES = frozenset({"Succeeded", "Failed", "Errored", "Aborted"})


def origin_key(origin: Object) -> str:
    """``Warehouse/app``: how Kargo writes an origin as one string."""
    return f"{origin.get('kind', 'Warehouse')}/{origin['name']}"


def is_terminal(promotion: Object) -> bool:
    """Whether the Promotion has ended, well or badly."""
    return status_of(promotion).get("phase") in TERMINAL_PHASES


def annotations(obj: Object) -> dict[str, str]:
    """The annotations of any object, empty when there are none."""
    return part_of(obj, "metadata", "annotations")
