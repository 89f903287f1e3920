"""Running the steps of one Promotion (Kargo: pkg/promotion/local_orchestrator.go).

``run`` goes as far as it can: to the end, or to a step that waits. All it needs to go on later is in the
Promotion's status: the current step, what happened to each so far, and their outputs.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from . import clock, names, supported
from .evaluator import Evaluator
from .expressions import ExpressionError
from .kube import Kube, KubeError
from .move import Move, Progress
from .objects import Object, part_of, status_of
from .settings import Settings
from .steps import Runner, StepContext, StepError, StepResult

logger = logging.getLogger(__name__)

_SHORTEST_POLL = 10.0
"""Seconds between two looks of a step that polls, whatever it asks for (Kargo: calculateRequeueInterval)."""
_SEVERITY = ("Succeeded", "Skipped", "Running", "Aborted", "Failed", "Errored")
_PHASES = {"Succeeded": "Succeeded", "Skipped": "Succeeded", "Aborted": "Aborted", "Failed": "Failed"}


class Orchestrator:
    """Runs the steps of one Promotion in its working directory."""

    def __init__(
        self,
        kube: Kube,
        settings: Settings,
        move: Move,
        work_dir: Path,
        runners: Mapping[str, Runner],
    ) -> None:
        self.kube = kube
        self.settings = settings
        self.promotion = move.promotion
        self.work_dir = work_dir
        self.runners = runners
        self.progress = Progress.of(status_of(move.promotion))
        self.evaluator = Evaluator(kube, move, self.progress)

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

    def _step(self, step: Object) -> float | None:
        """Run one step. None when it is over, however it ended; else the seconds it may still wait."""
        meta = self._meta_of(step)
        alias = step["as"]
        if "startedAt" not in meta and not self._should_begin(step, meta):
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
        result, problem = self._execute(runner, step, context)
        if result.output is not None:
            self.progress.state[alias] = result.output
        meta["status"] = result.status
        meta["message"] = str(problem) if problem else result.message
        if not meta["message"]:
            del meta["message"]
        remaining = self._completion(step, runner, meta, problem)
        if remaining is not None and result.retry_after:
            remaining = min(remaining, max(result.retry_after, _SHORTEST_POLL))
        if meta["status"] == "Succeeded" and result.health_check:
            self.progress.health_checks.append(result.health_check)
        return remaining

    def _should_begin(self, step: Object, meta: Object) -> bool:
        """Asked of a step only once, before it has begun; when it should not, its metadata says why."""
        try:
            if not self.evaluator.skips(step):
                return True
            meta["status"] = "Skipped"
        except (ExpressionError, KubeError) as error:
            text = f'error checking if step "{step["as"]}" should be skipped: {error}'
            meta |= {"status": "Errored", "message": text}
        return False

    def _execute(self, runner: Runner, step: Object, context: StepContext) -> tuple[StepResult, StepError | None]:
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

    def _completion(self, step: Object, runner: Runner, meta: Object, error: StepError | None) -> float | None:
        """Is the step over? (Kargo: determineStepCompletion)"""
        alias, retry = step["as"], part_of(step, "retry")
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
    def _finish(meta: Object) -> None:
        meta.setdefault("finishedAt", clock.now())

    def _meta_of(self, step: Object) -> Object:
        for meta in self.progress.metadata:
            if meta["alias"] == step["as"]:
                return meta
        meta = {"alias": step["as"]}
        if step.get("continueOnError"):
            meta["continueOnError"] = True
        self.progress.metadata.append(meta)
        return meta

    def _context(self, step: Object) -> StepContext:
        return StepContext(
            kube=self.kube,
            settings=self.settings,
            project=self.promotion["metadata"]["namespace"],
            stage=self.promotion["spec"]["stage"],
            promotion=self.promotion["metadata"]["name"],
            actor=names.annotations(self.promotion).get(names.ANNOTATION_CREATE_ACTOR, ""),
            alias=step["as"],
            work_dir=self.work_dir,
            config=self.evaluator.config(step),
            state=copy.deepcopy(self.progress.state),
        )


def final_phase(steps: list[Object], metadata: list[Object]) -> tuple[str, str]:
    """The worst step decides, those with continueOnError aside (Kargo: DetermineFinalPhase)."""
    worst, message = "Succeeded", ""
    for step, meta in zip(steps, metadata, strict=False):
        if step.get("continueOnError"):
            continue
        if _SEVERITY.index(meta["status"]) > _SEVERITY.index(worst):
            worst, message = meta["status"], meta.get("message", "")
    return _PHASES.get(worst, "Errored"), message
