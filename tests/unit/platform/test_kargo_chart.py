"""Real Kargo as Helm renders it: the makers' own chart, with the values of this repository."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from workshop import settings as config
from workshop.platform import cert_manager, kargo_chart
from workshop.platform.kargo_admin import Account
from workshop.shell import helm
from workshop.supply import manifests

Manifest = dict[str, Any]
ACCOUNT = Account("$2b$12$hash", "signing-key")
AUTHORITY = "-----BEGIN CERTIFICATE-----\n"
KUBERNETES = ("--kube-version", config.versions()["kubernetes"]["version"])


def rendered(chart: str, namespace: str, values: str, more: Manifest) -> list[Manifest]:
    text = helm.text(
        "template", chart.removesuffix("-chart"), str(manifests.path(chart)), "--namespace", namespace, *KUBERNETES,
        "--values", values, "--values", "-", stdin=yaml.safe_dump(more),
    )  # fmt: skip
    return [document for document in yaml.safe_load_all(text) if document]


def kargo(account: Account = ACCOUNT, authority: str = AUTHORITY) -> list[Manifest]:
    values = kargo_chart.values(account, authority)
    return rendered("kargo-chart", config.NAMESPACE_KARGO, str(kargo_chart.VALUES), values)


@pytest.fixture(scope="module")
def installed() -> list[Manifest]:
    return kargo()


def named(documents: list[Manifest], kind: str, name: str) -> Manifest:
    (found,) = (item for item in documents if (item["kind"], item["metadata"]["name"]) == (kind, name))
    return found


def of(documents: list[Manifest], kind: str) -> set[str]:
    return {item["metadata"]["name"] for item in documents if item["kind"] == kind}


def test_the_versions_of_kargo_are_one() -> None:
    pins = config.versions()
    versions = {
        pins["images"]["kargo"]["name"].rpartition(":v")[2],
        pins["manifests"]["kargo-chart"]["version"],
        pins["optional"]["kargo"]["version"],
    }
    assert len(versions) == 1


def test_it_consists_of_what_is_waited_for_and_of_nothing_more(installed: list[Manifest]) -> None:
    assert of(installed, "Deployment") == set(kargo_chart.WORKLOADS)
    assert not of(installed, "CronJob")
    assert not of(installed, "CustomResourceDefinition")
    assert not of(installed, "Secret")


def test_the_pods_run_the_image_that_the_supply_has(installed: list[Manifest]) -> None:
    pods = [item["spec"]["template"]["spec"] for item in installed if item["kind"] == "Deployment"]
    images = {container["image"] for pod in pods for container in pod["containers"]}
    assert images == {config.versions()["images"]["kargo"]["name"]}


def test_every_part_reserves_little_and_is_limited_in_memory(installed: list[Manifest]) -> None:
    cpu = memory = 0
    for name in kargo_chart.WORKLOADS:
        (container,) = named(installed, "Deployment", name)["spec"]["template"]["spec"]["containers"]
        cpu += int(container["resources"]["requests"]["cpu"].removesuffix("m"))
        memory += int(container["resources"]["requests"]["memory"].removesuffix("Mi"))
        assert container["resources"]["limits"].keys() == {"memory"}
    assert cpu <= 200
    assert memory <= 512


def test_the_page_is_where_the_gateway_leads_to_without_tls(installed: list[Manifest]) -> None:
    data = named(installed, "ConfigMap", "kargo-api")["data"]
    assert data["ADMIN_ACCOUNT_TOKEN_ISSUER"] == f"http://{config.kargo_address()}"
    assert data["ARGOCD_URLS"] == f"={config.argocd_url()}"
    assert "TLS_ENABLED" not in data
    assert named(installed, "Service", "kargo-api")["spec"]["ports"][0]["port"] == 80


def test_the_account_comes_from_its_secret_and_another_one_needs_other_pods(installed: list[Manifest]) -> None:
    def pod(documents: list[Manifest]) -> Manifest:
        return named(documents, "Deployment", "kargo-api")["spec"]["template"]

    (container,) = pod(installed)["spec"]["containers"]
    assert {"secretRef": {"name": "kargo-admin-account"}} in container["envFrom"]
    assert pod(kargo(Account("another", "key"))) != pod(installed)
    assert ACCOUNT.password_hash not in yaml.safe_dump_all(installed)
    assert ACCOUNT.signing_key not in yaml.safe_dump_all(installed)


def test_a_warehouse_may_look_more_often_than_every_five_minutes(installed: list[Manifest]) -> None:
    data = named(installed, "ConfigMap", "kargo-controller")["data"]
    assert data["MIN_WAREHOUSE_RECONCILIATION_INTERVAL"] == "10s"


@pytest.mark.parametrize(
    ("url", "allowed"), [("http://gitea.workshop.local:3000/a.git", "true"), ("https://x/a.git", "false")]
)
def test_credentials_go_over_plain_http_only_to_the_local_forge(
    url: str, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "repository_in_cluster", lambda: url)
    data = named(kargo(), "ConfigMap", "kargo-controller")["data"]
    assert data["ALLOW_CREDENTIALS_OVER_HTTP"] == allowed


def test_the_webhooks_trust_our_authority_or_ask_cert_manager(installed: list[Manifest]) -> None:
    def authorities(documents: list[Manifest]) -> set[bool]:
        hooks = [item for item in documents if item["kind"].endswith("WebhookConfiguration")]
        return {"caBundle" in hook["clientConfig"] for item in hooks for hook in item["webhooks"]}

    assert authorities(installed) == {True}
    assert not of(installed, "Certificate")
    by_cert_manager = kargo(authority="")
    assert authorities(by_cert_manager) == {False}
    certificate = named(by_cert_manager, "Certificate", "kargo-webhooks-server")
    assert certificate["spec"]["secretName"] == kargo_chart.WEBHOOKS_SECRET
    assert certificate["spec"]["dnsNames"] == [kargo_chart.WEBHOOKS]


def test_cert_manager_runs_exactly_the_images_that_come_along_with_kargos() -> None:
    values = (str(cert_manager.VALUES), cert_manager.values())
    documents = rendered("cert-manager-chart", config.NAMESPACE_CERT_MANAGER, *values)
    pods = [item["spec"]["template"]["spec"] for item in documents if item["kind"] in ("Deployment", "Job")]
    companions = {entry["name"] for entry in config.versions()["images"].values() if "companion_of" in entry}
    assert {container["image"] for pod in pods for container in pod["containers"]} == companions
    assert of(documents, "Deployment") == set(cert_manager.WORKLOADS)
