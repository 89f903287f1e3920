"""What is asked of Promotions and Projects before they are stored."""

from __future__ import annotations

import base64
import json

import pytest
from conftest import PROJECT
from fakes import FakeKube

from workshop.kargo_lite.admission import Admission
from workshop.kargo_lite.freight import freight_name
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
    return {**obj, **{p["path"][1:]: p["value"] for p in json.loads(base64.b64decode(response["patch"]))}}


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
    admission.kube.listed = lambda *_: 1 / 0
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


# -- Freight ---------------------------------------------------------------------------------------------


def made_by_hand(**more: object) -> dict:
    images = [
        {"repoURL": f"registry.workshop.local:5001/{name}", "tag": "aaaa0001", "digest": "sha256:1"}
        for name in ("frontend", "backend")
    ]
    return {
        "kind": "Freight",
        "metadata": {"name": "any", "namespace": PROJECT},
        "origin": {"kind": "Warehouse", "name": "app"},
        "images": images,
        **more,
    }


def mutated_freight(admission: Admission, obj: dict, **options: object) -> dict:
    response = admission.review("/mutate-freight", request(obj, **options))["response"]
    assert response["allowed"], response
    return {**obj, **{p["path"][1:]: p["value"] for p in json.loads(base64.b64decode(response["patch"]))}}


def test_freight_made_by_hand_gets_the_name_of_its_content_and_an_alias(admission: Admission) -> None:
    found = mutated_freight(admission, made_by_hand())
    assert found["metadata"]["name"] == freight_name(found["origin"], found["images"])
    assert found["metadata"]["labels"] == {"kargo.akuity.io/alias": found["alias"]}
    assert found["discoveredAt"]
    assert mutated_freight(admission, made_by_hand(alias="my-own"))["metadata"]["labels"] == {
        "kargo.akuity.io/alias": "my-own"
    }
    assert admission.review("/validate-freight", request(found))["response"]["allowed"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": []}, "freight must contain at least one commit, image, or chart"),
        ({"commits": [{"repoURL": "x"}]}, "kargo-lite knows images only"),
        ({"origin": {"kind": "Warehouse", "name": "nobody"}}, "warehouse does not exist"),
        (
            {"images": [{"repoURL": "elsewhere/x", "tag": "1"}]},
            'no subscription found for image repository in Warehouse "app"',
        ),
        (
            {"images": made_by_hand()["images"][:1]},
            'no artifact found for subscription "registry.workshop.local:5001/backend" of Warehouse "app"',
        ),
        ({"images": made_by_hand()["images"] * 2}, "multiple artifacts found for subscription"),
    ],
)
def test_freight_that_its_warehouse_would_not_make_is_refused(admission: Admission, change: dict, message: str) -> None:
    found = mutated_freight(admission, made_by_hand(**change))
    status = refusal(admission, "/validate-freight", found)
    assert status["code"] == 422
    assert message in status["message"]
    assert status["details"]["kind"] == "Freight"


def test_an_alias_is_used_once(admission: Admission) -> None:
    admission.kube.store({**freight("1" * 40, 3), "alias": "my-own"})
    found = mutated_freight(admission, made_by_hand(alias="my-own"))
    assert "alias already used" in refusal(admission, "/validate-freight", found)["message"]


def test_freight_is_immutable_and_approvals_are_noted(admission: Admission) -> None:
    before = made_by_hand(alias="a")
    after = {**before, "images": [{**image, "tag": "bbbb0002"} for image in before["images"]]}
    status = refusal(admission, "/validate-freight", after, operation="UPDATE", old=before)
    assert "Freight is immutable" in status["message"]

    after = {**before, "status": {"approvedFor": {"prod": {"approvedAt": "2026-01-01T00:00:00Z"}}}}
    assert admission.review("/validate-freight", request(after, "UPDATE", old=before))["response"]["allowed"]
    expected = ("FreightApproved", f'Freight approved for Stage "prod" by "kubernetes:{QA}"')
    assert admission.kube.events == [expected]


def test_freight_in_use_stays(admission: Admission) -> None:
    dev = admission.kube.get("Stage", "dev", PROJECT)
    current = {"items": {"Warehouse/app": {"name": FREIGHT}}}
    admission.kube.store({**dev, "status": {"freightHistory": [current]}})
    used = admission.kube.get("Freight", FREIGHT, PROJECT)
    status = refusal(admission, "/validate-freight", None, operation="DELETE", old=used)
    expected = f'freights.kargo.akuity.io "{FREIGHT}" is forbidden: freight is in-use by stages ("dev")'
    assert (status["code"], status["reason"], status["message"]) == (403, "Forbidden", expected)
    older = admission.kube.get("Freight", OLDER, PROJECT)
    assert admission.review("/validate-freight", request(None, "DELETE", old=older))["response"]["allowed"]


def test_who_may_not_promote_may_not_delete_a_promotion(admission: Admission) -> None:
    made = mutate(admission, promotion())
    assert admission.review("/validate-promotion", request(None, "DELETE", old=made))["response"]["allowed"]
    admission.kube.allowed = False
    status = refusal(admission, "/validate-promotion", None, operation="DELETE", old=made)
    assert f'subject "{QA}" is not permitted to delete Promotions for Stage "stg"' in status["message"]
