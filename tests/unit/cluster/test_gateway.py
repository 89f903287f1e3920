"""The gateway's manifest: every placeholder filled, every host name of the settings in it."""

from __future__ import annotations

import re

import httpx
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
    assert "$HOST_OF" not in gateway.manifest()


def test_the_pages_and_the_name_that_programs_use_are_served() -> None:
    assert f"server_name {config.KARGO_HOST} {config.ARGOCD_HOST} localhost;" in configuration()
    assert config.kargo_api().startswith("http://localhost:")
    assert f"kargo-api.{config.NAMESPACE_KARGO};" in configuration()
    assert f"{config.ARGOCD_HOST} argocd-server.{config.NAMESPACE_ARGOCD};" in configuration()


def test_each_environment_has_the_host_name_of_the_settings_and_no_other_does() -> None:
    (pattern,) = re.findall(r"~(\^\(\?<name>.*\$) \$name;", configuration())
    hosts = re.compile(pattern.replace("?<", "?P<"))
    for environment in config.ENVIRONMENTS:
        found = hosts.match(config.environment_host(environment))
        assert found
        assert found["name"] == environment
    assert not hosts.match(config.environment_host("other"))
    assert not hosts.match(config.environment_host("dev").replace(".", "-"))


def test_it_is_asked_by_its_address_for_a_host() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        gateway.ask("dev", "/api/users", "POST", client=client, json={"a": 1}, headers={"Authorization": "Bearer x"})
    (request,) = asked
    port = config.settings().gateway_port
    assert (request.method, str(request.url)) == ("POST", f"http://127.0.0.1:{port}/api/users")
    assert request.headers["Host"] == f"dev.app.localhost:{port}"
    assert request.headers["Authorization"] == "Bearer x"
    assert request.content == b'{"a":1}'
    assert request.extensions["timeout"]["read"] == gateway.ANSWER_SECONDS


def test_another_configuration_is_another_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    def pod() -> dict:
        return documents()["Deployment"]["spec"]["template"]["metadata"]["annotations"]

    before = pod()
    assert pod() == before
    monkeypatch.setattr(config, "KARGO_HOST", "other.localhost")
    assert pod() != before
