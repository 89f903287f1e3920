"""The charts by themselves: without a complaint from Helm, right for each value, and refusing the wrong ones."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from workshop import paths
from workshop.errors import WorkshopError
from workshop.shell import helm

COMPONENTS = ("backend", "frontend")
LIMIT_SECONDS = 60
Manifest = dict[str, Any]


def rendered(component: str, values: dict[str, Any] | None = None) -> dict[str, Manifest]:
    """What the chart makes of these values on top of its own, by kind."""
    text = helm.text(
        "template", component, str(paths.ROOT / "helm" / component), "--values", "-",
        stdin=yaml.safe_dump(values or {}), limit=LIMIT_SECONDS,
    )  # fmt: skip
    manifests = [manifest for manifest in yaml.safe_load_all(text) if manifest]
    by_kind = {manifest["kind"]: manifest for manifest in manifests}
    assert len(by_kind) == len(manifests)
    return by_kind


def pod(manifests: dict[str, Manifest]) -> Manifest:
    return manifests["Deployment"]["spec"]["template"]


@pytest.mark.parametrize("component", COMPONENTS)
def test_helm_has_nothing_to_complain_about(component: str) -> None:
    said = helm.text("lint", "--strict", str(paths.ROOT / "helm" / component), limit=LIMIT_SECONDS)

    assert "[WARNING]" not in said
    assert "[ERROR]" not in said


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_chart_says_what_it_is(component: str) -> None:
    chart = yaml.safe_load((paths.ROOT / "helm" / component / "Chart.yaml").read_text(encoding="utf-8"))

    assert chart["name"] == component
    assert chart["type"] == "application"
    assert chart.keys() == {"apiVersion", "name", "description", "type", "version", "appVersion"}
    # What the chart deploys unless somebody says otherwise.
    values = yaml.safe_load((paths.ROOT / "helm" / component / "values.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"] == values["image"]["tag"]


@pytest.mark.parametrize(
    ("component", "value", "complaint"),
    [
        ("backend", "replicas=two", "replicas"),
        ("backend", "environment=qa", "environment"),
        ("backend", "replica=2", "replica"),
        ("backend", "database.name=app-dev", "/database/name"),
        ("backend", "database.password=x", "password"),
        ("backend", "podDisruptionBudget.maxUnavailable=0", "maxUnavailable"),
        ("backend", "podDisruptionBudget.maxUnavailable=0%", "maxUnavailable"),
        ("backend", "podDisruptionBudget.minAvailable=1", "minAvailable"),
        ("backend", "ingress.enabled=true", "ingress"),
        ("frontend", "image.tag=", "tag"),
        ("frontend", "backend.port=0", "port"),
        ("frontend", "topologySpreadConstraints[0].maxSkew=1", "topologyKey"),
        ("frontend", "topologySpreadConstraints[0].whenUnsatisfiable=Never", "whenUnsatisfiable"),
        ("frontend", "ingress.enabled=true", "/ingress/host"),
        ("frontend", "ingress.hosts={a.example}", "hosts"),
        ("frontend", "ingress.tls.secret=x", "secret"),
    ],
)
def test_the_charts_refuse_wrong_values(component: str, value: str, complaint: str) -> None:
    chart = str(paths.ROOT / "helm" / component)

    with pytest.raises(WorkshopError) as refusal:
        helm.text("template", component, chart, "--set", value, limit=LIMIT_SECONDS)

    assert "schema" in refusal.value.details
    assert complaint in refusal.value.details


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_drain_takes_one_pod_at_a_time_and_always_one(component: str) -> None:
    manifests = rendered(component)

    budget = manifests["PodDisruptionBudget"]
    assert budget["metadata"]["name"] == component
    # minAvailable would have to know the replicas, and the overlays set those.
    assert budget["spec"] == {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": manifests["Deployment"]["spec"]["selector"],
    }


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_budget_can_be_another_or_none(component: str) -> None:
    budget = rendered(component, {"podDisruptionBudget": {"maxUnavailable": "50%"}})["PodDisruptionBudget"]
    assert budget["spec"]["maxUnavailable"] == "50%"

    without = rendered(component, {"podDisruptionBudget": {"enabled": False}})
    assert without.keys() == rendered(component).keys() - {"PodDisruptionBudget"}


@pytest.mark.parametrize("component", COMPONENTS)
def test_pods_of_one_revision_keep_apart_where_they_can(component: str) -> None:
    manifests = rendered(component)

    (constraint,) = pod(manifests)["spec"]["topologySpreadConstraints"]
    assert constraint == {
        "topologyKey": "kubernetes.io/hostname",
        "maxSkew": 1,
        # On the workshop's single node they still all have to run.
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": manifests["Deployment"]["spec"]["selector"],
        "matchLabelKeys": ["pod-template-hash"],
    }


@pytest.mark.parametrize("component", COMPONENTS)
def test_spreading_can_be_over_something_else_or_nothing(component: str) -> None:
    zones = {"topologyKey": "topology.kubernetes.io/zone", "maxSkew": 2, "whenUnsatisfiable": "DoNotSchedule"}
    (constraint,) = pod(rendered(component, {"topologySpreadConstraints": [zones]}))["spec"][
        "topologySpreadConstraints"
    ]
    assert zones.items() <= constraint.items()

    assert "topologySpreadConstraints" not in pod(rendered(component, {"topologySpreadConstraints": []}))["spec"]


def test_the_database_url_is_put_together_in_the_pod() -> None:
    values = {"secret": "other", "database": {"host": "db.example", "port": 5433, "name": "app_x"}}
    (container,) = pod(rendered("backend", values))["spec"]["containers"]
    variables = {variable["name"]: variable for variable in container["env"]}

    assert variables["DATABASE_NAME"]["value"] == "app_x"
    assert variables["DATABASE_PASSWORD"]["valueFrom"] == {
        "secretKeyRef": {"name": "other", "key": "DATABASE_PASSWORD"}
    }
    assert variables["DATABASE_URL"]["value"] == (
        "postgresql://$(DATABASE_NAME):$(DATABASE_PASSWORD)@db.example:5433/$(DATABASE_NAME)"
    )


def test_there_is_no_ingress_unless_somebody_wants_one() -> None:
    assert "Ingress" not in rendered("frontend")


def test_an_ingress_leads_its_host_to_the_frontend() -> None:
    manifests = rendered("frontend", {"ingress": {"enabled": True, "host": "app.example"}})

    ingress = manifests["Ingress"]
    assert ingress["apiVersion"] == "networking.k8s.io/v1"
    service = manifests["Service"]
    port = service["spec"]["ports"][0]["name"]
    backend = {"service": {"name": service["metadata"]["name"], "port": {"name": port}}}
    assert ingress["spec"] == {
        "rules": [{"host": "app.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]
    }
    assert "annotations" not in ingress["metadata"]


def test_an_ingress_takes_class_annotations_and_certificate() -> None:
    values = {
        "enabled": True,
        "host": "app.example",
        "className": "public",
        "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"},
        "tls": {"secretName": "app-example-tls"},
    }
    ingress = rendered("frontend", {"ingress": values})["Ingress"]

    assert ingress["metadata"]["annotations"] == values["annotations"]
    assert ingress["spec"]["ingressClassName"] == "public"
    assert ingress["spec"]["tls"] == [{"hosts": ["app.example"], "secretName": "app-example-tls"}]
