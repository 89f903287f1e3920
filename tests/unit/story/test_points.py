"""From any state to the start of any notebook: what is done, and what is left as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.unit.kargo.story_kargo import StoryKargo
from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import guests, promotions, warehouse
from workshop.rehearsal import prompter
from workshop.story import ci, demo, points, repository

FIRST, NEW, LATER = "aaaaaaaa", "bbbbbbbb", "cccccccc"
UPDATE, ERROR, FIX = "feature/update-user", "feature/error", "feature/fix"
START = {"dev": FIRST, "stg": FIRST, "prod": FIRST}


@dataclass
class World:
    """A workshop whose cluster answers, at some point of its story."""

    kargo: StoryKargo
    merged: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    passed: bool = False

    @property
    def head(self) -> str:
        if ERROR in self.merged:
            return LATER
        return NEW if UPDATE in self.merged else FIRST

    def reset(self, report: object) -> None:
        self.done.append("reset")
        self.merged.clear()
        self.kargo.held.update(START)
        self.kargo.verified = {FIRST: set(START)}
        self.kargo.promotions.clear()
        self.kargo.tags[:] = [FIRST]
        paths.RESETTING.unlink(missing_ok=True)

    def baseline(self, report: object) -> None:
        self.done.append("baseline")
        self.kargo.held.update(START)

    def merge(self, number: int, report: object) -> None:
        self.done.append("merge")
        self.merged.add(UPDATE)

    def pipeline(self, commit: str, report: object) -> None:
        self.done.append("pipeline")
        self.kargo.tags.append(NEW)


@pytest.fixture(name="world")
def fixture_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    monkeypatch.setattr(paths, "RESETTING", tmp_path / "resetting")
    made = World(StoryKargo(dict(START), [FIRST]).install(monkeypatch))
    monkeypatch.setattr(points, "_answers", lambda: True)
    monkeypatch.setattr(points, "_argocd", lambda woken, report: None)
    monkeypatch.setattr(points, "_kargo", lambda woken, report: None)
    monkeypatch.setattr(promotions, "current_tag", lambda stage: made.kargo.held.get(stage))
    monkeypatch.setattr(guests, "dismiss", lambda report: None)
    monkeypatch.setattr(warehouse, "refresh", lambda report: made.done.append("refresh"))
    monkeypatch.setattr(repository, "merged", lambda: set(made.merged))
    monkeypatch.setattr(repository, "head", lambda: made.head * 5)
    monkeypatch.setattr(repository, "first", lambda: FIRST * 5)
    monkeypatch.setattr(demo, "reset", made.reset)
    monkeypatch.setattr(demo, "baseline", made.baseline)
    monkeypatch.setattr(ci, "pull_request", lambda branch, title, report: 1)
    monkeypatch.setattr(ci, "have_passed", lambda number: made.passed)
    monkeypatch.setattr(ci, "checks", lambda number, report: made.done.append("checks"))
    monkeypatch.setattr(ci, "merge", made.merge)
    monkeypatch.setattr(ci, "is_published", lambda commit: commit[:8] in (FIRST, *made.kargo.tags))
    monkeypatch.setattr(ci, "pipeline", made.pipeline)
    monkeypatch.setattr(ci, "close_all", lambda branches, report: made.done.append(f"close {len(branches)}"))
    return made


def reach(world: World, number: int) -> list[str]:
    """Go there; returns what was told."""
    told: list[str] = []
    points.reach(number, told.append)
    return told


AT = {
    4: START,
    5: START,
    6: {"dev": NEW, "stg": FIRST, "prod": FIRST},
    7: {"dev": NEW, "stg": NEW, "prod": FIRST},
    8: {"dev": NEW, "stg": NEW, "prod": NEW},
}
"""What the Stages hold at the start of each notebook; dev may be further at 05, which shows how it gets there."""


def at(world: World, number: int) -> None:
    """Put the story at the start of a notebook."""
    world.merged = {UPDATE} if number > 4 else set()
    world.kargo.tags[:] = [FIRST, NEW] if number > 4 else [FIRST]
    world.kargo.held = dict(AT[number])
    world.kargo.verified = {FIRST: set(START), NEW: {stage for stage, tag in AT[number].items() if tag == NEW}}


@pytest.mark.parametrize("number", AT)
def test_where_it_is_already_nothing_is_done(world: World, number: int) -> None:
    at(world, number)
    told = reach(world, number)
    assert [step for step in world.done if not step.startswith("close")] == []
    assert world.kargo.asked == []
    assert told[-1].startswith("no ar: ")
    assert f"✓ pronto para o notebook {number:02d}" in told[-2]


@pytest.mark.parametrize("start", AT)
@pytest.mark.parametrize("number", AT)
def test_from_any_point_to_any_other(world: World, start: int, number: int) -> None:
    at(world, start)
    reach(world, number)
    wanted = AT[number] | ({"dev": world.kargo.held["dev"]} if number == 5 else {})
    assert world.kargo.held == wanted
    assert (UPDATE in world.merged) == (number > 4)


def test_forward_only_what_is_missing(world: World) -> None:
    at(world, 6)
    reach(world, 8)
    assert [(stage, persona) for stage, _, persona in world.kargo.asked] == [("stg", "qa"), ("prod", "po")]
    assert [step for step in world.done if not step.startswith("close")] == []


def test_back_within_the_story_takes_two_promotions_and_no_pipeline(world: World) -> None:
    at(world, 8)
    told = reach(world, 5)
    assert world.kargo.asked == [("stg", f"f-{FIRST}", "qa"), ("prod", f"f-{FIRST}", "po")]
    assert not {"reset", "pipeline", "checks"} & set(world.done)
    assert f"cedo demais para {NEW} em stg e prod: de volta a {FIRST}" in told


def test_a_promotion_under_way_is_taken_back_too(world: World) -> None:
    at(world, 6)
    coming = world.kargo.add("stg", f"f-{NEW}", "Running")
    reach(world, 6)
    assert world.kargo.aborted == [coming]
    assert world.kargo.held == AT[6]


@pytest.mark.parametrize("merged", [{UPDATE, ERROR}, {UPDATE, ERROR, FIX}], ids=["rolled back", "mended"])
@pytest.mark.parametrize("number", [4, 5, 6, 7, 8])
def test_past_the_error_the_story_begins_again(world: World, merged: set[str], number: int) -> None:
    at(world, 8)
    world.merged = set(merged)
    told = reach(world, number)
    assert world.done[0] == "reset"
    assert any(ERROR in line and "do início de novo" in line for line in told)
    assert ("pipeline" in world.done) == (number > 4)


def test_an_interrupted_reset_is_made_again(world: World) -> None:
    paths.RESETTING.touch()
    reach(world, 4)
    assert world.done[0] == "reset"


def test_checks_that_passed_on_this_very_commit_are_not_repeated(world: World) -> None:
    world.passed = True
    world.kargo.tags[:] = [FIRST]
    told = reach(world, 5)
    assert world.done == ["close 4", "merge", "pipeline"]
    assert any("já passaram neste commit" in line for line in told)


def test_a_first_version_that_kargo_forgot_is_made_again(world: World) -> None:
    at(world, 8)
    world.kargo.tags.remove(FIRST)
    reach(world, 6)
    assert "reset" in world.done
    assert world.kargo.held == AT[6]


def test_a_failed_try_of_dev_does_not_leave_notebook_05_waiting(world: World) -> None:
    at(world, 5)
    world.kargo.add("dev", f"f-{NEW}", "Errored")
    reach(world, 5)
    assert world.kargo.asked == [("dev", f"f-{NEW}", None)]


@pytest.mark.parametrize(("number", "closed"), [(4, 5), (5, 4), (8, 4)])
def test_pull_requests_of_later_are_closed(world: World, number: int, closed: int) -> None:
    at(world, number)
    reach(world, number)
    assert world.done[0] == f"close {closed}"


@pytest.mark.parametrize("number", [0, 9])
def test_where_every_state_will_do_nothing_is_touched(
    world: World, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(points, "_machine", pytest.fail)
    assert len(reach(world, number)) == 1


def test_a_notebook_that_does_not_exist(world: World) -> None:
    with pytest.raises(WorkshopError, match="no notebook 10"):
        reach(world, 10)


def test_what_was_asleep_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, True, True, True, True, True])
    woken: list[str] = []
    monkeypatch.setattr(points, "_answers", lambda: False)
    monkeypatch.setattr(points.host, "ensure", lambda report: woken.append("host"))
    monkeypatch.setattr(points.supply, "ensure", lambda report: woken.append("supply"))
    monkeypatch.setattr(points, "_services_and_cluster", lambda report: woken.append("cluster"))
    monkeypatch.setattr(points, "_argocd", lambda asleep, report: woken.append(f"argocd {asleep}"))
    monkeypatch.setattr(points, "_kargo", lambda asleep, report: woken.append(f"kargo {asleep}"))
    monkeypatch.setattr(points, "_serves", lambda stage: next(answers))
    reach(world, 4)
    assert woken == ["host", "supply", "cluster", "argocd True", "kargo True"]
    assert next(answers, "none left") == "none left"


@pytest.mark.parametrize(("live", "noted"), [("1", 6), ("0", None)])
def test_the_part_begins_for_the_presenters_clock_only_where_somebody_looks(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, live: str, noted: int | None
) -> None:
    monkeypatch.setattr(paths, "ON_STAGE", tmp_path / "on-stage.json")
    monkeypatch.setenv(config.LIVE_VARIABLE, live)
    at(world, 6)
    reach(world, 6)
    current = prompter.on_stage()
    assert (current and current.notebook) == noted
