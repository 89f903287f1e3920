"""Argo CD Applications: update, wait, health."""

from __future__ import annotations

import pytest
from conftest import PROJECT
from fakes import FakeKube

from workshop.kargo_lite import argocd
from workshop.kargo_lite.steps import StepError
from workshop.kargo_lite.steps import argocd as steps

REPO = "http://gitea.workshop.local:3000/workshop/story.git"
PROMOTION = "dev.01.abc"


def app(status: dict | None = None, **more: object) -> dict:
    meta = {
        "name": "dev-app",
        "namespace": "argocd",
        "annotations": {"kargo.akuity.io/authorized-stage": f"{PROJECT}:dev, {PROJECT}:other"},
    }
    spec = {
        "source": {"repoURL": REPO, "targetRevision": "env/dev"},
        "syncPolicy": {"syncOptions": ["CreateNamespace=true"]},
    }
    return {"kind": "Application", "metadata": meta, "spec": spec, "status": status or {}, **more}


def operation(phase: str, revision: str = "new", promotion: str | None = PROMOTION, **more: object) -> dict:
    info = [{"name": "kargo.akuity.io/promotion", "value": promotion}] if promotion else []
    state: dict = {"phase": phase, "operation": {"info": info}, "syncResult": {"revision": revision}, **more}
    if phase in ("Succeeded", "Failed", "Error"):
        state.setdefault("finishedAt", "2026-01-01T00:00:10Z")
    return {"operationState": state}


def update(step, kube: FakeKube, status: dict | None = None, **more: object) -> object:
    kube.store(app(status, **more))
    sources = [{"repoURL": REPO, "desiredRevision": "new"}]
    return steps.update(step(apps=[{"name": "dev-app", "sources": sources}]))


def test_update_asks_for_a_sync(step, kube: FakeKube) -> None:
    old = operation("Succeeded", "old", "dev.00.previous")
    result = update(step, kube, old)
    assert result.status == "Running"
    assert result.health_check == {
        "uses": "argocd-update",
        "config": {"apps": [{"name": "dev-app", "namespace": "argocd", "desiredRevisions": ["new"]}]},
    }
    stored = kube.get("Application", "dev-app", "argocd")
    assert stored["metadata"]["annotations"]["argocd.argoproj.io/refresh"] == "hard"
    assert stored["operation"] == {
        "initiatedBy": {"username": "kargo-lite", "automated": True},
        "info": [
            {"name": "Reason", "value": "Promotion triggered a sync of this Application resource."},
            {"name": "kargo.akuity.io/promotion", "value": PROMOTION},
        ],
        "sync": {"syncOptions": ["CreateNamespace=true"]},
    }
    assert "operationState" not in stored["status"]
    # Looked at again before Argo CD took it up, it is not asked for a second time.
    assert steps.update(step(apps=[{"name": "dev-app"}])).status == "Running"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (operation("Running"), "Running"),
        (operation("Succeeded"), "Succeeded"),
        (operation("Running", promotion="another"), "Running"),
        (operation("Running", promotion=None), "Running"),
    ],
)
def test_update_waits_for_the_end(step, kube: FakeKube, status: dict, expected: str) -> None:
    assert update(step, kube, status).status == expected
    assert "operation" not in kube.get("Application", "dev-app", "argocd")


@pytest.mark.parametrize(
    "status",
    [
        operation("Succeeded", promotion=None),  # somebody's sync, over now
        operation("Succeeded", "old"),  # this promotion's, but for an earlier commit
        operation("Failed", "old"),  # likewise: how the rollback begins
    ],
)
def test_update_syncs_after_what_was_not_its_own(step, kube: FakeKube, status: dict) -> None:
    assert update(step, kube, status).status == "Running"
    assert "operation" in kube.get("Application", "dev-app", "argocd")


@pytest.mark.parametrize("phase", ["Failed", "Error"])
def test_failed_sync_is_an_error_in_argo_cds_words(step, kube: FakeKube, phase: str) -> None:
    message = "one or more synchronization tasks completed unsuccessfully"
    with pytest.raises(StepError) as raised:
        update(step, kube, operation(phase, message=message))
    assert str(raised.value) == f'Argo CD Application "dev-app" in namespace "argocd" failed with: {message}'


def test_application_must_permit_it(step, kube: FakeKube) -> None:
    kube.store({**app(), "metadata": {"name": "dev-app", "namespace": "argocd"}})
    with pytest.raises(StepError, match='Application "dev-app" in namespace "argocd" is not authorized'):
        steps.update(step(apps=[{"name": "dev-app"}]))
    with pytest.raises(StepError, match='unable to find Argo CD Application "nope" in namespace "argocd"'):
        steps.update(step(apps=[{"name": "nope"}]))


def test_source_that_is_not_there(step, kube: FakeKube) -> None:
    kube.store(app())
    with pytest.raises(StepError, match="matched update for source with repoURL http://else"):
        steps.update(step(apps=[{"name": "dev-app", "sources": [{"repoURL": "http://else"}]}]))


# ---------------------------------------------------------------------------------------------- wait


def seen(health: str, sync: str = "Synced", reconciled: str = "2026-01-01T00:00:10Z", **more: object) -> dict:
    return {
        **operation("Succeeded"),
        "health": {"status": health},
        "sync": {"status": sync, "revision": "new"},
        "reconciledAt": reconciled,
        **more,
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (seen("Healthy"), "Succeeded"),
        (seen("Progressing"), "Running"),
        (seen("Degraded"), "Running"),  # and was when first seen: it may come back
        (seen("Healthy", "OutOfSync"), "Running"),
        ({**seen("Healthy"), **operation("Running")}, "Running"),
        (seen("Healthy", reconciled="2026-01-01T00:00:09Z"), "Running"),  # health of before the sync
    ],
)
def test_wait(step, kube: FakeKube, status: dict, expected: str) -> None:
    kube.store(app(status))
    result = steps.wait(step(apps=[{"name": "dev-app"}]))
    assert result.status == expected
    assert result.output == {"healthStatus": {"argocd/dev-app": status["health"]["status"]}}


def test_stale_health_is_refreshed(step, kube: FakeKube) -> None:
    kube.store(app(seen("Healthy", reconciled="2026-01-01T00:00:09Z")))
    steps.wait(step(apps=[{"name": "dev-app"}]))
    notes = kube.get("Application", "dev-app", "argocd")["metadata"]["annotations"]
    assert notes["argocd.argoproj.io/refresh"] == "hard"


def test_wait_ends_when_health_goes_down(step, kube: FakeKube) -> None:
    kube.store(app(seen("Degraded")))
    state = {"promote::step": {"healthStatus": {"argocd/dev-app": "Progressing"}}}
    with pytest.raises(StepError, match="health has regressed from Progressing to Degraded") as raised:
        steps.wait(step(state, apps=[{"name": "dev-app"}]))
    assert raised.value.terminal


def test_wait_ends_on_errors_that_waiting_does_not_cure(step, kube: FakeKube) -> None:
    kube.store(app(seen("Healthy", conditions=[{"type": "ComparisonError", "message": "no such branch"}])))
    with pytest.raises(StepError, match='has "ComparisonError" condition: no such branch'):
        steps.wait(step(apps=[{"name": "dev-app"}]))


def test_wait_for_other_things(step, kube: FakeKube) -> None:
    kube.store(app(seen("Suspended", "OutOfSync")))
    wanted = {"name": "dev-app", "waitFor": ["suspended"]}
    assert steps.wait(step(apps=[wanted])).status == "Succeeded"


# -------------------------------------------------------------------------------------------- health


@pytest.mark.parametrize(
    ("status", "state", "issue"),
    [
        (seen("Healthy"), "Healthy", None),
        (seen("Progressing"), "Progressing", "is progressing"),
        (seen("Suspended"), "Progressing", "is suspended"),
        (seen("Degraded"), "Unhealthy", 'has health state "Degraded"'),
        (seen("Healthy", reconciled="2026-01-01T00:00:00Z"), "Unknown", "not trusted"),
        ({**seen("Healthy"), **operation("Running")}, "Unknown", "is being synced"),
        ({**seen("Healthy"), "sync": {"revision": "else"}}, "Unhealthy", "not all sources"),
    ],
)
def test_health(kube: FakeKube, status: dict, state: str, issue: str | None) -> None:
    kube.store(app(status))
    checks = [{"config": {"apps": [{"name": "dev-app", "desiredRevisions": ["new"]}]}}]
    health = argocd.check(kube, checks, "argocd")
    assert health["status"] == state
    assert issue is None or issue.lower() in health["issues"][0].lower()


def test_health_without_the_application(kube: FakeKube) -> None:
    health = argocd.check(kube, [{"config": {"apps": [{"name": "x"}]}}], "argocd")
    assert health["status"] == "Unknown"
    assert argocd.check(kube, [], "argocd") == {"status": "Healthy"}
