"""Kargo's objects as one model: from what Kargo 1.11.2 wrote down, and from what may be missing of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.board_story import recorded
from workshop.kargo import objects
from workshop.kargo.objects import Freight, Promotion, Snapshot, Stage, Warehouse

HELD = "792921c9493802d24174ebb4b1a83e75063e5f40"


def promotion(name: str, freight: str, phase: str = "", stage: str = "dev") -> dict[str, Any]:
    spec = {"stage": stage, "freight": freight}
    return {"kind": "Promotion", "metadata": {"name": name}, "spec": spec, "status": {"phase": phase}}


def freight(tag: str, *more: str, discovered: str = "2026-11-23T10:00:00Z") -> dict[str, Any]:
    images = [{"tag": one, "repoURL": "r"} for one in (tag, *more)]
    return {"kind": "Freight", "metadata": {"name": f"f-{tag}"}, "images": images, "discoveredAt": discovered}


# -- As recorded -----------------------------------------------------------------------------------
def test_a_recorded_stage_says_what_it_holds_and_who_keeps_it_there() -> None:
    stage = Stage.of(recorded("stage-dev-held.yaml"))
    assert (stage.name, stage.freight.name, stage.freight.tag) == ("dev", HELD, "eeee0013")
    assert stage.hold is not None
    assert (stage.hold.freight, stage.hold.actor) == (HELD, "kubernetes:kubernetes-admin")
    assert stage.is_verified
    assert stage.conditions["Ready"].status == "True"
    assert stage.conditions["Promoting"].status == ""


def test_a_recorded_warehouse_keeps_when_the_first_of_each_pair_was_built() -> None:
    warehouse = Warehouse.of(recorded("warehouse.yaml"))
    assert warehouse.looked == datetime(2026, 11, 23, 10, 29, 36, tzinfo=UTC)
    # The backend's, which was a second earlier than the frontend's.
    assert warehouse.built["ffff0023"] == datetime(2026, 11, 23, 10, 28, 7, tzinfo=UTC)
    assert not warehouse.has_half_a_pair


def test_a_recorded_rollback_has_its_steps_and_its_commits() -> None:
    found = Promotion.of(recorded("promotions.yaml", "rolled-back"))
    assert found.failed_step is not None
    assert found.failed_step.name == "sync"
    assert found.step("commit").commit
    assert found.rollback_commit
    assert found.rollback_commit != found.step("commit").commit
    assert found.step("sync").seconds > 0
    assert len(found.way) == 16
    assert found.current is None


def test_recorded_freight_carries_one_tag_and_knows_where_it_was_found_good() -> None:
    found = Freight.of(recorded("freights.yaml", "items", 0))
    assert (found.tag, found.alias, found.verified_in) == ("aeae0042", "plinking-tuatara", ("dev",))


# -- What may be missing, or null ------------------------------------------------------------------
@pytest.mark.parametrize("status", [{}, {"status": None}, {"status": {}}], ids=["none", "null", "empty"])
def test_an_object_that_kargo_has_not_looked_at_yet_is_read_all_the_same(status: dict[str, Any]) -> None:
    bare = {"metadata": {"name": "app"}, **status}
    assert Stage.of(bare) == Stage("app")
    assert Freight.of(bare) == Freight("app")
    assert Warehouse.of(bare) == Warehouse("app")
    assert Promotion.of({**bare, "spec": {"stage": "dev", "freight": "f"}}) == Promotion("app", "dev", "f")


def test_fields_that_are_null_are_as_good_as_missing() -> None:
    emptied = {"freightHistory": None, "health": None, "conditions": None, "autoPromotionHolds": None}
    assert Stage.of({"metadata": {"name": "dev"}, "status": emptied | {"lastPromotion": None}}) == Stage("dev")


# -- The questions ---------------------------------------------------------------------------------
def test_freight_is_found_by_a_tag_that_all_its_images_carry() -> None:
    now = Snapshot.of({"Freight": [freight("aaaaaaaa"), freight("bbbbbbbb", "aaaaaaaa")]})
    assert now.freight("aaaaaaaa") == "f-aaaaaaaa"
    assert now.freight("bbbbbbbb") == ""
    assert now.tag("f-bbbbbbbb") == "bbbbbbbb + aaaaaaaa"
    assert now.tag("gone") == ""


def test_the_newest_freight_comes_first() -> None:
    old, new = freight("aaaaaaaa", discovered="2026-11-23T09:00:00Z"), freight("bbbbbbbb")
    assert [one.tag for one in Snapshot.of({"Freight": [old, new]}).freights] == ["bbbbbbbb", "aaaaaaaa"]


def test_a_promotion_that_waits_has_the_tag_of_its_freight_already() -> None:
    now = Snapshot.of({"Freight": [freight("aaaaaaaa")], "Promotion": [promotion("dev.1", "f-aaaaaaaa")]})
    assert now.promotions[0].tag == "aaaaaaaa"


def test_the_one_that_runs_comes_before_those_that_wait() -> None:
    items = [promotion("dev.1", "a"), promotion("dev.2", "b", "Running"), promotion("dev.0", "c", "Succeeded")]
    now = Snapshot.of({"Promotion": [*items, promotion("stg.1", "a", stage="stg")]})
    assert [one.name for one in now.unfinished("dev")] == ["dev.2", "dev.1"]
    assert [one.name for one in now.others("dev", "a")] == ["dev.2"]


def test_the_last_try_says_whether_a_stage_refuses() -> None:
    tries = [
        promotion("dev.1", "a", "Errored"),
        promotion("dev.2", "a", "Succeeded"),
        promotion("dev.3", "b", "Failed"),
    ]
    now = Snapshot.of({"Promotion": [*reversed(tries), promotion("stg.1", "a", "Aborted", "stg")]})
    assert now.refused_in("a") == ("stg",)
    assert now.refused_in("b") == ("dev",)
    assert now.newest("dev", "a") == now.promotions[1]


def test_only_what_is_asked_for_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(kind: str, namespace: str, *, limit: float) -> list[dict[str, Any]]:
        asked.append(kind)
        return [freight("aaaaaaaa")] if kind == "Freight" else []

    monkeypatch.setattr(objects.kube, "objects", answer)
    assert objects.look("Freight").freight("aaaaaaaa") == "f-aaaaaaaa"
    assert asked == ["Freight"]
    objects.look()
    assert sorted(asked) == ["Freight", "Freight", "Promotion", "Stage", "Warehouse"]
