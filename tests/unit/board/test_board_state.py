"""What the board makes of Kubernetes objects: real Kargo's own, and the story's moments made of them."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from tests import board_story as story
from workshop import paths
from workshop.board import document, state, words
from workshop.board.state import Board, Stage
from workshop.board.words import Tone
from workshop.kargo.objects import ADMINISTRATOR, AUTOMATIC, Promotion


def at(moment: str) -> Board:
    return state.of(story.MOMENTS[moment]())


def promotion(item: dict[str, Any]) -> Promotion:
    """What the board makes of one Promotion."""
    stages = state.of({"Promotion": [item]}).stages
    (found,) = [one for stage in stages for one in (stage.running, stage.last) if one]
    return found


# -- One Promotion ---------------------------------------------------------------------------------
def test_a_recorded_rollback_is_seen_as_one() -> None:
    found = promotion(story.recorded("promotions.yaml", "rolled-back"))
    assert found.is_over
    assert found.is_rolled_back
    assert found.tag == "afaf0053"
    assert found.rollback_commit.startswith("6d2daa9")
    assert [step.name for step in found.way if step.status == "Errored"] == ["sync"]
    assert len(found.way) == 16


def test_a_recorded_success_has_no_way_back() -> None:
    found = promotion(story.recorded("promotions.yaml", "succeeded"))
    assert not found.is_rolled_back
    assert not found.has_turned_back
    assert [step.status for step in found.way] == ["Succeeded"] * 9
    assert found.current is None


@pytest.mark.parametrize(
    ("kind", "step", "said", "turned"),
    [
        ("succeeded", "clone", "clone 1/9 · clona o Git", False),
        ("succeeded", "sync", "sync 7/9 · Argo CD e portão", False),
        ("rolled-back", "rollback", "volta 1/7 · busca o commit bom", True),
        ("rolled-back", "rollback-wait", "volta 7/7 · espera a saúde", True),
    ],
)
def test_its_progress_is_told(kind: str, step: str, said: str, *, turned: bool) -> None:
    found = promotion(story.running(kind, "dev", story.BAD, step))
    assert found.current is not None
    assert found.current.name == step
    assert words.step(found) == said
    assert found.has_turned_back is turned


def test_one_that_could_not_go_back_is_not_rolled_back() -> None:
    item = story.recorded("promotions.yaml", "rolled-back")
    item["status"]["stepExecutionMetadata"][-1]["status"] = "Errored"
    assert not promotion(item).is_rolled_back


def test_a_first_one_that_failed_had_nothing_to_go_back_to() -> None:
    item = story.recorded("promotions.yaml", "rolled-back")
    for step in item["status"]["stepExecutionMetadata"][9:]:
        step["status"] = "Skipped"
    found = promotion(item)
    assert not found.is_rolled_back
    assert not found.has_turned_back


def test_one_that_nobody_has_looked_at_yet_waits_for_its_turn() -> None:
    item = story.running("succeeded", "dev", story.UPDATE, "clone")
    del item["status"]
    found = promotion(item)
    assert words.step(found) == "esperando a vez"
    assert words.verdict(state.of({"Promotion": [item]}).stages[0]).words == "na fila"


@pytest.mark.parametrize(
    ("written", "actor"),
    [
        ("", AUTOMATIC),
        ("kubernetes:system:serviceaccount:kargo:kargo-lite", AUTOMATIC),
        (story.QA, "qa"),
        (story.PO, "po"),
        (story.ADMINISTRATOR, ADMINISTRATOR),
        ("kubernetes:system:serviceaccount:other:qa", ADMINISTRATOR),
    ],
)
def test_who_asked_is_known(written: str, actor: str) -> None:
    assert promotion(story.promotion("succeeded", "stg", story.FIRST, 5, written)).actor == actor


# -- The moments -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("moment", "line"),
    [
        ("start", "dev c2258e5d saudável → stg c2258e5d saudável → prod c2258e5d saudável"),
        ("promoting", "dev c2258e5d promovendo → stg c2258e5d saudável → prod c2258e5d saudável"),
        ("everywhere", "dev 81dc5fc6 saudável → stg 81dc5fc6 saudável → prod 81dc5fc6 saudável"),
        ("turning-back", "dev 81dc5fc6 voltando atrás → stg 81dc5fc6 saudável → prod 81dc5fc6 saudável"),
        ("rolled-back", "dev 81dc5fc6 voltou atrás → stg 81dc5fc6 saudável → prod 81dc5fc6 saudável"),
    ],
)
def test_each_moment_in_one_line(moment: str, line: str) -> None:
    assert words.line(at(moment)) == line


def test_who_brought_what_is_there() -> None:
    assert [stage.actor for stage in at("start").stages] == [AUTOMATIC, ADMINISTRATOR, ADMINISTRATOR]
    assert [words.approval(stage) for stage in at("rolled-back").stages] == ["automático", "QA aprovou", "PO aprovou"]


def test_where_each_freight_is() -> None:
    assert [words.place(one, at("promoting")).words for one in at("promoting").freight] == [
        "a caminho de dev",
        "dev · stg · prod",
    ]
    assert [(one.tag, words.place(one, at("rolled-back")).words) for one in at("rolled-back").freight] == [
        (story.BAD, "recusado em dev"),
        (story.UPDATE, "dev · stg · prod"),
        (story.FIRST, "já passou"),
    ]


def test_what_is_not_ready_serves_nobody() -> None:
    dev = at("promoting").stages[0]
    assert (dev.serving, dev.arriving) == ((story.FIRST,), (story.UPDATE,))


def test_after_a_rollback_what_serves_is_well_all_the_same() -> None:
    dev = at("rolled-back").stages[0]
    assert dev.is_rolled_back
    assert dev.is_well
    assert words.refusal(dev) == (f"recusou {story.BAD}", "commit ROLLBACK 6d2daa9")
    assert words.refusal(at("turning-back").stages[0]) == ("", "")


def test_a_later_success_ends_the_rollback() -> None:
    objects = story.rolled_back()
    objects["Promotion"].append(story.promotion("succeeded", "dev", story.UPDATE, 1))
    assert not state.of(objects).stages[0].is_rolled_back


# -- Odd things ------------------------------------------------------------------------------------
def test_nothing_at_all_is_a_board_too() -> None:
    assert state.of({}) == Board()
    assert words.line(Board()) == "dev – vazio → stg – vazio → prod – vazio"
    assert words.warehouse(None).words == "não existe ainda"


def test_a_stage_held_by_hand_is_read_as_recorded() -> None:
    dev = state.of({"Stage": [story.recorded("stage-dev-held.yaml")]}).stages[0]
    assert dev.tag == "eeee0013"
    assert words.verdict(dev) == words.Said("sem resposta", Tone.BAD)


def test_half_a_pair_is_said() -> None:
    item = story.recorded("warehouse.yaml")
    assert not state.of({"Warehouse": [item]}).warehouse.has_half_a_pair  # type: ignore[union-attr]
    for condition in item["status"]["conditions"]:
        if condition["type"] == "FreightCreationCriteriaSatisfied":
            condition |= {"status": "False", "reason": "CriteriaNotSatisfied"}
    assert words.warehouse(state.of({"Warehouse": [item]}).warehouse).words == "par incompleto"


def test_pods_that_go_have_ended_or_are_elsewhere_do_not_count() -> None:
    leaving = story.pod("dev", story.FIRST)
    leaving["metadata"]["deletionTimestamp"] = story.ago(1)
    ended = copy.deepcopy(story.pod("dev", story.UPDATE))
    ended["status"]["phase"] = "Succeeded"
    pods = [leaving, ended, story.pod("bench", story.BAD)]
    assert state.of({"Pod": pods}).stages[0] == Stage("dev")


def test_two_versions_at_a_time_are_both_said() -> None:
    pods = [story.pod("prod", tag, number=number) for tag in (story.FIRST, story.UPDATE) for number in (1, 2)]
    prod = state.of({"Pod": pods}).stages[2]
    assert words.serving(prod) == "81dc5fc6 c2258e5d"
    assert words.verdict(prod).words == "em transição"


@pytest.mark.parametrize(
    ("health", "said", "tone"),
    [
        ("Degraded", "com defeito", Tone.BAD),
        ("Progressing", "em transição", Tone.BUSY),
        ("Odd", "em transição", "busy"),
    ],
)
def test_argo_cds_health_shows(health: str, said: str, tone: str) -> None:
    objects = story.start()
    objects["Application"][0] = story.application("dev", health)
    assert words.verdict(state.of(objects).stages[0]) == words.Said(said, tone)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "há 0 s"), (12, "há 12 s"), (59.9, "há 59 s"), (60, "há 1 min"), (7300, "há 2 h"), (200000, "há 2 d")],
)
def test_ages_are_in_one_unit(seconds: float, said: str) -> None:
    assert words.age(story.NOW, story.NOW + timedelta(seconds=seconds)) == said


# -- For scripts -----------------------------------------------------------------------------------
def test_the_keys_of_the_document_are_those_that_the_docs_name() -> None:
    named = (paths.ROOT / "docs" / "board.md").read_text(encoding="utf-8")
    keys: set[str] = set()

    def collect(value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else ((None, one) for one in value):
            keys.update([key] if key else [])
            if isinstance(inner, dict | list):
                collect(inner)

    for moment in story.MOMENTS:
        collect(json.loads(document.as_json(at(moment))))
    assert {"freight", "stages", "serving", "rolledBack", "promotion", "steps"} <= keys
    assert [key for key in sorted(keys) if f"`{key}`" not in named] == []
