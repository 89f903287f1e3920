"""The one list of what kargo-lite understands of Kargo's API.

A field, value or step that is not here is refused by name, on the resource or at admission, and never
silently ignored: a workshop must not teach that something works which only seems to.

Notation: a mapping lists the fields (``!`` marks the required ones), a list holds the shape of its
items, a type is a value of that type, a tuple the only values taken, ``ANY`` takes what comes.
"""

from __future__ import annotations

from typing import Any, Final

from . import KARGO_VERSION
from .objects import Object, part_of

ANY: Final = object()

_VARS = [{"name!": str, "value": str}]
_RETRY = {"timeout": str, "errorThreshold": int}
_STEP = {
    "uses": str,
    "as": str,
    "if": str,
    "continueOnError": bool,
    "retry": _RETRY,
    "vars": _VARS,
    "config": ANY,  # looked at when the step runs, against STEPS below
}
_TASK_STEP = {**_STEP, "task": {"name!": str, "kind": ("PromotionTask",)}}

SPECS: Final[dict[str, Object]] = {
    "ProjectConfig": {
        "promotionPolicies": [
            {
                "autoPromotionEnabled": bool,
                "stageSelector": {"name": str, "matchLabels": ANY},
                "stage": str,
            }
        ],
    },
    "Warehouse": {
        "interval": str,
        "freightCreationPolicy": ("Automatic", "Manual"),
        "freightCreationCriteria": {"expression": str},
        "subscriptions": [
            {
                "image": {
                    "repoURL!": str,
                    "imageSelectionStrategy": ("NewestBuild",),
                    "allowTagsRegexes": [str],
                    "ignoreTagsRegexes": [str],
                    "cacheByTag": bool,
                    "discoveryLimit": int,
                    "strictSemvers": bool,  # Kargo's default; means nothing to NewestBuild
                }
            }
        ],
    },
    "PromotionTask": {"vars": _VARS, "steps": [_STEP]},
    "Stage": {
        "vars": _VARS,
        "requestedFreight": [
            {
                "origin": {"kind": ("Warehouse",), "name": str},
                "sources": {
                    "direct": bool,
                    "stages": [str],
                    "requiredSoakTime": str,
                    "availabilityStrategy": ("All", "OneOf", ""),
                    "autoPromotionOptions": {"selectionPolicy": ("NewestFreight",)},
                },
            }
        ],
        "promotionTemplate!": {"spec": {"vars": _VARS, "steps": [_TASK_STEP]}},
    },
}

_APP = {"name!": str, "namespace": str}

STEPS: Final[dict[str, Any]] = {
    "git-clone": {
        "repoURL!": str,
        "author": {"name!": str, "email!": str},
        "checkout!": [
            {"path!": str, "branch": str, "commit": str, "tag": str, "create": bool, "as": str},
        ],
    },
    "git-clear": {"path!": str},
    "git-commit": {"path!": str, "message!": str},
    "git-push": {"path!": str, "targetBranch": str, "maxAttempts": int},
    "kustomize-set-image": {
        "path!": str,
        "images!": [{"image!": str, "name": str, "newName": str, "tag": str, "digest": str}],
    },
    "kustomize-build": {"path!": str, "outPath!": str, "outputFormat": ("kargo",)},
    "copy": {"inPath!": str, "outPath!": str},
    "argocd-update": {"apps!": [{**_APP, "sources": [{"repoURL!": str, "desiredRevision": str}]}]},
    "argocd-wait": {"apps!": [{**_APP, "waitFor": [("health", "sync", "operation", "suspended", "degraded")]}]},
    "set-metadata": {"updates!": [{"kind!": ("Stage", "Freight"), "name!": str, "values!": ANY}]},
    "http": {
        "method": ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"),
        "url!": str,
        "headers": [{"name!": str, "value!": str}],
        "queryParams": [{"name!": str, "value!": str}],
        "body": str,
        "insecureSkipTLSVerify": bool,
        "timeout": str,
        "pollInterval": str,
        "responseContentType": ("application/json", "application/yaml", "text/plain"),
        "outputs": [{"name!": str, "fromExpression!": str}],
        "successExpression": str,
        "failureExpression": str,
    },
    "compose-output": ANY,
    "fail": {"message": str},
}

_KARGO_STEPS = """
    argocd-update argocd-wait compose-output copy delete fail file-write git-clear git-clone git-commit
    git-merge-pr git-open-pr git-push git-tag git-wait-for-pr github-push helm-template
    helm-update-chart http http-download json-parse json-update kustomize-build kustomize-set-image
    oci-download oci-push set-freight-alias set-metadata toml-parse toml-update untar yaml-merge
    yaml-parse yaml-update
"""
KARGO_STEPS: Final = frozenset(_KARGO_STEPS.split())
"""Every step that Kargo has, to tell "not here" from "misspelt"."""

_TYPE_NAMES = {str: "string", bool: "boolean", int: "integer"}


def problems(schema: Any, value: Any, path: str) -> list[str]:
    """What in the value goes beyond the schema, one text for each finding, in Kargo's words if it has any."""
    if schema is ANY or value is None:
        return []
    if isinstance(schema, tuple):
        if value in schema:
            return []
        return [f"{path}: value {value!r} is not supported by kargo-lite, only {', '.join(map(repr, schema))}"]
    if isinstance(schema, dict):
        return _object_problems(schema, value, path)
    if isinstance(schema, list):
        if not isinstance(value, list):
            return [_wrong_type(path, "array", value)]
        return [p for i, item in enumerate(value) for p in problems(schema[0], item, f"{path}.{i}")]
    # bool is an int to Python, not to JSON
    if not isinstance(value, schema) or (schema is int and isinstance(value, bool)):
        return [_wrong_type(path, _TYPE_NAMES[schema], value)]
    return []


def _object_problems(schema: Object, value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [_wrong_type(path, "object", value)]
    fields = {key.rstrip("!"): shape for key, shape in schema.items()}
    found = [
        f"{path or '(root)'}: {key[:-1]} is required"
        for key in schema
        if key.endswith("!") and value.get(key[:-1]) in (None, "")
    ]
    for key, item in value.items():
        here = f"{path}.{key}" if path else key
        if key in fields:
            found += problems(fields[key], item, here)
        else:
            found.append(f"{here}: this field is not supported by kargo-lite (Kargo {KARGO_VERSION} may know it)")
    return found


def _wrong_type(path: str, expected: str, value: Any) -> str:
    given = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return f"{path}: Invalid type. Expected: {expected}, given: {given.get(type(value), 'null')}"


def spec_problems(obj: Object) -> list[str]:
    """What in an object's spec kargo-lite cannot do. Empty when all of it is understood."""
    found = problems(SPECS[obj["kind"]], part_of(obj, "spec"), "spec")
    if obj["kind"] == "Stage":
        template = part_of(obj["spec"], "promotionTemplate", "spec")
        for index, step in enumerate(template.get("steps") or []):
            found += step_problems(step, f"spec.promotionTemplate.spec.steps.{index}")
    return found


def step_problems(step: Object, path: str) -> list[str]:
    """Whether the step's kind is one that kargo-lite runs."""
    uses = step.get("uses")
    if not uses or uses in STEPS:
        return []
    return [f"{path}.uses: {unknown_step(uses)}"]


def unknown_step(uses: str) -> str:
    """Why a step cannot run: Kargo has it and kargo-lite does not, or nobody has it."""
    if uses in KARGO_STEPS:
        return f'step kind "{uses}" is not supported by kargo-lite; Kargo {KARGO_VERSION} has it'
    return f'step kind "{uses}" is not registered; verify the kind is correct'


def explain(found: list[str]) -> str:
    """One message for a condition."""
    return "kargo-lite is not Kargo and does not support all of it. " + "; ".join(found)
