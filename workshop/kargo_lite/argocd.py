"""Reading Argo CD Applications: how they are, and whether that can be believed yet.

Kargo: pkg/health/checker/builtin/argocd.go. There is no login to Argo CD: its Applications are objects
like any other.
"""

from __future__ import annotations

from . import names
from .kube import Kube
from .objects import Object, part_of, status_of

_SEVERITY = ("Healthy", "NotApplicable", "Progressing", "Unknown", "Unhealthy")
_ERRORS = ("ComparisonError", "InvalidSpecError")


def worse(a: str, b: str) -> str:
    """The graver of two health states."""
    return max(a, b, key=_SEVERITY.index)


def describe(app: Object) -> str:
    """How messages call an Application."""
    return f'Argo CD Application "{app["metadata"]["name"]}" in namespace "{app["metadata"]["namespace"]}"'


def sources(app: Object) -> list[Object]:
    """Its source or sources as a list."""
    spec = part_of(app, "spec")
    return spec.get("sources") or ([spec["source"]] if spec.get("source") else [])


def health_is_stale(app: Object) -> bool:
    """Argo CD syncs in one loop and judges health in another: after a sync, health may be of before it."""
    status = status_of(app)
    finished = part_of(status, "operationState").get("finishedAt")
    reconciled = status.get("reconciledAt")
    return bool(finished) and (not reconciled or reconciled < finished)


def error_conditions(app: Object) -> list[str]:
    """Conditions that no amount of waiting will cure."""
    return [
        f'{describe(app)} has "{c["type"]}" condition: {c.get("message", "")}'
        for c in status_of(app).get("conditions") or []
        if c["type"] in _ERRORS
    ]


def request_refresh(kube: Kube, app: Object) -> None:
    """Ask Argo CD to look at everything anew, and to write down when it did."""
    if names.annotations(app).get(names.ARGOCD_REFRESH) != "hard":
        kube.annotate(app, names.ARGOCD_REFRESH, "hard")


def check(kube: Kube, health_checks: list[Object], default_namespace: str) -> Object:
    """The health of a Stage from that of its Applications: ``status.health``."""
    result: Object = {"status": "Healthy"}
    issues: list[str] = []
    output: list[Object] = []
    for health_check in health_checks:
        statuses = []
        for wanted in part_of(health_check, "config").get("apps") or []:
            namespace = wanted.get("namespace") or default_namespace
            app = kube.get("Application", wanted["name"], namespace)
            state, issue = _judge(kube, app, wanted.get("desiredRevisions") or [], wanted["name"], namespace)
            result["status"] = worse(result["status"], state)
            if issue:
                issues.append(issue)
            statuses.append({"Name": wanted["name"], "Namespace": namespace, **_summary(app)})
        output.append({"applicationStatuses": statuses})
    if output:
        result["output"] = output
    if issues:
        result["issues"] = issues
    return result


def _summary(app: Object | None) -> Object:
    """What of an Application's status a Stage repeats: nothing that ticks on every refresh."""
    if app is None:
        return {"health": {"status": "Unknown"}, "sync": {"status": "Unknown"}}
    status = status_of(app)
    operation = part_of(status, "operationState")
    result = part_of(operation, "syncResult")
    shown: Object = {
        "health": {"status": part_of(status, "health").get("status", "Unknown")},
        "sync": {k: v for k, v in part_of(status, "sync").items() if k in ("revision", "revisions", "status")},
    }
    if operation:
        shown["operationState"] = {
            k: operation[k] for k in ("finishedAt", "message", "operation", "phase") if k in operation
        }
        if result:
            shown["operationState"]["syncResult"] = {
                "revision": result.get("revision", ""),
                "source": {k: v for k, v in part_of(result, "source").items() if k in ("repoURL", "targetRevision")},
            }
    if conditions := status.get("conditions"):
        shown["conditions"] = [{k: c[k] for k in ("type", "message") if k in c} for c in conditions]
    return shown


def _judge(kube: Kube, app: Object | None, desired: list[str], name: str, namespace: str) -> tuple[str, str | None]:
    if app is None:
        return "Unknown", f'unable to find Argo CD Application "{name}" in namespace "{namespace}"'
    status = status_of(app)
    if health_is_stale(app):
        request_refresh(kube, app)
        return "Unknown", (
            f"{describe(app)} was not reconciled after its most recent operation completed; "
            "Application health status not trusted"
        )
    if errors := error_conditions(app):
        return "Unhealthy", "; ".join(errors)
    if any(desired):
        if part_of(app, "operation").get("sync") or not part_of(status, "operationState").get("finishedAt"):
            return "Unknown", f"{describe(app)} is being synced"
        sync = part_of(status, "sync")
        observed = sync.get("revisions") or [sync.get("revision", "")]
        wrong = [
            f'Source {i} with RepoURL {source.get("repoURL")} of Application "{name}" in namespace '
            f'"{namespace}" does not match the desired revision "{want}".'
            for i, (source, want, got) in enumerate(zip(sources(app), desired, observed, strict=False))
            if want and want != got
        ]
        if wrong:
            return "Unhealthy", (
                f'Not all sources of Application "{name}" in namespace "{namespace}" are synced to the '
                f"desired revisions. Issues: {'; '.join(wrong)}"
            )
    health = part_of(status, "health").get("status") or "Progressing"
    if health == "Healthy":
        return "Healthy", None
    if health in ("Progressing", "Suspended"):
        return "Progressing", f"{describe(app)} is {health.lower()}"
    return "Unhealthy", f'{describe(app)} has health state "{health}"'


def authorized(app: Object, project: str, stage: str) -> bool:
    """Whether the Application lets that Stage change it, by its annotation ``project:stage[,…]``."""
    value = names.annotations(app).get(names.ANNOTATION_AUTHORIZED_STAGE, "")
    allowed = [tuple(part.strip() for part in entry.split(":", 1)) for entry in value.split(",")]
    return (project, stage) in allowed
