"""The gateway's manifest: every placeholder filled, every host name of the settings in it."""

from __future__ import annotations

import pytest
import yaml

from workshop import settings as config
from workshop.cluster import gateway


def documents() -> dict[str, dict]:
    return {item["kind"]: item for item in yaml.safe_load_all(gateway.manifest())}


def configuration() -> str:
    return documents()["ConfigMap"]["data"]["default.conf"]


def test_nothing_is_left_to_fill_in() -> None:
    assert "$KARGO" not in gateway.manifest()
    assert "$ARGOCD" not in gateway.manifest()
    assert "$CHECKSUM" not in gateway.manifest()


def test_the_pages_and_the_name_that_programs_use_are_served() -> None:
    assert f"server_name {config.KARGO_HOST} {config.ARGOCD_HOST} localhost;" in configuration()
    assert config.kargo_api().startswith("http://localhost:")
    assert f"kargo-api.{config.NAMESPACE_KARGO};" in configuration()
    assert f"{config.ARGOCD_HOST} argocd-server.{config.NAMESPACE_ARGOCD};" in configuration()


def test_another_configuration_is_another_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    def pod() -> dict:
        return documents()["Deployment"]["spec"]["template"]["metadata"]["annotations"]

    before = pod()
    assert pod() == before
    monkeypatch.setattr(config, "KARGO_HOST", "other.localhost")
    assert pod() != before
