"""What the story stands on, for each notebook: looked at, brought up where it does not answer, and said."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.unit.kargo.story_kargo import StoryKargo
from workshop import cluster, machine, paths, supply, voice
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import engine
from workshop.platform import argocd, kargo
from workshop.rehearsal import prompter
from workshop.services import containers, database, forge, registry
from workshop.story import course, demo, points, repository

TAG = "aaaaaaaa"


@dataclass
class Ground:
    """What the story stands on: the parts that are up, and the ways to have each."""

    up: set[str]
    done: list[str] = field(default_factory=list)
    echoed: list[bool] = field(default_factory=list)

    def bring(self, part: str) -> None:
        """Have a part up."""
        self.up.add(part)
        self.done.append(part)
        self.echoed.append(voice.echoes())


EVERYTHING = {"machine", "supply", "registry", "database", "forge", "mirrors", "cluster", "argocd", "kargo"}


@pytest.fixture(name="ground")
def fixture_ground(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ground:
    """All of it is up, and the story is at the start of any notebook."""
    made = Ground(set(EVERYTHING))
    for name in ("KUBECONFIG", "STORY_SEED", "ON_STAGE", "RESETTING"):
        monkeypatch.setattr(paths, name, tmp_path / name)
    paths.KUBECONFIG.touch()
    StoryKargo({"dev": TAG, "stg": TAG, "prod": TAG}, [TAG]).install(monkeypatch)
    answers = {
        engine: "machine", registry: "registry", forge: "forge", cluster.kind: "cluster", argocd: "argocd",
        kargo: "kargo",
    }  # fmt: skip
    for module, part in answers.items():
        asked = "is_installed" if module in (argocd, kargo) else "answers"
        monkeypatch.setattr(module, asked, lambda part=part: part in made.up)
    monkeypatch.setattr(containers, "owner", lambda: paths.ROOT)
    monkeypatch.setattr(containers, "is_running", lambda name: "database" in made.up)
    monkeypatch.setattr(supply, "publish_mirrors", lambda: made.bring("mirrors"))
    for module in (machine, supply, registry, database, forge, cluster, argocd, kargo):
        part = module.__name__.rpartition(".")[2]
        monkeypatch.setattr(module, "ensure", lambda part=part: made.bring(part))
    monkeypatch.setattr(kargo, "which", lambda: "kargo-lite")
    monkeypatch.setattr(repository, "ensure", lambda: None)
    monkeypatch.setattr(repository, "is_outdated", lambda: False)
    monkeypatch.setattr(course, "reach", lambda number: None)
    return made


def test_where_all_of_it_answers_nothing_is_brought_up(ground: Ground, told: list[str]) -> None:
    points.reach(6)
    assert ground.done == []
    assert "✓ pronto para o notebook 06" in told[-2]
    assert told[-1] == f"no ar: dev {TAG} · stg {TAG} · prod {TAG}"


@pytest.mark.parametrize("gone", ["machine", "registry", "database", "forge", "cluster"])
def test_what_does_not_answer_is_brought_up_and_that_is_said_before(ground: Ground, told: list[str], gone: str) -> None:
    ground.up.remove(gone)
    points.reach(2)
    assert ground.up == EVERYTHING
    assert "serviços e cluster" in told[0]


@pytest.mark.parametrize(("number", "wanted"), [(1, set()), (2, set()), (3, {"argocd"}), (4, {"argocd", "kargo"})])
def test_a_notebook_gets_no_more_than_it_starts_from(ground: Ground, number: int, wanted: set[str]) -> None:
    ground.up -= {"argocd", "kargo"}
    points.reach(number)
    assert ground.up & {"argocd", "kargo"} == wanted


def test_no_command_is_shown_on_the_way(ground: Ground) -> None:
    ground.up -= {"argocd", "kargo"}
    with voice.echoing(True):
        points.reach(4)
        assert voice.echoes()
    assert ground.echoed == [False, False]


@pytest.mark.parametrize("number", [0, 9])
def test_where_every_state_will_do_nothing_is_touched(ground: Ground, told: list[str], number: int) -> None:
    ground.up.clear()
    points.reach(number)
    assert ground.done == []
    assert len(told) == 1


def test_a_notebook_that_does_not_exist() -> None:
    with pytest.raises(WorkshopError, match="Não há notebook 10"):
        points.reach(10)


@pytest.mark.parametrize(("live", "noted"), [("1", 6), ("0", None)])
def test_the_part_begins_for_the_presenters_clock_only_where_somebody_looks(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, live: str, noted: int | None
) -> None:
    monkeypatch.setenv(config.LIVE_VARIABLE, live)
    points.reach(6)
    current = prompter.on_stage()
    assert (current and current.notebook) == noted


# -- A story made from an older tree ----------------------------------------------------------------
@pytest.fixture(name="renewed")
def fixture_renewed(monkeypatch: pytest.MonkeyPatch, ground: Ground) -> list[str]:
    """How the story is made anew; this tree has changed since it was made."""
    ways: list[str] = []
    monkeypatch.setattr(repository, "is_outdated", lambda: True)
    monkeypatch.setattr(repository, "merged", set)
    monkeypatch.setattr(repository, "seed", lambda: ways.append("seeded"))
    monkeypatch.setattr(demo, "reset", lambda: ways.append("reset"))
    return ways


@pytest.mark.parametrize(("there", "way"), [({"argocd", "kargo"}, "reset"), (set(), "seeded")], ids=["cluster", "none"])
def test_a_story_that_has_not_begun_is_made_anew(ground: Ground, renewed: list[str], there: set[str], way: str) -> None:
    ground.up -= {"argocd", "kargo"} - there
    points.reach(3)
    assert renewed == [way]
    assert "argocd" in ground.done, "Applications and Secrets are of the tree too"


def test_a_story_that_goes_on_is_left_alone_and_the_presenter_told(
    ground: Ground, renewed: list[str], monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setattr(repository, "merged", lambda: {course.UPDATE})
    points.reach(3)
    assert (renewed, ground.done) == ([], [])
    assert any("make reset" in line for line in told)
