"""Stages (Kargo: pkg/controller/stages/regular_stages.go).

One pass over a Stage, in Kargo's order: which Promotion runs or has ended; whose Freight is in use; how the
Stage is; whether its Freight counts as verified; what is to be promoted next without being asked.
"""

from __future__ import annotations

import contextlib
import copy
import json
import logging
import uuid
from typing import NamedTuple

from . import argocd, autopromotion, clock, conditions, events, freight, names, supported
from .kube import Kube
from .objects import Object, part_of, status_of
from .settings import Settings

logger = logging.getLogger(__name__)

RESYNC = 300.0
"""Seconds until a Stage is looked at without any reason."""
_AGAIN = 0.1
_HISTORY = 10


class Pass(NamedTuple):
    """What a pass over a Stage leaves to do."""

    again: float
    """Seconds until the next, if nothing happens before."""
    current: str = ""
    """The Promotion whose turn it is, by name."""


def reconcile(kube: Kube, settings: Settings, stage: Object) -> Pass:
    """One pass over a Stage."""
    if found := supported.spec_problems(stage):
        status = copy.deepcopy(status_of(stage))
        conditions.put(status, stage, "Ready", "False", "NotSupportedByKargoLite", supported.explain(found))
        kube.patch_status(stage, status)
        return Pass(RESYNC)

    project, name = stage["metadata"]["namespace"], stage["metadata"]["name"]
    promotions = [p for p in kube.listed("Promotion", project) if p["spec"]["stage"] == name]
    enabled = autopromotion.is_enabled(autopromotion.config_of(kube, project), stage)

    status = copy.deepcopy(status_of(stage))
    pending = _sync_promotions(kube, stage, status, promotions, enabled=enabled)
    _sync_freight(kube, stage, status)
    _assess_health(kube, settings, stage, status)
    _verify(kube, stage, status)
    status["autoPromotionEnabled"] = enabled or None
    working = {**stage, "status": status}
    holds = autopromotion.effective_holds(working, promotions, enabled=enabled)
    status["effectiveAutoPromotionHolds"] = holds or None
    _summarize(stage, status)
    token = names.annotations(stage).get(names.ANNOTATION_REFRESH)
    if token is not None:
        status["lastHandledRefresh"] = token
    kube.patch_status(stage, status)

    if enabled:
        # Freight is listed only now: its statuses were written above.
        for chosen in autopromotion.choose(working, kube.listed("Freight", project), promotions):
            _auto_promote(kube, stage, chosen)
    current = part_of(status, "currentPromotion").get("name", "")
    return Pass(_AGAIN if pending and not current else RESYNC, current)


def forget(kube: Kube, project: str, name: str) -> None:
    """A Stage is gone: no Freight is verified in it, approved for it or in use by it any more.

    Kargo (handleDelete) keeps the Stage until that is done, by a finalizer; here it is done afterwards, so that
    nothing stays behind that cannot be deleted when kargo-lite is gone.
    """
    if kube.get("Stage", name, project) is not None:
        return
    for item in kube.listed("Freight", project):
        if name in freight.stages_of(item):
            kube.patch_status(item, freight.without(item, name))


# ------------------------------------------------------------------------------------ promotions


def _sync_promotions(kube: Kube, stage: Object, status: Object, promotions: list[Object], *, enabled: bool) -> bool:
    """Which Promotion is the current one, and what the ones that have ended leave behind.

    Returns whether Promotions are still waiting. Names carry a ULID, so that their order is that of creation.
    """
    requested = {names.origin_key(r["origin"]) for r in stage["spec"]["requestedFreight"]}
    holds = part_of(status, "autoPromotionHolds")
    # Without auto-promotion there is nothing to hold back, and switching it on again is a fresh start.
    holds = {key: hold for key, hold in holds.items() if enabled and key in requested}
    status["autoPromotionHolds"] = holds or None

    waiting = sorted(
        (p for p in promotions if not names.is_terminal(p)),
        key=lambda p: (status_of(p).get("phase") != "Running", p["metadata"]["name"]),
    )
    current = status.get("currentPromotion")
    if current and (not waiting or waiting[0]["metadata"]["name"] != current["name"]):
        conditions.drop(status, "Promoting")
        status["currentPromotion"] = None
        last = part_of(status, "lastPromotion").get("name", "")
        ended = [p for p in promotions if names.is_terminal(p) and p["metadata"]["name"] > last]
        for promotion in sorted(ended, key=lambda p: p["metadata"]["name"]):
            if enabled:
                holds = autopromotion.apply_intent(holds, promotion, requested)
            _record(kube, stage, status, promotion)
        status["autoPromotionHolds"] = holds or None
        return bool(waiting)

    if waiting and _settled(status):
        first = waiting[0]
        phase = status_of(first).get("phase", "")
        text = f'Promotion "{first["metadata"]["name"]}" is currently {phase}'
        conditions.put(status, stage, "Promoting", "True", "ActivePromotion", text)
        status["currentPromotion"] = {"name": first["metadata"]["name"]}
        if ref := status_of(first).get("freight"):
            status["currentPromotion"]["freight"] = ref
    elif not waiting:
        conditions.drop(status, "Promoting")
        status["currentPromotion"] = None
    return bool(waiting)


def _settled(status: Object) -> bool:
    """Whether the next Promotion may start: not while a healthy Stage's Freight waits to be verified."""
    history = status.get("freightHistory") or []
    if not history or status.get("currentPromotion"):
        return True
    health = status.get("health")
    if health is None or health["status"] == "Healthy":
        return bool(history[0].get("verificationHistory"))
    return True


def _record(kube: Kube, stage: Object, status: Object, promotion: Object) -> None:
    """A Promotion has ended: it is the last one now, and if it went well its Freight is the current one."""
    ended = copy.deepcopy(status_of(promotion))
    last = {
        "name": promotion["metadata"]["name"],
        "status": ended,
        "finishedAt": ended.get("finishedAt"),
        "freight": ended.get("freight"),
    }
    status["lastPromotion"] = {key: value for key, value in last.items() if value is not None}
    if ended.get("phase") != "Succeeded":
        return
    history = [copy.deepcopy(ended["freightCollection"]), *(status.get("freightHistory") or [])]
    status["freightHistory"] = history[:_HISTORY]
    status["health"] = None
    for kind, reason, what in (
        ("Healthy", "WaitingForHealthCheck", "health check"),
        ("Verified", "WaitingForVerification", "verification"),
    ):
        text = f"Waiting for {what} to be performed after successful promotion"
        conditions.put(status, stage, kind, "Unknown", reason, text)
    apps = [
        {"name": app["name"], "namespace": app["namespace"]}
        for check in ended.get("healthChecks") or []
        for app in part_of(check, "config").get("apps") or []
    ]
    note = json.dumps(apps, separators=(",", ":")) if apps else None
    if names.annotations(stage).get(names.ANNOTATION_ARGOCD_CONTEXT) != note:
        kube.annotate(stage, names.ANNOTATION_ARGOCD_CONTEXT, note)


# --------------------------------------------------------------------------- freight, health, verification


def _sync_freight(kube: Kube, stage: Object, status: Object) -> None:
    """Every Freight's status says in which Stages it is in use."""
    project, name = stage["metadata"]["namespace"], stage["metadata"]["name"]
    history = status.get("freightHistory") or []
    current = {ref["name"] for ref in part_of(history[0], "items").values()} if history else set()
    for item in kube.listed("Freight", project):
        is_in = name in part_of(item, "status", "currentlyIn")
        belongs = item["metadata"]["name"] in current
        if is_in and not belongs:
            kube.patch_status(item, freight.left(item, name))
        elif belongs and not is_in:
            kube.patch_status(item, freight.entered(item, name))


def _assess_health(kube: Kube, settings: Settings, stage: Object, status: Object) -> None:
    """Health comes from the Applications that the last Promotion updated, and only if it succeeded."""
    if status.get("currentPromotion"):
        status["health"] = {
            "status": "Unknown",
            "issues": ["Cannot assess health because a Promotion is currently in progress"],
        }
        text = "Stage has a Promotion in progress"
        conditions.put(status, stage, "Healthy", "Unknown", "ActivePromotion", text)
        return
    last = status.get("lastPromotion")
    if last is None:
        status["health"] = None
        conditions.put(status, stage, "Healthy", "Unknown", "NoFreight", "Stage has no current Freight")
        return
    if last["status"]["phase"] != "Succeeded":
        text = "Cannot assess health because last Promotion did not succeed"
        status["health"] = {"status": "Unknown", "issues": [text]}
        reason = f"LastPromotion{last['status']['phase']}"
        conditions.put(status, stage, "Healthy", "Unknown", reason, text)
        return
    checks = last["status"].get("healthChecks") or []
    health = argocd.check(kube, checks, settings.argocd_namespace)
    status["health"] = health
    state, count = health["status"], len(checks)
    if state == "Healthy":
        text = f"Stage is healthy (performed {count} health checks)"
        conditions.put(status, stage, "Healthy", "True", state, text)
    elif state == "Unhealthy":
        text = f"Stage is unhealthy ({len(health.get('issues') or [])} issues in {count} health checks)"
        conditions.put(status, stage, "Healthy", "False", state, text)
    else:
        conditions.put(status, stage, "Healthy", "Unknown", state)


def _verify(kube: Kube, stage: Object, status: Object) -> None:
    """Without a verification of its own (kargo-lite has none) healthy Freight counts as verified at once."""
    history = status.get("freightHistory") or []
    if not history:
        text = "Stage has no current Freight to verify"
        conditions.put(status, stage, "Verified", "Unknown", "NoFreight", text)
        return
    if status.get("currentPromotion"):
        return
    current, healthy = history[0], part_of(status, "health").get("status") == "Healthy"
    done = current.get("verificationHistory") or []
    if healthy and (not done or _reverify_requested(stage, done[0]["id"])):
        moment = clock.now()
        info = {"id": str(uuid.uuid4()), "phase": "Successful", "startTime": moment, "finishTime": moment}
        done = [info, *done][:_HISTORY]
        current["verificationHistory"] = done
        for ref in current["items"].values():
            if found := kube.get("Freight", ref["name"], stage["metadata"]["namespace"]):
                events.send(kube, found, "FreightVerificationSucceeded", "Freight verification succeeded")
    if done:
        conditions.put(status, stage, "Verified", "True", "Verified", "Freight has been verified")
    if not (healthy and done):
        return
    name = stage["metadata"]["name"]
    for ref in current["items"].values():
        found = kube.get("Freight", ref["name"], stage["metadata"]["namespace"])
        if found and name not in part_of(found, "status", "verifiedIn"):
            kube.patch_status(found, freight.verified(found, name, done[0]["finishTime"]))
            logger.info("Stage %s: Freight %s verified", name, ref["name"][:7])


def _reverify_requested(stage: Object, verification_id: str) -> bool:
    value = names.annotations(stage).get(names.ANNOTATION_REVERIFY)
    if not value:
        return False
    with contextlib.suppress(ValueError, AttributeError):  # the bare id is fine too
        value = json.loads(value).get("id")
    return value == verification_id


# ------------------------------------------------------------------------------------------- summary


def _summarize(stage: Object, status: Object) -> None:
    """The Ready condition out of the others, and the column that kubectl shows."""
    history = status.get("freightHistory") or []
    wanted = len(stage["spec"]["requestedFreight"])
    items = list(part_of(history[0], "items").values()) if history else []
    if wanted == 1 and len(items) == 1:
        status["freightSummary"] = items[0]["name"]
    else:
        status["freightSummary"] = f"{len(items)}/{wanted} Fulfilled"

    last = part_of(status, "lastPromotion", "status")
    promoting = conditions.get(status, "Promoting")
    healthy = conditions.get(status, "Healthy")
    verified = conditions.get(status, "Verified")
    if promoting:
        _not_ready(stage, status, promoting["reason"], promoting["message"])
    elif last.get("phase") in names.TERMINAL_PHASES - {"Succeeded"}:
        _not_ready(stage, status, f"LastPromotion{last['phase']}", last.get("message", ""))
    elif healthy is None or healthy["status"] != "True":
        reason, text = (healthy["reason"], healthy["message"]) if healthy else ("Unhealthy", "Stage is not healthy")
        _not_ready(stage, status, reason, text)
    elif verified is None or verified["status"] != "True":
        reason, text = (
            (verified["reason"], verified["message"]) if verified else ("PendingVerification", "Stage is not verified")
        )
        _not_ready(stage, status, reason, text)
    else:
        conditions.put(status, stage, "Ready", "True", verified["reason"], verified["message"])
        status["observedGeneration"] = stage["metadata"].get("generation", 1)


def _not_ready(stage: Object, status: Object, reason: str, message: str) -> None:
    conditions.put(status, stage, "Ready", "False", reason, message)


def _auto_promote(kube: Kube, stage: Object, chosen: Object) -> None:
    """Create a Promotion that names only Stage and Freight; admission fills in the rest, as for anybody."""
    promotion = {
        "apiVersion": names.API_VERSION,
        "kind": "Promotion",
        "metadata": {"generateName": "promo-", "namespace": stage["metadata"]["namespace"]},
        "spec": {"stage": stage["metadata"]["name"], "freight": chosen["metadata"]["name"]},
    }
    created = kube.create("Promotion", promotion, stage["metadata"]["namespace"])
    origin = names.origin_key(chosen["origin"])
    text = f'Automatically promoted Freight from origin "{origin}" for Stage "{stage["metadata"]["name"]}"'
    events.send(kube, created, "PromotionCreated", text)
    logger.info("Stage %s: %s", stage["metadata"]["name"], text)
