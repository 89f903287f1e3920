"""Several Stages to one version: only what is missing, whoever has to ask, and nothing that gets in the way."""

from __future__ import annotations

import pytest

from tests.unit.kargo.story_kargo import StoryKargo
from workshop import voice
from workshop.errors import WorkshopError
from workshop.kargo import promotions

OLD, NEW = "aaaaaaaa", "bbbbbbbb"
ALL = {"dev": None, "stg": "qa", "prod": "po"}


def kargo(monkeypatch: pytest.MonkeyPatch, held: dict[str, str], **more: object) -> StoryKargo:
    return StoryKargo(held, [OLD, NEW], **more).install(monkeypatch)  # type: ignore[arg-type]


def test_where_all_is_there_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    found = kargo(monkeypatch, dict.fromkeys(ALL, NEW))
    with voice.heard_by(told.append):
        promotions.bring(ALL, NEW)
    assert found.asked == []
    assert sorted(told) == sorted(f"✓ {stage} já está em {NEW}" for stage in ALL)


def test_stages_are_asked_together_and_the_shortcut_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    found = kargo(monkeypatch, dict.fromkeys(ALL, OLD))
    with voice.heard_by(told.append):
        promotions.bring(ALL, NEW)
    assert found.asked == [("stg", f"f-{NEW}", "qa"), ("prod", f"f-{NEW}", "po")]
    assert found.approved == [(f"f-{NEW}", ("stg", "prod"))]
    assert f"{NEW} aprovado para stg e prod, sem esperar pelo ambiente anterior" in told
    assert set(found.held.values()) == {NEW}


def test_what_was_verified_before_needs_no_shortcut(monkeypatch: pytest.MonkeyPatch) -> None:
    found = kargo(monkeypatch, {"dev": NEW, "stg": OLD, "prod": OLD})
    promotions.bring({"dev": None, "stg": "qa"}, NEW)
    assert found.asked == [("stg", f"f-{NEW}", "qa")]
    assert found.approved == []


def test_another_promotion_under_way_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the Stage still has what is wanted: a moment later it would have had the other."""
    found = kargo(monkeypatch, dict.fromkeys(ALL, OLD))
    other = found.add("stg", f"f-{NEW}", "Running")
    promotions.bring({"stg": "qa"}, OLD)
    assert found.aborted == [other]
    assert found.asked == [("stg", f"f-{OLD}", "qa")]


def test_one_that_runs_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    found = kargo(monkeypatch, dict.fromkeys(ALL, OLD))
    found.verified[NEW] = {"dev"}
    found.add("stg", f"f-{NEW}", "")
    promotions.bring({"stg": "qa"}, NEW)
    assert found.asked == []
    assert found.held["stg"] == NEW


def test_a_hold_on_dev_is_lifted_by_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    found = kargo(monkeypatch, dict.fromkeys(ALL, OLD), holds={"dev": {"Warehouse/app": {}}})
    promotions.bring({"dev": None}, NEW)
    assert found.asked == [("dev", f"f-{NEW}", None)]


def test_a_failure_of_dev_is_tried_again_for_kargo_never_does(monkeypatch: pytest.MonkeyPatch) -> None:
    found = kargo(monkeypatch, dict.fromkeys(ALL, OLD))
    found.add("dev", f"f-{NEW}", "Errored")
    promotions.bring({"dev": None}, NEW)
    assert found.asked == [("dev", f"f-{NEW}", None)]
    assert found.held["dev"] == NEW


def test_a_second_failure_is_an_error_that_leads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    found = kargo(monkeypatch, dict.fromkeys(ALL, OLD), fails=2, auto=False)
    with pytest.raises(WorkshopError, match=f"A promoção de {NEW} para stg terminou como Errored") as caught:
        promotions.bring({"stg": "qa"}, NEW)
    assert len(found.asked) == 2
    assert caught.value.fix == "workshop why stg"


def test_a_stage_that_has_it_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found = kargo(monkeypatch, dict.fromkeys(ALL, NEW))
    found.add("dev", f"f-{NEW}", "Succeeded")
    promotions.request("dev", f"f-{NEW}", None)
    assert found.asked == []


def test_a_stage_that_does_not_begin_by_itself_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    found = kargo(monkeypatch, dict.fromkeys(ALL, OLD), auto=False)
    monkeypatch.setattr(promotions, "_BY_ITSELF_SECONDS", 0.0)
    with voice.heard_by(told.append):
        promotions.bring({"dev": None}, NEW)
    assert found.asked == [("dev", f"f-{NEW}", None)]
    assert "dev não começou por si; pedindo a promoção" in told
