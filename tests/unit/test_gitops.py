"""gitops/ and workshop/settings.py name the same things; a rename in one place alone turns this red."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from workshop import paths
from workshop import settings as config
from workshop.docs import overlays

ARGOCD, KARGO = paths.GITOPS / "argocd", paths.GITOPS / "kargo"
IMAGES = [f"{config.registry_in_cluster()}/{name}" for name in config.APP_IMAGES]


def documents(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.rglob("*.yaml")):
        if file.parent.name != "install":
            yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def only(folder: Path, kind: str) -> dict[str, Any]:
    (found,) = (document for document in documents(folder) if document["kind"] == kind)
    return found


@pytest.mark.parametrize("environment", config.ENVIRONMENTS)
def test_an_application_follows_its_branch_and_names_its_stage(environment: str) -> None:
    (application,) = (
        document for document in documents(ARGOCD) if document["metadata"]["name"] == f"{environment}-app"
    )
    source = application["spec"]["source"]
    assert source == {
        "repoURL": config.repository_in_cluster(),
        "targetRevision": f"env/{environment}",
        "path": ".",
    }
    stage = application["metadata"]["annotations"]["kargo.akuity.io/authorized-stage"]
    assert stage == f"{config.PROJECT}:{environment}"
    assert application["spec"]["destination"]["namespace"] == environment
    assert application["spec"]["project"] == only(ARGOCD, "AppProject")["metadata"]["name"]
    automated = "automated" in application["spec"].get("syncPolicy", {})
    assert automated == (environment == "dev")


def test_the_project_allows_this_repository_and_these_namespaces_alone() -> None:
    spec = only(ARGOCD, "AppProject")["spec"]
    assert spec["sourceRepos"] == [config.repository_in_cluster()]
    assert [destination["namespace"] for destination in spec["destinations"]] == list(config.ENVIRONMENTS)
    assert spec["clusterResourceWhitelist"] == []


@pytest.mark.parametrize("environment", config.ENVIRONMENTS)
def test_the_project_allows_every_kind_that_an_environment_is_made_of(environment: str) -> None:
    allowed = {
        (kind["group"], kind["kind"]) for kind in only(ARGOCD, "AppProject")["spec"]["namespaceResourceWhitelist"]
    }
    rendered = {
        (manifest["apiVersion"].rpartition("/")[0], manifest["kind"])
        for manifest in overlays.documents(overlays.build(environment))
    }

    # The Ingress is there for clusters that have a controller: see the chart.
    assert rendered | {("networking.k8s.io", "Ingress")} <= allowed
    assert ("", "Secret") not in allowed
    assert all(group != "rbac.authorization.k8s.io" for group, _ in allowed)


def test_every_namespace_enforces_the_restricted_standard() -> None:
    levels = {
        document["metadata"]["name"]: document["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for document in documents(ARGOCD)
        if document["kind"] == "Namespace"
    }
    assert levels == dict.fromkeys(config.ENVIRONMENTS, "restricted")


def test_the_warehouse_watches_both_images_as_a_pair() -> None:
    warehouse = only(KARGO, "Warehouse")
    assert warehouse["metadata"] == {"name": config.WAREHOUSE, "namespace": config.PROJECT}
    assert [item["image"]["repoURL"] for item in warehouse["spec"]["subscriptions"]] == IMAGES
    expression = warehouse["spec"]["freightCreationCriteria"]["expression"]
    assert all(f"imageFrom('{image}').Tag" in expression for image in IMAGES)
    for item in warehouse["spec"]["subscriptions"]:
        assert item["image"]["allowTagsRegexes"] == ["^[a-f0-9]{8}$"]


def test_the_promotion_writes_to_the_repository_that_argo_cd_reads() -> None:
    values = {var["name"]: var["value"] for var in only(KARGO, "PromotionTask")["spec"]["vars"]}
    assert values["gitRepo"] == config.repository_in_cluster()
    assert [values["frontend"], values["backend"]] == IMAGES


def test_each_persona_may_promote_to_one_stage() -> None:
    rights = {
        tuple(rule.get("resourceNames", ()))
        for document in documents(KARGO)
        if document["kind"] == "Role"
        for rule in document["rules"]
        if "promote" in rule["verbs"]
    }
    assert rights == {(stage,) for stage in config.PERSONAS.values()}
    accounts = {document["metadata"]["name"] for document in documents(KARGO) if document["kind"] == "ServiceAccount"}
    assert accounts == set(config.PERSONAS)


def test_only_dev_promotes_by_itself() -> None:
    policies = only(KARGO, "ProjectConfig")["spec"]["promotionPolicies"]
    assert [policy["stageSelector"]["name"] for policy in policies if policy["autoPromotionEnabled"]] == ["dev"]
