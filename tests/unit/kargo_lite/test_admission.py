"""What is asked of Promotions and Projects before they are stored."""

from __future__ import annotations

import base64
import json

import pytest
from conftest import PROJECT
from fakes import FakeKube

from workshop.kargo_lite.admission import Admission
from workshop.kargo_lite.settings import Settings

QA = "system:serviceaccount:image-promotion:qa"
FREIGHT = "71de5dce59dd151e3f0f8895ead67dfcb4a99723"
OLDER = "0000000000000000000000000000000000000000"


def freight(name: str, day: int, **status: object) -> dict:
    return {
        "kind": "Freight",
        "metadata": {"name": name, "namespace": PROJECT},
        "origin": {"kind": "Warehouse", "name": "app"},
        "discoveredAt": f"2026-01-{day:02}T00:00:00Z",
        "images": [],
        "status": status,
    }


@pytest.fixture
def admission(gitops: dict, settings: Settings) -> Admission:
    kube = FakeKube(*(o for (kind, _), o in gitops.items() if kind not in ("Role", "RoleBinding")))
    kube.store(freight(FREIGHT, 2, verifiedIn={"dev": {}}))
    kube.store(freight(OLDER, 1))
    return Admission(kube, settings)


def request(obj: dict, operation: str = "CREATE", user: str = QA, old: dict | None = None) -> dict:
    return {
        "request": {
            "uid": "1",
            "operation": operation,
            "namespace": PROJECT,
            "userInfo": {"username": user, "groups": ["system:serviceaccounts"]},
            "object": obj,
            "oldObject": old,
        }
    }


def promotion(stage: str = "stg", **spec: object) -> dict:
    return {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Promotion",
        "metadata": {"generateName": f"{stage}-", "namespace": PROJECT},
        "spec": {"stage": stage, **(spec or {"freight": FREIGHT})},
    }


def mutate(admission: Admission, obj: dict, **options: object) -> dict:
    response = admission.review("/mutate-promotion", request(obj, **options))["response"]
    assert response["allowed"], response
    parts = {p["path"]: p["value"] for p in json.loads(base64.b64decode(response["patch"]))}
    return {**obj, "metadata": parts["/metadata"], "spec": parts["/spec"]}


def refusal(admission: Admission, path: str, obj: dict, **options: object) -> dict:
    response = admission.review(path, request(obj, **options))["response"]
    assert not response["allowed"]
    return response["status"]


def test_stage_and_freight_are_enough(admission: Admission, promotions: dict[str, dict]) -> None:
    made = mutate(admission, promotion())
    recorded = promotions["succeeded"]
    assert made["metadata"]["name"].startswith("stg.01")
    assert made["metadata"]["name"].endswith(f".{FREIGHT[:7]}")
    assert made["metadata"]["generateName"] == "stg-"
    assert made["metadata"]["labels"] == {"kargo.akuity.io/stage": "stg"}
    assert made["metadata"]["annotations"] == {
        "kargo.akuity.io/create-actor": f"kubernetes:{QA}",
        "kargo.akuity.io/stage": "stg",
    }
    owner = made["metadata"]["ownerReferences"][0]
    assert owner.keys() == recorded["metadata"]["ownerReferences"][0].keys()
    assert made["spec"] == {"stage": "stg", "freight": FREIGHT, "steps": recorded["spec"]["steps"]}
    assert admission.review("/validate-promotion", request(made))["response"]["allowed"]
    assert admission.kube.events == [("PromotionCreated", f'Promotion created for Stage "stg" by "kubernetes:{QA}"')]


def test_own_steps_are_thrown_away(admission: Admission) -> None:
    made = mutate(admission, promotion(freight=FREIGHT, steps=[{"uses": "fail"}], vars=[{"name": "x"}]))
    assert made["spec"]["steps"][0]["as"] == "promote::clone"
    assert "vars" not in made["spec"]


def test_origin_is_resolved_to_the_newest_available(admission: Admission) -> None:
    made = mutate(admission, promotion("dev", origin={"kind": "Warehouse", "name": "app"}))
    assert made["spec"]["freight"] == FREIGHT
    assert "origin" not in made["spec"]
    status = refusal(admission, "/mutate-promotion", promotion("prod", origin={"kind": "Warehouse", "name": "app"}))
    assert 'no auto-promotion candidate found for origin "Warehouse/app" on Stage "prod"' in status["message"]


@pytest.mark.parametrize(("name", "intent"), [(FREIGHT, "resume"), (OLDER, "hold")])
def test_intent_of_people_counts_where_auto_promotion_is_on(
    admission: Admission, settings: Settings, name: str, intent: str
) -> None:
    key = f"kargo.akuity.io/auto-promotion-{intent}"
    assert mutate(admission, promotion("dev", freight=name))["metadata"]["annotations"][key] == "Warehouse/app"
    mine = mutate(admission, promotion("dev", freight=name), user=settings.username)
    assert mine["metadata"]["annotations"] == {"kargo.akuity.io/stage": "dev"}


def test_refusals_are_worded_as_kargos(admission: Admission) -> None:
    """kubectl prints ``The Promotion "x" is invalid: <field>: <message>`` from reason, details and causes."""
    made = mutate(admission, promotion(freight=OLDER))
    status = refusal(admission, "/validate-promotion", made)
    assert (status["reason"], status["code"]) == ("Invalid", 422)
    assert status["details"]["kind"] == "Promotion"
    assert status["details"]["name"] == made["metadata"]["name"]
    assert status["details"]["causes"] == [
        {
            "reason": "FieldValueInvalid",
            "field": "spec.freight",
            "message": f'Invalid value: "{OLDER}": Freight is not available to this Stage',
        }
    ]

    status = refusal(admission, "/mutate-promotion", promotion("nope"))
    assert status["details"]["name"] == ""
    assert status["details"]["causes"][0]["field"] == "spec.stage"
    assert status["details"]["causes"][0]["message"] == (
        'Invalid value: "nope": could not find Stage "nope" in namespace "image-promotion"'
    )

    admission.kube.allowed = False
    made = mutate(admission, promotion("prod", freight=FREIGHT))
    assert refusal(admission, "/validate-promotion", made)["message"] == (
        f'Internal error occurred: Promotion.kargo.akuity.io "{made["metadata"]["name"]}" is forbidden: '
        f'subject "{QA}" is not permitted to create Promotions for Stage "prod"'
    )


def test_freight_of_digits_without_quotes(admission: Admission) -> None:
    assert refusal(admission, "/mutate-promotion", promotion(freight=12345678))["message"] == (
        "json: cannot unmarshal number into Go struct field PromotionSpec.spec.freight of type string"
    )


def test_even_a_bug_is_explained(admission: Admission) -> None:
    admission.kube.list = lambda *_: 1 / 0
    status = refusal(admission, "/mutate-promotion", promotion())
    assert status["message"] == "Internal error occurred: division by zero"


def test_spec_is_immutable_and_so_is_who_made_it(admission: Admission) -> None:
    made = mutate(admission, promotion())
    changed = {**made, "spec": {**made["spec"], "freight": OLDER}}
    status = refusal(admission, "/validate-promotion", changed, operation="UPDATE", old=made)
    assert status["details"]["causes"][0]["field"] == "spec"
    assert status["details"]["causes"][0]["message"].endswith("spec is immutable")

    forged = json.loads(json.dumps(made))
    forged["metadata"]["annotations"] |= {
        "kargo.akuity.io/create-actor": "kubernetes:somebody-else",
        "kargo.akuity.io/auto-promotion-resume": "Warehouse/app",
        "kargo.akuity.io/abort": "terminate",
    }
    notes = mutate(admission, forged, operation="UPDATE", old=made)["metadata"]["annotations"]
    assert notes["kargo.akuity.io/create-actor"] == f"kubernetes:{QA}"
    assert "kargo.akuity.io/auto-promotion-resume" not in notes
    assert json.loads(notes["kargo.akuity.io/abort"]) == {"action": "terminate", "actor": f"kubernetes:{QA}"}


def test_neither_freight_nor_origin(admission: Admission) -> None:
    made = mutate(admission, promotion(freight=""))
    status = refusal(admission, "/validate-promotion", made)
    assert "exactly one of spec.freight or spec.origin must be set" in status["message"]


def test_task_with_unsupported_fields(admission: Admission) -> None:
    task = admission.kube.get("PromotionTask", "promote", PROJECT)
    task["spec"]["steps"][0]["surprise"] = 1
    admission.kube.store(task)
    status = refusal(admission, "/mutate-promotion", promotion())
    assert "spec.steps.0.surprise: this field is not supported by kargo-lite" in status["message"]


def project(name: str = "new") -> dict:
    return {"kind": "Project", "metadata": {"name": name}}


def test_project_gets_its_namespace_at_once(admission: Admission) -> None:
    assert admission.review("/validate-project", request(project()))["response"]["allowed"]
    namespace = admission.kube.get("Namespace", "new")
    assert namespace["metadata"]["labels"] == {"kargo.akuity.io/project": "true"}
    assert admission.kube.get("RoleBinding", "kargo-lite-project-secrets", "new")
    # A second time, or with the namespace there and labelled: fine.
    assert admission.review("/validate-project", request(project()))["response"]["allowed"]


def test_namespace_of_somebody_else(admission: Admission) -> None:
    admission.kube.store({"kind": "Namespace", "metadata": {"name": "taken"}})
    status = refusal(admission, "/validate-project", project("taken"))
    assert status["reason"] == "Conflict"
    assert "already exists and is not labeled as a Project namespace" in status["message"]
