"""Putting kargo-lite into a cluster, and its certificate: what it serves is what the webhooks trust."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509

from workshop import paths
from workshop.errors import WorkshopError
from workshop.platform import certificates, kargo, kargo_lite


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Secrets of nobody, and no cluster."""
    monkeypatch.setattr(paths, "SECRETS", tmp_path / "secrets")
    monkeypatch.setattr(paths, "KUBECONFIG", tmp_path / "kubeconfig")
    return tmp_path


def pod(certificate: certificates.ServerCertificate) -> dict[str, Any]:
    documents = yaml.safe_load_all(kargo_lite.deployment("kargo-lite:1", certificate))
    found: dict[str, Any] = next(item for item in documents if item["kind"] == "Deployment")["spec"]["template"]
    return found


def test_its_pod_runs_the_image_that_it_is_told() -> None:
    (container,) = pod(certificates.for_service("one.svc"))["spec"]["containers"]
    assert container["image"] == "kargo-lite:1"


def test_every_webhook_trusts_the_authority_of_the_certificate_that_is_served() -> None:
    certificate = certificates.for_service("one.svc")
    found = [hook for item in yaml.safe_load_all(kargo_lite.webhooks(certificate)) for hook in item["webhooks"]]
    trusted = {base64.b64decode(hook["clientConfig"]["caBundle"]).decode() for hook in found}
    assert trusted == {certificate.authority}
    authority = x509.load_pem_x509_certificate(certificate.authority.encode())
    served = x509.load_pem_x509_certificate(certificate.certificate.encode())
    served.verify_directly_issued_by(authority)


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
