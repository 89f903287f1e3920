"""Running the steps of one Promotion (Kargo: pkg/promotion/local_orchestrator.go, evaluator.go).

``run`` goes as far as it can: to the end, or to a step that waits. All it needs to go on later is in the
Promotion's status: the current step, what happened to each so far, and their outputs.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import clock, freight, functions, names, supported, templates
from .expressions import ExpressionError, type_name
from .kube import Kube, KubeError
from .settings import Settings
from .steps import Runner, StepContext, StepError, StepResult

logger = logging.getLogger(__name__)

_SHORTEST_POLL = 10.0
"""Seconds between two looks of a step that polls, whatever it asks for (Kargo: calculateRequeueInterval)."""
_SEVERITY = ("Succeeded", "Skipped", "Running", "Aborted", "Failed", "Errored")
_PHASES = {"Succeeded": "Succeeded", "Skipped": "Succeeded", "Aborted": "Aborted", "Failed": "Failed"}


@dataclass
class Progress:
    """How far a Promotion has come; the part of its status that running steps changes."""

    phase: str = "Running"
    message: str = ""
    current_step: int = 0
    metadata: list[dict[str, Any]] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    health_checks: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, status: dict) -> Progress:
        """Read it from a Promotion's status."""
        status = copy.deepcopy(status)
        return cls(
            phase=status.get("phase", "Running"),
            current_step=status.get("currentStep") or 0,
            metadata=status.get("stepExecutionMetadata") or [],
            state=status.get("state") or {},
            health_checks=status.get("healthChecks") or [],
        )

    def into(self, status: dict) -> None:
        """Write it to a Promotion's status."""
        status |= {
            "phase": self.phase,
            "message": self.message or None,
            "currentStep": self.current_step or None,
            "stepExecutionMetadata": self.metadata,
            "state": self.state,
            "healthChecks": self.health_checks or None,
        }


class Orchestrator:
    """Runs the steps of one Promotion in its working directory."""

    def __init__(
        self,
        kube: Kube,
        settings: Settings,
        runners: Mapping[str, Runner],
        promotion: dict,
        stage: dict,
        target: dict,
        work_dir: Path,
    ) -> None:
        self.kube = kube
        self.settings = settings
        self.runners = runners
        self.promotion = promotion
        self.stage = stage
        self.target = target
        self.work_dir = work_dir
        self.project = promotion["metadata"]["namespace"]
        self.collection = freight.collection([freight.reference(target)])
        self.progress = Progress.of(promotion.get("status") or {})

    # ------------------------------------------------------------------------------------- the run

    def run(self, checkpoint: Callable[[Progress], None] = lambda _: None) -> float | None:
        """Run from the current step on. Returns seconds until the waiting step wants a look, None at the end.

        **checkpoint** is told how far it has come after every step that did something: who is killed afterwards
        goes on from there.
        """
        steps = self.promotion["spec"]["steps"]
        for index in range(self.progress.current_step, len(steps)):
            self.progress.current_step = index
            if index and "startedAt" in self.progress.metadata[-1]:
                checkpoint(self.progress)
            remaining = self._step(steps[index])
            if remaining is not None:
                self.progress.phase = "Running"
                return remaining
        self.progress.current_step = len(steps) - 1
        self.progress.phase, self.progress.message = final_phase(steps, self.progress.metadata)
        return None

    def _step(self, step: dict) -> float | None:
        """Run one step. None when it is over, however it ended; else the seconds it may still wait."""
        meta = self._meta_of(step)
        alias = step["as"]
        if "startedAt" not in meta:  # once begun, a step is not asked again whether it should
            try:
                if self._skip(step):
                    meta["status"] = "Skipped"
                    return None
            except (ExpressionError, KubeError) as error:
                meta |= {
                    "status": "Errored",
                    "message": f'error checking if step "{alias}" should be skipped: {error}',
                }
                return None
        runner = self.runners.get(step.get("uses") or "")
        if runner is None:
            meta |= {"status": "Errored", "message": supported.unknown_step(step.get("uses") or "")}
            return None
        if "startedAt" not in meta:
            logger.info("%s: step %s (%s)", self.promotion["metadata"]["name"], alias, step["uses"])
            meta["startedAt"] = clock.now()
        try:
            context = self._context(step)
        except (ExpressionError, KubeError) as error:
            text = f"failed to build step context: failed to get step config: {error}"
            meta |= {"status": "Errored", "message": text}
            return None
        result, error = self._execute(runner, step, context)
        if result.output is not None:
            self.progress.state[alias] = result.output
        meta["status"] = result.status
        meta["message"] = str(error) if error else result.message
        if not meta["message"]:
            del meta["message"]
        remaining = self._completion(step, runner, meta, error)
        if remaining is not None and result.retry_after:
            remaining = min(remaining, max(result.retry_after, _SHORTEST_POLL))
        if meta["status"] == "Succeeded" and result.health_check:
            self.progress.health_checks.append(result.health_check)
        return remaining

    def _execute(self, runner: Runner, step: dict, context: StepContext) -> tuple[StepResult, StepError | None]:
        alias, uses = step["as"], step["uses"]
        try:
            found = supported.problems(supported.STEPS[uses], context.config, "")
            if found:
                text = f"invalid {uses} config: " + "\n".join(found)
                raise StepError(text, terminal=True, status="Failed")
            return runner.run(context), None
        except StepError as error:
            prefix = f'error running step "{alias}"' if error.status == "Errored" else f'step "{alias}"'
            shown = StepError(f"{prefix}: {error}", terminal=error.terminal, status=error.status)
            return StepResult(status=error.status, output=error.output), shown
        except KubeError as error:
            return StepResult(status="Errored"), StepError(f'error running step "{alias}": {error}')
        except Exception as error:  # a bug in a step must not leave the Promotion running for ever
            logger.exception("step %s", alias)
            return StepResult(status="Errored"), StepError(f"step panicked: {error!r}", terminal=True)

    def _completion(self, step: dict, runner: Runner, meta: dict, error: StepError | None) -> float | None:
        """Is the step over? (Kargo: determineStepCompletion)"""
        alias, retry = step["as"], step.get("retry") or {}
        if meta["status"] in ("Succeeded", "Skipped"):
            return self._finish(meta)
        if error and error.terminal:
            if meta["status"] != "Failed":
                meta |= {"status": "Errored", "message": f"an unrecoverable error occurred: {error}"}
            return self._finish(meta)
        if error:
            meta["errorCount"] = meta.get("errorCount", 0) + 1
            threshold = retry.get("errorThreshold") or 1
            if meta["errorCount"] >= threshold:
                meta["message"] = f'step "{alias}" met error threshold of {threshold}: {error}'
                return self._finish(meta)
        timeout = clock.parse_duration(retry["timeout"]) if retry.get("timeout") else runner.timeout
        waited = clock.seconds_since(meta["startedAt"])
        if timeout > 0 and waited > timeout:
            text = f'step "{alias}" timed out after {clock.format_duration(timeout)}'
            meta |= {"status": "Errored", "message": text}
            return self._finish(meta)
        if error:
            meta |= {"status": "Running", "message": f"{error}; step will be retried"}
            return min(5.0, timeout - waited if timeout else 5.0)
        # A moment past the limit: times are in whole seconds.
        return timeout - waited + 1 if timeout > 0 else float("inf")

    @staticmethod
    def _finish(meta: dict) -> None:
        meta.setdefault("finishedAt", clock.now())

    def _meta_of(self, step: dict) -> dict:
        for meta in self.progress.metadata:
            if meta["alias"] == step["as"]:
                return meta
        meta = {"alias": step["as"]}
        if step.get("continueOnError"):
            meta["continueOnError"] = True
        self.progress.metadata.append(meta)
        return meta

    # --------------------------------------------------------------------------------- expressions

    def _skip(self, step: dict) -> bool:
        """A step without ``if`` runs as long as nothing has failed."""
        condition = step.get("if")
        if not condition:
            return functions.has_failures(self.progress.metadata)
        value = templates.render(condition, self._env(step), self._functions(step))
        if not isinstance(value, bool):
            raise ExpressionError(f"expression must evaluate to a boolean, got {type_name(value)}")
        return not value

    def _context(self, step: dict) -> StepContext:
        config = templates.render_all(step.get("config") or {}, self._env(step), self._functions(step))
        return StepContext(
            kube=self.kube,
            settings=self.settings,
            project=self.project,
            stage=self.promotion["spec"]["stage"],
            promotion=self.promotion["metadata"]["name"],
            actor=names.annotations(self.promotion).get(names.ANNOTATION_CREATE_ACTOR, ""),
            alias=step["as"],
            work_dir=self.work_dir,
            config=config,
            state=copy.deepcopy(self.progress.state),
        )

    def _functions(self, step: dict) -> functions.Functions:
        requests = self.stage["spec"]["requestedFreight"]
        return {
            **functions.of_freight(self.kube, self.project, requests, self.collection),
            **functions.of_metadata(self.kube, self.project),
            **functions.of_status(step["as"], self.progress.metadata),
        }

    def _env(self, step: dict) -> dict[str, Any]:
        """What expressions see: ctx, outputs, task.outputs, vars."""
        notes = names.annotations(self.promotion)
        env: dict[str, Any] = {
            "ctx": {
                "project": self.project,
                "promotion": self.promotion["metadata"]["name"],
                "stage": self.promotion["spec"]["stage"],
                "targetFreight": {
                    "name": self.target["metadata"]["name"],
                    "alias": self.target.get("alias", ""),
                    "origin": {"name": self.target["origin"]["name"]},
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
        for variable in [*(self.promotion["spec"].get("vars") or []), *(step.get("vars") or [])]:
            # Each may use the ones before it.
            env["vars"][variable["name"]] = templates.render(variable.get("value") or "", env, known)
        return env


def final_phase(steps: list[dict], metadata: list[dict]) -> tuple[str, str]:
    """The worst step decides, those with continueOnError aside (Kargo: DetermineFinalPhase)."""
    worst, message = "Succeeded", ""
    for step, meta in zip(steps, metadata, strict=False):
        if step.get("continueOnError"):
            continue
        if _SEVERITY.index(meta["status"]) > _SEVERITY.index(worst):
            worst, message = meta["status"], meta.get("message", "")
    return _PHASES.get(worst, "Errored"), message
