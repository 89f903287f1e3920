"""The list of what is supported: all that the workshop uses is on it, the rest is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from workshop.kargo_lite import supported
from workshop.kargo_lite.steps import RUNNERS

GITOPS = Path(__file__).parents[3] / "gitops" / "kargo"
DOCUMENTS = [
    document
    for path in sorted(GITOPS.rglob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
    if document and "kind" in document  # values of a chart are no Kubernetes objects
]


def named(kind: str) -> list[dict]:
    return [d for d in DOCUMENTS if d["kind"] == kind]


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if d["kind"] in supported.SPECS], ids=lambda d: d["kind"])
def test_the_workshops_own_resources_are_supported(document: dict) -> None:
    assert supported.spec_problems(document) == []


def test_the_workshops_steps_are_supported() -> None:
    [task] = named("PromotionTask")
    for step in task["spec"]["steps"]:
        assert step["uses"] in RUNNERS
        assert supported.problems(supported.STEPS[step["uses"]], step["config"], "") == []
    aliases = [step["as"] for step in task["spec"]["steps"]]
    assert len(aliases) == len(set(aliases))


def test_three_stages_one_after_the_other() -> None:
    sources = {d["metadata"]["name"]: d["spec"]["requestedFreight"][0]["sources"] for d in named("Stage")}
    assert sources == {"dev": {"direct": True}, "stg": {"stages": ["dev"]}, "prod": {"stages": ["stg"]}}


def test_qa_and_po_may_promote_to_their_own_stage_only() -> None:
    promote = {
        role["metadata"]["name"]: rule["resourceNames"]
        for role in named("Role")
        for rule in role["rules"]
        if "promote" in rule["verbs"]
    }
    assert promote == {"promote-stg": ["stg"], "promote-prod": ["prod"]}
    bound = {b["roleRef"]["name"]: [s["name"] for s in b["subjects"]] for b in named("RoleBinding")}
    assert bound == {"see-promotions": ["qa", "po"], "promote-stg": ["qa"], "promote-prod": ["po"]}


def test_every_listed_step_can_run_and_exists_in_kargo() -> None:
    assert supported.STEPS.keys() == RUNNERS.keys()
    assert supported.STEPS.keys() <= supported.KARGO_STEPS


@pytest.mark.parametrize(
    ("kind", "spec", "problem"),
    [
        ("Stage", {"verification": {}, "promotionTemplate": {}}, "spec.verification: this field is not supported"),
        ("Stage", {}, "spec: promotionTemplate is required"),
        ("Stage", {"shard": "x", "promotionTemplate": {}}, "spec.shard: this field"),
        (
            "Stage",
            {"promotionTemplate": {"spec": {"steps": [{"uses": "helm-template"}]}}},
            'spec.promotionTemplate.spec.steps.0.uses: step kind "helm-template" is not supported by kargo-lite',
        ),
        ("ProjectConfig", {"webhookReceivers": []}, "spec.webhookReceivers: this field"),
        (
            "ProjectConfig",
            {"promotionPolicies": [{"autoRollback": {}}]},
            "spec.promotionPolicies.0.autoRollback: this field is not supported",
        ),
        ("Warehouse", {"subscriptions": [{"chart": {}}]}, "spec.subscriptions.0.chart: this field"),
        (
            "PromotionTask",
            {"steps": [{"uses": 5}]},
            "spec.steps.0.uses: Invalid type. Expected: string, given: integer",
        ),
    ],
)
def test_the_rest_is_named(kind: str, spec: dict, problem: str) -> None:
    [found] = supported.spec_problems({"kind": kind, "spec": spec})
    assert found.startswith(problem)
