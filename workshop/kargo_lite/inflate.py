"""From a Stage's promotion template to the steps of one Promotion (Kargo: pkg/api/promotion.go)."""

from __future__ import annotations

import copy
import secrets
import threading
import time

from . import clock, names, supported
from .kube import Kube
from .objects import Object, part_of

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


class InflateError(Exception):
    """The template cannot be turned into steps."""


class _Ulids:
    """ULIDs that only ever grow, also within one millisecond: the order of names is that of creation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> str:
        with self._lock:
            fresh = int(time.time() * 1000) << 80 | secrets.randbits(79)
            self._last = max(fresh, self._last + 1)
            value = self._last
        return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


_ulids = _Ulids()


def promotion_name(stage: str, freight: str) -> str:
    """``dev.01m83yr4b890qvrz9030qcc355.71de5dc``: Stage, ULID, beginning of the Freight's name."""
    return f"{stage}.{_ulids.next()}.{freight[:7]}".lower()


def inflate(kube: Kube, stage: Object) -> tuple[list[Object], list[Object]]:
    """The steps, with the tasks' own put in their places, and the vars of a Promotion to that Stage."""
    spec = stage["spec"]
    template = part_of(spec, "promotionTemplate", "spec")
    variables = [*(spec.get("vars") or []), *(template.get("vars") or [])]
    steps: list[Object] = []
    for index, step in enumerate(template.get("steps") or []):
        if step.get("task"):
            steps += _task_steps(kube, stage["metadata"]["namespace"], step, index, variables)
        else:
            steps.append(_normal({**step, "as": _alias(step, index)}))
    return steps, variables


def _alias(step: Object, index: int) -> str:
    return step.get("as") or f"{'task' if step.get('task') else 'step'}-{index + 1}"


def _task_steps(kube: Kube, project: str, step: Object, index: int, variables: list[Object]) -> list[Object]:
    name, alias = step["task"]["name"], _alias(step, index)
    task = kube.get("PromotionTask", name, project)
    if task is None:
        raise InflateError(
            f'inflate task steps for task "{name}" ("{alias}"): promotiontasks.kargo.akuity.io "{name}" not found'
        )
    if found := supported.spec_problems(task):
        raise InflateError(f'PromotionTask "{name}": {supported.explain(found)}')
    try:
        inherited = _task_vars(task["spec"].get("vars") or [], variables, step.get("vars") or [])
    except InflateError as error:
        raise InflateError(f'inflate task steps for task "{name}" ("{alias}"): {error}') from error
    return [
        _normal(
            {
                **inner,
                "as": f"{alias}{names.ALIAS_SEPARATOR}{_alias(inner, i)}",
                "vars": [*inherited, *(inner.get("vars") or [])],
            }
        )
        for i, inner in enumerate(task["spec"]["steps"])
    ]


def _task_vars(declared: list[Object], promotion_vars: list[Object], step_vars: list[Object]) -> list[Object]:
    """Defaults of the task that nobody set, then what the step sets. A var without either is an error."""
    by_promotion = {v["name"] for v in promotion_vars if v.get("value")}
    by_step = {v["name"] for v in step_vars if v.get("value")}
    result = []
    for variable in declared:
        if variable["name"] in by_promotion:
            continue
        if variable.get("value"):
            result.append(variable)
        elif variable["name"] not in by_step:
            raise InflateError(f'missing value for variable "{variable["name"]}"')
    return [*result, *step_vars]


def _normal(step: Object) -> Object:
    """A copy as Go would write it: no empty vars, timeouts as ``3m0s``."""
    step = copy.deepcopy(step)
    if not step.get("vars"):
        step.pop("vars", None)
    if timeout := part_of(step, "retry").get("timeout"):
        step["retry"]["timeout"] = clock.format_duration(clock.parse_duration(timeout))
    return step
