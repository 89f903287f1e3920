"""argocd-update and argocd-wait (Kargo: pkg/promotion/runner/builtin/argocd_updater.go, argocd_waiter.go)."""

from __future__ import annotations

from typing import Any

from .. import argocd, names
from ..objects import Object, part_of, status_of
from .base import StepContext, StepError, StepResult

_INITIATOR = "kargo-lite"
_COMPLETED = ("Succeeded", "Failed", "Error")
_DEFAULT_WAIT = ("health", "sync", "operation")


def _application(context: StepContext, wanted: Object) -> Object:
    namespace = wanted.get("namespace") or context.settings.argocd_namespace
    app = context.kube.get("Application", wanted["name"], namespace)
    if app is None:
        raise StepError(f'unable to find Argo CD Application "{wanted["name"]}" in namespace "{namespace}"')
    return app


# -------------------------------------------------------------------------------------- argocd-update


def update(context: StepContext) -> StepResult:
    """Have Argo CD sync, and wait for the end of that sync. Its failure is the step's.

    With sync waves or hooks a sync ends only when what it applied is healthy and the hooks have passed; so a
    PostSync Job makes this step a gate.
    """
    phases, checks = [], []
    for wanted in context.config["apps"]:
        app = _application(context, wanted)
        if not argocd.authorized(app, context.project, context.stage):
            raise StepError(f"{argocd.describe(app)} is not authorized")
        desired = _desired_revisions(wanted, app)
        meta = app["metadata"]
        checks.append({"name": meta["name"], "namespace": meta["namespace"], "desiredRevisions": desired})
        phase = _phase(context, app, desired)
        if phase is None:
            _check_sources(wanted, app)
            _sync(context, app)
            phase = "Running"
        elif phase in ("Failed", "Error"):
            message = app["status"]["operationState"].get("message", "")
            raise StepError(f"{argocd.describe(app)} failed with: {message}")
        phases.append(phase)
    done = all(phase == "Succeeded" for phase in phases)
    return StepResult(
        status="Succeeded" if done else "Running",
        health_check={"uses": "argocd-update", "config": {"apps": checks}},
    )


def _desired_revisions(wanted: Object, app: Object) -> list[str]:
    """The revision each source should be synced to, "" where nothing was said.

    URLs must be the same to the letter, or nothing is checked.
    """
    updates = {u["repoURL"]: u.get("desiredRevision") or "" for u in wanted.get("sources") or []}
    return [updates.get(source.get("repoURL", ""), "") for source in argocd.sources(app)]


def _check_sources(wanted: Object, app: Object) -> None:
    for source_update in wanted.get("sources") or []:
        if source_update["repoURL"] not in [source.get("repoURL") for source in argocd.sources(app)]:
            raise StepError(
                f"error building desired sources for {argocd.describe(app)}: no source of "
                f"{argocd.describe(app)} matched update for source with repoURL {source_update['repoURL']}"
            )


def _phase(context: StepContext, app: Object, desired: list[str]) -> str | None:
    """The phase of the operation to wait for; None when one has to be started (Kargo: mustPerformUpdate)."""
    if app.get("operation"):
        # Asked for, but not taken up yet: what operationState says is of the one before.
        return "Running"
    state = status_of(app).get("operationState")
    if not state:
        return None
    completed = state.get("phase") in _COMPLETED
    info = part_of(state, "operation").get("info") or []
    if {"name": names.INFO_PROMOTION, "value": context.promotion} not in info:
        # Somebody else's. It is let finish, then ours begins.
        return None if completed else "Running"
    if not completed:
        return "Running"
    result = state.get("syncResult")
    if not result:
        return None
    observed = result.get("revisions") or [result.get("revision", "")]
    for want, got in zip(desired, observed, strict=False):
        if want and want != got:
            return None  # this Promotion's, but for an earlier commit: the rollback syncs a second time
    return str(state["phase"])


def _sync(context: StepContext, app: Object) -> None:
    """Ask for a sync by writing ``operation`` into the Application, as Argo CD's own API server does."""
    policy = part_of(app, "spec", "syncPolicy")
    sync: Object = {}
    if policy.get("syncOptions"):
        sync["syncOptions"] = policy["syncOptions"]
    # Promotions that people asked for are theirs in Argo CD too; sync windows depend on it.
    initiator = {"username": context.actor} if context.actor else {"username": _INITIATOR, "automated": True}
    operation: Object = {
        "initiatedBy": initiator,
        "info": [
            {"name": "Reason", "value": "Promotion triggered a sync of this Application resource."},
            {"name": names.INFO_PROMOTION, "value": context.promotion},
        ],
        "sync": sync,
    }
    if policy.get("retry"):
        operation["retry"] = policy["retry"]
    body: Object = {
        "metadata": {"annotations": {names.ARGOCD_REFRESH: "hard"}},
        "operation": operation,
    }
    if app.get("status"):
        # https://github.com/argoproj/argo-cd/issues/20875: the old state would be taken for the new one's.
        body["status"] = {"operationState": None}
    meta = app["metadata"]
    context.kube.patch("Application", meta["name"], meta["namespace"], body)


# ---------------------------------------------------------------------------------------- argocd-wait


def wait(context: StepContext) -> StepResult:
    """Wait until Applications are healthy, synced and at rest, or whatever ``waitFor`` lists."""
    before = part_of(context.state, context.alias, "healthStatus")
    after, ready = dict(before), True
    for wanted in context.config["apps"]:
        app = _application(context, wanted)
        key = f"{app['metadata']['namespace']}/{app['metadata']['name']}"
        health = part_of(app, "status", "health").get("status", "")
        if health:
            after[key] = health
        try:
            ready = _is_ready(context, app, wanted.get("waitFor") or _DEFAULT_WAIT, before.get(key, "")) and ready
        except StepError as error:
            error.output = {"healthStatus": after}
            raise
    return StepResult(status="Succeeded" if ready else "Running", output={"healthStatus": after})


def _is_ready(context: StepContext, app: Object, wait_for: Any, health_before: str) -> bool:
    if errors := argocd.error_conditions(app):
        raise StepError("\n".join(errors), terminal=True)
    status = status_of(app)
    operation = status.get("operationState")
    if "operation" in wait_for and (app.get("operation") or (operation and not operation.get("finishedAt"))):
        return False
    healths = {"health": "Healthy", "suspended": "Suspended", "degraded": "Degraded"}
    accepted = {name for condition, name in healths.items() if condition in wait_for}
    if accepted:
        if argocd.health_is_stale(app):
            argocd.request_refresh(context.kube, app)
            return False
        health = part_of(status, "health").get("status", "")
        if "health" in wait_for and health == "Degraded" and health_before not in ("", "Degraded", "Unknown"):
            raise StepError(
                f"{argocd.describe(app)} health has regressed from {health_before} to Degraded", terminal=True
            )
        if health not in accepted:
            return False
    return not ("sync" in wait_for and part_of(status, "sync").get("status") != "Synced")
