"""A Promotion from Pending to its end (Kargo: pkg/controller/promotions/promotions.go)."""

from __future__ import annotations

import copy
import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

from . import clock, events, freight, names, supported
from .kube import Kube
from .move import Move, Progress
from .objects import Object, part_of, status_of
from .orchestrator import Orchestrator
from .settings import Settings
from .steps import RUNNERS, Runner

logger = logging.getLogger(__name__)

_POLL = 10.0
"""Seconds. A waiting Promotion is woken up by what it waits for; this is the net below."""


def reconcile(
    kube: Kube, settings: Settings, promotion: Object, runners: Mapping[str, Runner] = RUNNERS
) -> float | None:
    """Take a Promotion as far as it will go now.

    Returns the seconds until the next look, or None when only a change of something can help.
    """
    if names.is_terminal(promotion):
        return None
    look = _Look(kube, settings, promotion)
    if action := _abort_requested(promotion):
        look.abort(action)
        return None
    return look.advance(runners)


class _Look:
    """One look at a Promotion: what it was found to be, and the status that comes of it."""

    def __init__(self, kube: Kube, settings: Settings, promotion: Object) -> None:
        self.kube = kube
        self.settings = settings
        self.promotion = promotion
        self.status = copy.deepcopy(status_of(promotion))
        self.name: str = promotion["metadata"]["name"]

    def advance(self, runners: Mapping[str, Runner]) -> float | None:
        """On to its turn, and when that has come through its steps; returns what `reconcile` does."""
        project, stage_name = self.promotion["metadata"]["namespace"], self.promotion["spec"]["stage"]
        target = self.kube.get("Freight", self.promotion["spec"]["freight"], project)
        if not self.status.get("phase"):
            self._enter(phase="Pending")

        stage = self.kube.get("Stage", stage_name, project)
        if stage is None:
            self._end(f'could not find Stage "{stage_name}" in namespace "{project}"')
            return None
        if found := supported.spec_problems(stage):
            self._end(f'Stage "{stage_name}": {supported.explain(found)}')
            return None
        if part_of(stage, "status", "currentPromotion").get("name") != self.name:
            return None  # one at a time: the Stage says whose turn it is, and its change wakes this up
        if target is None:
            self._end(f'Freight "{self.promotion["spec"]["freight"]}" not found in namespace "{project}"')
            return None
        if not freight.is_available(stage, target):
            name = target["metadata"]["name"]
            self._end(f'Freight "{name}" is not available to Stage "{stage_name}" in namespace "{project}"')
            return None
        if self.status["phase"] != "Running":
            logger.info("%s: began promotion", self.name)
            self._enter(phase="Running", startedAt=clock.now())
        return self._run(stage, target, runners)

    def abort(self, request: Object) -> None:
        """End it where it is."""
        moment = clock.now()
        steps = self.status.get("stepExecutionMetadata") or []
        if steps and steps[-1].get("status") == "Running":
            steps[-1] |= {"status": "Aborted", "finishedAt": moment}
        actor = request.get("actor") or events.ACTOR
        message = f"Promotion terminated by {actor}"
        self.status |= {"phase": "Aborted", "message": message, "finishedAt": moment}
        ended = self.kube.patch_status(self.promotion, self.status)
        clean_up(self.settings, self.promotion)
        events.send(self.kube, ended, "PromotionAborted", message, actor=actor)

    def _enter(self, **changes: str) -> None:
        """Write a phase down before anything is done in it."""
        self.promotion = self.kube.patch_status(self.promotion, {**self.status, **changes})
        self.status = copy.deepcopy(self.promotion["status"])

    def _run(self, stage: Object, target: Object, runners: Mapping[str, Runner]) -> float | None:
        reference = freight.reference(target)
        self.status["freight"] = reference
        self.status["freightCollection"] = freight.collection([reference])
        directory = work_dir(self.settings, self.promotion)
        if not directory.exists():
            # A fresh start, or this process is new and the old one's files are gone: from the first step on.
            # That is safe: what was pushed is pushed, and a commit without changes is none. Outputs stay, as in
            # Kargo.
            directory.mkdir(parents=True)
            self.status |= {"currentStep": None, "stepExecutionMetadata": [], "healthChecks": None}
        move = Move({**self.promotion, "status": self.status}, stage, target)
        orchestrator = Orchestrator(self.kube, self.settings, move, directory, runners)
        remaining = orchestrator.run(self._checkpoint)
        orchestrator.progress.into(self.status)
        token = names.annotations(self.promotion).get(names.ANNOTATION_REFRESH)
        if token is not None:
            self.status["lastHandledRefresh"] = token
        if remaining is None:
            self._end()
            return None
        self.kube.patch_status(self.promotion, self.status)
        return max(0.5, min(remaining, _POLL))

    def _checkpoint(self, progress: Progress) -> None:
        progress.into(self.status)
        self.promotion = self.kube.patch_status(self.promotion, copy.deepcopy(self.status))

    def _end(self, error: str = "") -> None:
        """Record the end; an error is one that kept the steps from running at all."""
        if error:
            self.status |= {"phase": "Errored", "message": error}
        self.status["finishedAt"] = clock.now()
        ended = self.kube.patch_status(self.promotion, self.status)
        clean_up(self.settings, self.promotion)
        phase, message = self.status["phase"], self.status.get("message") or ""
        text = f"Promotion {phase}: {message}" if message else f"Promotion {phase}"
        logger.info("%s: %s", self.name, text)
        events.send(self.kube, ended, f"Promotion{phase}", text)


def _abort_requested(promotion: Object) -> Object | None:
    """The abort annotation: ``terminate``, or ``{"action": "terminate", "actor": …}``."""
    value = names.annotations(promotion).get(names.ANNOTATION_ABORT)
    if not value:
        return None
    try:
        request = json.loads(value)
    except ValueError:
        request = {"action": value}
    return request if isinstance(request, dict) and request.get("action") == "terminate" else None


def work_dir(settings: Settings, promotion: Object) -> Path:
    """Where this Promotion's repositories are cloned to."""
    return settings.work_dir / f"promotion-{promotion['metadata']['uid']}"


def clean_up(settings: Settings, promotion: Object) -> None:
    """Remove its working directory."""
    shutil.rmtree(work_dir(settings, promotion), ignore_errors=True)
