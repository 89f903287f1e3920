"""The story's repository: nothing of it is made anew because of an answer, or of a branch, that is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from workshop import paths, wait
from workshop.errors import WorkshopError
from workshop.services import forge
from workshop.story import repository

BRANCHES = sorted(repository._EXPECTED)


class Forge:
    """Answers about one repository, and remembers what was pushed and whether everything was made anew."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.branches = list(BRANCHES)
        self.failing = 0
        self.there = True
        self.pushed: list[str] = []
        self.seeded = 0
        monkeypatch.setattr(forge, "call", self.call)
        monkeypatch.setattr(repository, "seed", self.seed)
        monkeypatch.setattr(repository, "written", lambda: tmp_path)
        monkeypatch.setattr(repository, "_push", lambda source, what: self.pushed.append(what))
        monkeypatch.setattr(paths, "STORY_SEED", tmp_path / "seed")
        monkeypatch.setattr(wait.time, "sleep", lambda _: None)
        paths.STORY_SEED.touch()

    def seed(self) -> None:
        self.seeded += 1

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        assert method == "GET"
        if self.failing:
            self.failing -= 1
            return httpx.Response(502)
        if not self.there:
            return httpx.Response(404)
        return httpx.Response(200, json=[{"name": name} for name in self.branches] if "branches" in path else {})


@pytest.fixture(name="gitea")
def fixture_gitea(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Forge:
    return Forge(monkeypatch, tmp_path)


def test_one_that_is_whole_is_left_alone(gitea: Forge, told: list[str]) -> None:
    repository.ensure()
    assert (gitea.seeded, gitea.pushed, told) == (0, [], [])


def test_one_that_is_not_there_is_made(gitea: Forge) -> None:
    gitea.there = False
    repository.ensure()
    assert gitea.seeded == 1


def test_one_whose_making_was_interrupted_is_made_again(gitea: Forge) -> None:
    paths.STORY_SEED.unlink()
    gitea.branches = ["main"]
    repository.ensure()
    assert gitea.seeded == 1


def test_a_branch_that_was_deleted_after_its_merge_comes_back_alone(gitea: Forge, told: list[str]) -> None:
    gitea.branches.remove("feature/update-user")
    repository.ensure()
    assert (gitea.seeded, gitea.pushed) == (0, ["feature/update-user"])
    assert "feature/update-user" in told[0]


def test_an_answer_that_says_nothing_is_asked_for_again(gitea: Forge, told: list[str]) -> None:
    gitea.failing = 3
    repository.ensure()
    assert (gitea.seeded, gitea.pushed) == (0, [])


@pytest.mark.parametrize("branch", ["main", "env/stg"])
def test_where_what_the_story_has_done_is_missing_nothing_is_made_anew_unasked(gitea: Forge, branch: str) -> None:
    gitea.branches.remove(branch)
    with pytest.raises(WorkshopError, match=branch) as caught:
        repository.ensure()
    assert caught.value.fix.startswith("make reset")
    assert (gitea.seeded, gitea.pushed) == (0, [])
