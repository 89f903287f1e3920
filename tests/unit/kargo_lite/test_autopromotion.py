"""What is promoted by itself, and what is held back."""

from __future__ import annotations

import pytest
from conftest import golden

from workshop.kargo_lite import autopromotion as auto

ORIGIN = {"kind": "Warehouse", "name": "app"}
KEY = "Warehouse/app"


def stage(**status: object) -> dict:
    return {
        "kind": "Stage",
        "metadata": {"name": "dev", "namespace": "p", "labels": {"tier": "low"}},
        "spec": {"requestedFreight": [{"origin": ORIGIN, "sources": {"direct": True}}]},
        "status": status,
    }


def freight(name: str, second: int) -> dict:
    found = f"2026-01-01T00:00:{second:02}Z"
    return {"metadata": {"name": name, "namespace": "p"}, "origin": ORIGIN, "discoveredAt": found}


def promotion(name: str, of: str, phase: str | None, **notes: str) -> dict:
    annotations = {f"kargo.akuity.io/auto-promotion-{key}": value for key, value in notes.items()}
    return {
        "metadata": {"name": name, "annotations": annotations, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"stage": "dev", "freight": of},
        "status": {"phase": phase} if phase else {},
    }


OLD, NEW = freight("old", 1), freight("new", 2)
HISTORY = [{"items": {KEY: {"name": "old"}}}]


def chosen(status: dict, promotions: list[dict]) -> list[str]:
    return [f["metadata"]["name"] for f in auto.choose(stage(**status), [NEW, OLD], promotions)]


@pytest.mark.parametrize(
    ("status", "promotions", "expected"),
    [
        ({}, [], ["new"]),
        ({"freightHistory": HISTORY}, [], ["new"]),
        ({"freightHistory": [{"items": {KEY: {"name": "new"}}}]}, [], []),
        ({}, [promotion("dev.1", "new", None)], []),
        ({}, [promotion("dev.1", "new", "Running")], []),
        # never again what failed the last time
        ({}, [promotion("dev.1", "new", "Errored")], []),
        ({}, [promotion("dev.1", "new", "Failed")], []),
        ({}, [promotion("dev.1", "new", "Aborted")], []),
        ({}, [promotion("dev.1", "new", "Errored"), promotion("dev.2", "new", "Succeeded")], []),
        # ... but a newer one is taken, whatever happened to the older
        ({}, [promotion("dev.1", "old", "Errored")], ["new"]),
        ({}, [promotion("dev.1", "old", "Running")], ["new"]),
        # it succeeded once, was replaced, and is the newest again
        (
            {"lastPromotion": {"name": "dev.2"}, "freightHistory": HISTORY},
            [promotion("dev.1", "new", "Succeeded")],
            ["new"],
        ),
        ({"effectiveAutoPromotionHolds": {KEY: {}}}, [], []),
    ],
)
def test_choice(status: dict, promotions: list[dict], expected: list[str]) -> None:
    assert chosen(status, promotions) == expected


def test_the_newest_is_found_by_time_then_name() -> None:
    same = [freight("a", 5), freight("b", 5), freight("c", 4)]
    assert auto.candidates(stage(), same)[KEY]["metadata"]["name"] == "b"
    assert auto.candidates(stage(), []) == {}


def test_older_freight_by_hand_holds_and_the_newest_lifts() -> None:
    hold = promotion("dev.1", "old", "Succeeded", hold=KEY)
    holds = auto.apply_intent({}, hold, {KEY})
    assert holds[KEY]["freightName"] == "old"
    assert holds[KEY]["promotionName"] == "dev.1"
    assert auto.apply_intent(holds, promotion("dev.2", "new", "Errored", resume=KEY), {KEY}) == {}
    assert auto.apply_intent(holds, promotion("dev.2", "new", "Aborted", resume=KEY), {KEY}) == holds
    assert auto.apply_intent({}, promotion("dev.1", "old", "Aborted", hold=KEY), {KEY}) == {}
    assert auto.apply_intent({}, hold, {"Warehouse/other"}) == {}


def test_effective_holds_see_what_is_still_running() -> None:
    held = stage(lastPromotion={"name": "dev.2"}, autoPromotionHolds={KEY: {"promotionName": "dev.2"}})
    assert auto.effective_holds(held, [], enabled=True) == {KEY: {"promotionName": "dev.2"}}
    assert auto.effective_holds(held, [], enabled=False) == {}
    resuming = promotion("dev.3", "new", "Running", resume=KEY)
    assert auto.effective_holds(held, [resuming], enabled=True) == {}
    older = promotion("dev.1", "new", "Succeeded", resume=KEY)
    assert KEY in auto.effective_holds(held, [older], enabled=True)


def test_hold_looks_like_kargos() -> None:
    recorded = golden("stage-dev-held.yaml")["status"]["autoPromotionHolds"][KEY]
    made = {
        "metadata": {
            "name": recorded["promotionName"],
            "creationTimestamp": recorded["createdAt"],
            "annotations": {"kargo.akuity.io/create-actor": recorded["actor"]},
        },
        "spec": {"freight": recorded["freightName"]},
    }
    assert auto.hold_of(made, KEY) == recorded


@pytest.mark.parametrize(
    ("policies", "enabled"),
    [
        ([], False),
        ([{"stageSelector": {"name": "dev"}, "autoPromotionEnabled": True}], True),
        ([{"stageSelector": {"name": "stg"}, "autoPromotionEnabled": True}], False),
        ([{"stageSelector": {"name": "dev"}}, {"stageSelector": {"name": "dev"}, "autoPromotionEnabled": True}], False),
        ([{"stageSelector": {"name": "glob:d*"}, "autoPromotionEnabled": True}], True),
        ([{"stageSelector": {"name": "regex:^(dev|x)$"}, "autoPromotionEnabled": True}], True),
        ([{"stageSelector": {"matchLabels": {"tier": "low"}}, "autoPromotionEnabled": True}], True),
        ([{"stageSelector": {"matchLabels": {"tier": "high"}}, "autoPromotionEnabled": True}], False),
        ([{"stage": "dev", "autoPromotionEnabled": True}], True),
    ],
)
def test_policies(policies: list[dict], enabled: bool) -> None:
    assert auto.is_enabled({"spec": {"promotionPolicies": policies}}, stage()) is enabled
    assert auto.is_enabled(None, stage()) is False


def test_intent() -> None:
    assert auto.intent(stage(), NEW, NEW) == {"kargo.akuity.io/auto-promotion-resume": KEY}
    assert auto.intent(stage(), NEW, OLD) == {"kargo.akuity.io/auto-promotion-hold": KEY}
    assert auto.intent(stage(), None, OLD) == {"kargo.akuity.io/auto-promotion-hold": KEY}
