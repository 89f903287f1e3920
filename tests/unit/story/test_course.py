"""From any state of the story to the start of any notebook: where that ends, and what is left as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.unit.kargo.story_kargo import StoryKargo
from tests.unit.story.gitea import FIRST as FIRST_COMMIT
from tests.unit.story.gitea import NEW as NEW_COMMIT
from tests.unit.story.gitea import Gitea
from workshop import paths, registry
from workshop.kargo import warehouse
from workshop.story import act, course, demo

FIRST, NEW = FIRST_COMMIT[:8], NEW_COMMIT[:8]
UPDATE, ERROR, FIX = "feature/update-user", "feature/error", "feature/fix"
START = {"dev": FIRST, "stg": FIRST, "prod": FIRST}
AT = {
    4: START,
    5: START,
    6: {"dev": NEW, "stg": FIRST, "prod": FIRST},
    7: {"dev": NEW, "stg": NEW, "prod": FIRST},
    8: {"dev": NEW, "stg": NEW, "prod": NEW},
}
"""What the Stages hold at the start of each notebook; dev may be further at 05, which shows how it gets there."""


@dataclass
class World:
    """Forge, pipeline, registry and Kargo, in memory."""

    gitea: Gitea
    kargo: StoryKargo
    images: list[str] = field(default_factory=list)
    pipelines: list[str] = field(default_factory=list)
    """The events that the pipeline ran for."""
    resets: int = 0

    def run_pipeline(self, event: str, commit: str, log: Path) -> None:
        """The checks pass; what is pushed to `main` is built, and pushed to the registry."""
        self.pipelines.append(event)
        if event == "push":
            self.images.append(commit[:8])

    def forget_images(self, tag: str) -> None:
        """What the registry does when a tag is deleted."""
        if tag in self.images:
            self.images.remove(tag)

    def look_for_images(self) -> None:
        """What the Warehouse does when it is asked: an image is Freight from then on."""
        self.kargo.tags.extend(tag for tag in self.images if tag not in self.kargo.tags)

    def reset(self) -> None:
        """Back to where the demonstration begins; what that takes is proven on a cluster."""
        self.resets += 1
        self.gitea.merged.clear()
        self.gitea.pulls.clear()
        self.images[:] = [FIRST]
        self.kargo.tags[:] = [FIRST]
        self.kargo.held.update(START)
        self.kargo.verified = {FIRST: set(START)}
        self.kargo.promotions.clear()
        paths.RESETTING.unlink(missing_ok=True)

    def is_at(self, number: int) -> None:
        """Put the story at the start of a notebook."""
        moved_on = number > course.FIRST
        self.gitea.merged = [UPDATE] if moved_on else []
        self.images[:] = self.kargo.tags[:] = [FIRST, NEW] if moved_on else [FIRST]
        self.kargo.held = dict(AT[number])
        self.kargo.verified = {FIRST: set(START), NEW: {stage for stage, tag in AT[number].items() if tag == NEW}}


@pytest.fixture(name="world")
def fixture_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    made = World(Gitea().install(monkeypatch), StoryKargo(dict(START), [FIRST]).install(monkeypatch), [FIRST])
    for name in ("RESETTING", "GUESTS", "LOGS"):
        monkeypatch.setattr(paths, name, tmp_path / name)
    monkeypatch.setattr(registry.Registry, "tags", lambda _, image: list(made.images))
    monkeypatch.setattr(
        registry.Registry, "forget", lambda _, image, tag: made.images.remove(tag) if tag in made.images else None
    )
    monkeypatch.setattr(warehouse, "refresh", made.look_for_images)
    monkeypatch.setattr(act, "run", made.run_pipeline)
    monkeypatch.setattr(demo, "reset", made.reset)
    return made


@pytest.mark.parametrize("number", AT)
def test_where_it_is_already_nothing_is_done(world: World, number: int) -> None:
    world.is_at(number)
    course.reach(number)
    assert (world.resets, world.pipelines, world.kargo.asked, world.gitea.pulls) == (0, [], [], [])


@pytest.mark.parametrize("start", AT)
@pytest.mark.parametrize("number", AT)
def test_from_any_point_to_any_other(world: World, start: int, number: int) -> None:
    world.is_at(start)
    course.reach(number)
    wanted = AT[number] | ({"dev": world.kargo.held["dev"]} if number == 5 else {})
    assert world.kargo.held == wanted
    assert (UPDATE in world.gitea.merged) == (number > course.FIRST)


def test_forward_only_what_is_missing(world: World, told: list[str]) -> None:
    world.is_at(6)
    course.reach(8)
    assert [(stage, persona) for stage, _, persona in world.kargo.asked] == [("stg", "qa"), ("prod", "po")]
    assert (world.resets, world.pipelines) == (0, [])
    assert f"{NEW} vai agora para stg e prod" in told


def test_a_first_version_that_is_not_there_yet_is_built_and_brought_to_every_stage(
    world: World, told: list[str]
) -> None:
    world.images.clear()
    world.kargo.tags.clear()
    world.kargo.held.clear()
    world.kargo.verified.clear()
    world.kargo.auto = False
    world.images.append("00000bad")
    course.reach(4)
    assert world.images == [FIRST], "what an interrupted run has left is no version"
    assert world.kargo.held == START
    assert told[0].endswith("vai agora")


def test_back_within_the_story_takes_two_promotions_and_no_pipeline(world: World, told: list[str]) -> None:
    world.is_at(8)
    course.reach(5)
    assert sorted(world.kargo.asked) == [("prod", f"f-{FIRST}", "po"), ("stg", f"f-{FIRST}", "qa")]
    assert (world.resets, world.pipelines) == (0, [])
    assert f"cedo demais para {NEW} em stg e prod: de volta a {FIRST}" in told


def test_a_promotion_under_way_is_taken_back_too(world: World) -> None:
    world.is_at(6)
    coming = world.kargo.add("stg", f"f-{NEW}", "Running")
    course.reach(6)
    assert world.kargo.aborted == [coming]
    assert world.kargo.held == AT[6]


@pytest.mark.parametrize("merged", [[UPDATE, ERROR], [UPDATE, ERROR, FIX]], ids=["rolled back", "mended"])
@pytest.mark.parametrize("number", AT)
def test_past_the_error_the_story_begins_again(world: World, merged: list[str], number: int, told: list[str]) -> None:
    world.is_at(8)
    world.gitea.merged = list(merged)
    course.reach(number)
    assert world.resets == 1
    assert ERROR in told[0]
    assert "do início de novo" in told[0]
    assert world.pipelines == (["pull_request", "push"] if number > course.FIRST else [])


def test_an_interrupted_reset_is_made_again(world: World, told: list[str]) -> None:
    paths.RESETTING.touch()
    course.reach(4)
    assert world.resets == 1
    assert "interrompida" in told[0]


def test_checks_that_passed_on_this_very_commit_are_not_repeated(world: World, told: list[str]) -> None:
    world.gitea.passed(UPDATE)
    course.reach(5)
    assert world.pipelines == ["push"]
    assert "✓ as verificações de #1 já passaram neste commit" in told


def test_a_first_version_that_kargo_forgot_is_made_again(world: World) -> None:
    world.is_at(8)
    world.kargo.tags.remove(FIRST)
    course.reach(6)
    assert world.resets == 1
    assert world.kargo.held == AT[6]


def test_a_failed_try_of_dev_does_not_leave_notebook_05_waiting(world: World) -> None:
    world.is_at(5)
    world.kargo.add("dev", f"f-{NEW}", "Errored")
    course.reach(5)
    assert world.kargo.asked == [("dev", f"f-{NEW}", None)]


@pytest.mark.parametrize(("number", "closed"), [(4, {UPDATE, ERROR}), (5, {ERROR}), (8, {ERROR})])
def test_pull_requests_of_later_are_closed(world: World, number: int, closed: set[str]) -> None:
    world.is_at(number)
    for branch in (UPDATE, ERROR, "feature/of-an-attendee"):
        world.gitea.open(branch)
    course.reach(number)
    assert {pull["head"]["ref"] for pull in world.gitea.pulls if pull["state"] == "closed"} == closed
