"""What the expressions of a step see, and what they come to (Kargo: pkg/promotion/evaluator.go)."""

from __future__ import annotations

from . import freight, functions, names, templates
from .expressions import ExpressionError, type_name
from .kube import Kube
from .move import Move, Progress
from .objects import Object, part_of


class Evaluator:
    """Evaluates a step's condition and configuration, as far as the Promotion has come by then."""

    def __init__(self, kube: Kube, move: Move, progress: Progress) -> None:
        self.kube = kube
        self.move = move
        self.progress = progress
        self.project: str = move.promotion["metadata"]["namespace"]
        self.collection = freight.collection([freight.reference(move.target)])

    def skips(self, step: Object) -> bool:
        """A step without ``if`` runs as long as nothing has failed."""
        condition = step.get("if")
        if not condition:
            return functions.has_failures(self.progress.metadata)
        value = templates.render(condition, self._env(step), self._functions(step))
        if not isinstance(value, bool):
            raise ExpressionError(f"expression must evaluate to a boolean, got {type_name(value)}")
        return not value

    def config(self, step: Object) -> Object:
        """Its configuration with every expression replaced by what it comes to."""
        found: Object = templates.render_all(part_of(step, "config"), self._env(step), self._functions(step))
        return found

    def _functions(self, step: Object) -> functions.Functions:
        requests = self.move.stage["spec"]["requestedFreight"]
        return {
            **functions.of_freight(self.kube, self.project, requests, self.collection),
            **functions.of_metadata(self.kube, self.project),
            **functions.of_status(step["as"], self.progress.metadata),
        }

    def _env(self, step: Object) -> Object:
        """What expressions see: ctx, outputs, task.outputs, vars."""
        notes = names.annotations(self.move.promotion)
        env: Object = {
            "ctx": {
                "project": self.project,
                "promotion": self.move.promotion["metadata"]["name"],
                "stage": self.move.promotion["spec"]["stage"],
                "targetFreight": {
                    "name": self.move.target["metadata"]["name"],
                    "alias": self.move.target.get("alias", ""),
                    "origin": {"name": self.move.target["origin"]["name"]},
                },
                "meta": {
                    "promotion": {
                        "actor": notes.get(names.ANNOTATION_CREATE_ACTOR, ""),
                        "rollback": notes.get(names.ANNOTATION_ROLLBACK) == "true",
                    },
                    "step": {"alias": step["as"]},
                },
            },
            "outputs": self.progress.state,
        }
        task, _ = functions.split_alias(step["as"])
        if task:
            split = {functions.split_alias(alias): output for alias, output in self.progress.state.items()}
            env["task"] = {"outputs": {alias: output for (owner, alias), output in split.items() if owner == task}}
        env["vars"] = {}
        known = self._functions(step)
        for variable in [*(self.move.promotion["spec"].get("vars") or []), *(step.get("vars") or [])]:
            # Each may use the ones before it.
            env["vars"][variable["name"]] = templates.render(variable.get("value") or "", env, known)
        return env
