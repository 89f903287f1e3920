"""Argo CD on the real thing: an installation that exists follows what the workshop installs now."""

from __future__ import annotations

import pytest

from tests.live.phases import Phase
from workshop import settings as config
from workshop.platform import argocd
from workshop.shell import kubectl

pytestmark = [pytest.mark.phase(Phase.BESIDE), pytest.mark.timeout(300), pytest.mark.usefixtures("rehearsal")]

ARGOCD = ("--namespace", config.NAMESPACE_ARGOCD)
CONTROLLER = "argocd-application-controller-0"
EARLIER = "an-earlier-one"


def installed() -> str:
    path = "jsonpath={.metadata.annotations.workshop/installed}"
    return kubectl.text("get", "namespace", config.NAMESPACE_ARGOCD, "--output", path)


def controller() -> str:
    return kubectl.text(*ARGOCD, "get", "pod", CONTROLLER, "--output", "jsonpath={.metadata.uid}")


def reconciliation() -> str:
    return kubectl.text(
        *ARGOCD, "get", "configmap", "argocd-cm", "--output", r"jsonpath={.data.timeout\.reconciliation}"
    )


def test_what_changed_reaches_an_installation_that_exists() -> None:
    before, seconds = controller(), reconciliation()
    kubectl.change(*ARGOCD, "patch", "configmap", "argocd-cm", "--patch", '{"data": {"timeout.reconciliation": "77s"}}')
    kubectl.change("annotate", "namespace", config.NAMESPACE_ARGOCD, "--overwrite", f"workshop/installed={EARLIER}")
    argocd.install()
    assert installed() != EARLIER
    assert reconciliation() == seconds
    assert controller() != before, "the controller reads its parameters at its start"


def test_an_installation_as_wanted_is_left_alone() -> None:
    before = controller()
    argocd.install()
    assert controller() == before
