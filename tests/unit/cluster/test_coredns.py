"""The names that CoreDNS knows: of the services beside the cluster, and of the cluster itself."""

from __future__ import annotations

import pytest
import yaml

from workshop import settings as config
from workshop.cluster import names
from workshop.services import containers


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "address", lambda container: f"address-of-{container}")


def test_every_service_has_its_name() -> None:
    lines = [line.split() for line in names.corefile().splitlines()]
    for container, name in (
        (config.REGISTRY_CONTAINER, config.REGISTRY_NAME),
        (config.GITEA_CONTAINER, config.GITEA_NAME),
        (config.POSTGRES_CONTAINER, config.POSTGRES_NAME),
    ):
        assert [f"address-of-{container}", name] in lines


def test_nobody_outside_is_asked() -> None:
    assert "forward" not in names.corefile()


def test_the_manifest_holds_it_to_the_letter_and_people_can_read_it() -> None:
    found = yaml.safe_load(names.manifest())
    assert found["data"]["Corefile"] == names.corefile()
    assert (found["metadata"]["namespace"], found["metadata"]["name"]) == ("kube-system", "coredns")
    assert "\n    .:53 {\n        errors\n" in names.manifest()
