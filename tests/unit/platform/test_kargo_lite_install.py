"""Putting kargo-lite into a cluster, and its certificate: what it serves is what the webhooks trust."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from workshop import paths
from workshop.errors import WorkshopError
from workshop.platform import certificates, kargo


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Secrets of nobody, and no cluster."""
    monkeypatch.setattr(paths, "SECRETS", tmp_path / "secrets")
    monkeypatch.setattr(paths, "KUBECONFIG", tmp_path / "kubeconfig")
    return tmp_path


def pod(certificate: certificates.ServerCertificate) -> dict:
    values = dict.fromkeys(kargo._LITE_PLACEHOLDERS, "x") | {"${KARGO_LITE_CERTIFICATE}": certificate.digest}
    documents = yaml.safe_load_all(kargo._filled(kargo._LITE_MANIFESTS / "deployment.yaml", values))
    return next(item for item in documents if item["kind"] == "Deployment")["spec"]["template"]


def test_another_certificate_is_another_pod() -> None:
    first = certificates.for_service("one.svc")
    assert pod(first) == pod(certificates.for_service("one.svc"))
    certificates.forget("one.svc")
    assert pod(first) != pod(certificates.for_service("one.svc"))


def test_without_a_cluster_the_certificate_that_it_knows_is_kept() -> None:
    before = certificates.for_service(kargo.webhook(real=False)[0])
    with pytest.raises(WorkshopError):
        kargo.renew_certificate()
    assert certificates.for_service(kargo.webhook(real=False)[0]) == before
