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
from .orchestrator import Orchestrator, Progress
from .settings import Settings
from .steps import RUNNERS, Runner

logger = logging.getLogger(__name__)

_POLL = 10.0
"""Seconds. A waiting Promotion is woken up by what it waits for; this is the net below."""


def reconcile(kube: Kube, settings: Settings, promotion: dict, runners: Mapping[str, Runner] = RUNNERS) -> float | None:
    """Take a Promotion as far as it will go now.

    Returns the seconds until the next look, or None when only a change of something can help.
    """
    if names.is_terminal(promotion):
        return None
    target = kube.get("Freight", promotion["spec"]["freight"], promotion["metadata"]["namespace"])
    if action := _abort_requested(promotion):
        _abort(kube, settings, promotion, action)
        return None
    status = copy.deepcopy(promotion.get("status") or {})
    if not status.get("phase"):
        promotion = kube.patch_status(promotion, {**status, "phase": "Pending"})
        status = copy.deepcopy(promotion["status"])

    project, stage_name = promotion["metadata"]["namespace"], promotion["spec"]["stage"]
    stage = kube.get("Stage", stage_name, project)
    if stage is None:
        return _end(kube, settings, promotion, status, f'could not find Stage "{stage_name}" in namespace "{project}"')
    if found := supported.spec_problems(stage):
        return _end(kube, settings, promotion, status, f'Stage "{stage_name}": {supported.explain(found)}')
    current = ((stage.get("status") or {}).get("currentPromotion") or {}).get("name")
    if current != promotion["metadata"]["name"]:
        return None  # one at a time: the Stage says whose turn it is, and its change wakes this up
    if target is None:
        text = f'Freight "{promotion["spec"]["freight"]}" not found in namespace "{project}"'
        return _end(kube, settings, promotion, status, text)
    if not freight.is_available(stage, target):
        name = target["metadata"]["name"]
        text = f'Freight "{name}" is not available to Stage "{stage_name}" in namespace "{project}"'
        return _end(kube, settings, promotion, status, text)
    if status["phase"] != "Running":
        logger.info("%s: began promotion", promotion["metadata"]["name"])
        status |= {"phase": "Running", "startedAt": clock.now()}
        promotion = kube.patch_status(promotion, status)
        status = copy.deepcopy(promotion["status"])
    return _promote(kube, settings, promotion, status, stage, target, runners)


def _promote(
    kube: Kube,
    settings: Settings,
    promotion: dict,
    status: dict,
    stage: dict,
    target: dict,
    runners: Mapping[str, Runner],
) -> float | None:
    reference = freight.reference(target)
    status["freight"] = reference
    status["freightCollection"] = freight.collection([reference])
    directory = work_dir(settings, promotion)
    if not directory.exists():
        # A fresh start, or this process is new and the old one's files are gone: from the first step on.
        # That is safe: what was pushed is pushed, and a commit without changes is none. Outputs stay, as in
        # Kargo.
        directory.mkdir(parents=True)
        status |= {"currentStep": None, "stepExecutionMetadata": [], "healthChecks": None}
    orchestrator = Orchestrator(kube, settings, runners, {**promotion, "status": status}, stage, target, directory)

    def checkpoint(progress: Progress) -> None:
        nonlocal promotion
        progress.into(status)
        promotion = kube.patch_status(promotion, copy.deepcopy(status))

    remaining = orchestrator.run(checkpoint)
    orchestrator.progress.into(status)
    token = names.annotations(promotion).get(names.ANNOTATION_REFRESH)
    if token is not None:
        status["lastHandledRefresh"] = token
    if remaining is None:
        return _end(kube, settings, promotion, status)
    kube.patch_status(promotion, status)
    return max(0.5, min(remaining, _POLL))


def _end(kube: Kube, settings: Settings, promotion: dict, status: dict, error: str = "") -> None:
    """Record the end; an error is one that kept the steps from running at all."""
    if error:
        status |= {"phase": "Errored", "message": error}
    status["finishedAt"] = clock.now()
    ended = kube.patch_status(promotion, status)
    clean_up(settings, promotion)
    phase, message = status["phase"], status.get("message") or ""
    text = f"Promotion {phase}: {message}" if message else f"Promotion {phase}"
    logger.info("%s: %s", promotion["metadata"]["name"], text)
    events.send(kube, ended, f"Promotion{phase}", text)


def _abort_requested(promotion: dict) -> dict | None:
    """The abort annotation: ``terminate``, or ``{"action": "terminate", "actor": …}``."""
    value = names.annotations(promotion).get(names.ANNOTATION_ABORT)
    if not value:
        return None
    try:
        request = json.loads(value)
    except ValueError:
        request = {"action": value}
    return request if isinstance(request, dict) and request.get("action") == "terminate" else None


def _abort(kube: Kube, settings: Settings, promotion: dict, request: dict) -> None:
    status = copy.deepcopy(promotion.get("status") or {})
    moment = clock.now()
    steps = status.get("stepExecutionMetadata") or []
    if steps and steps[-1].get("status") == "Running":
        steps[-1] |= {"status": "Aborted", "finishedAt": moment}
    actor = request.get("actor") or events.ACTOR
    status |= {"phase": "Aborted", "message": f"Promotion terminated by {actor}", "finishedAt": moment}
    ended = kube.patch_status(promotion, status)
    clean_up(settings, promotion)
    events.send(kube, ended, "PromotionAborted", status["message"], actor=actor)


def work_dir(settings: Settings, promotion: dict) -> Path:
    """Where this Promotion's repositories are cloned to."""
    return settings.work_dir / f"promotion-{promotion['metadata']['uid']}"


def clean_up(settings: Settings, promotion: dict) -> None:
    """Remove its working directory."""
    shutil.rmtree(work_dir(settings, promotion), ignore_errors=True)
