"""Cells that run twice: the pull request that is there, the merge that is done, the one that was closed."""

from __future__ import annotations

import pytest

from tests.unit.story.gitea import NEW, TIP, Gitea
from workshop.errors import WorkshopError
from workshop.story import ci, repository

BRANCH = "feature/update-user"


@pytest.fixture(name="gitea")
def fixture_gitea(monkeypatch: pytest.MonkeyPatch) -> Gitea:
    return Gitea().install(monkeypatch)


def test_an_open_one_is_found_again(gitea: Gitea) -> None:
    assert ci.pull_request(BRANCH, "t") == ci.pull_request(BRANCH, "t") == 1


def test_a_merged_one_is_found_until_its_branch_goes_on(gitea: Gitea) -> None:
    gitea.open(BRANCH).update(state="closed", merged=True)
    assert ci.pull_request(BRANCH, "t") == 1
    gitea.tips[BRANCH] = "3" * 40
    assert ci.pull_request(BRANCH, "t") == 2


def test_one_that_was_closed_without_a_merge_does_not_count(gitea: Gitea) -> None:
    gitea.open(BRANCH)["state"] = "closed"
    assert ci.pull_request(BRANCH, "t") == 2


def test_a_merge_that_is_done_is_not_asked_for_again(gitea: Gitea) -> None:
    gitea.open(BRANCH)
    gitea.passed(BRANCH)
    assert ci.merge(1) == ci.merge(1) == NEW
    assert gitea.asked_to_merge == 1


def test_a_merge_that_is_refused_is_told_in_the_forges_words(gitea: Gitea) -> None:
    gitea.open(BRANCH)
    with pytest.raises(WorkshopError, match=r"O Gitea recusou o merge do pull request #1\.") as refusal:
        ci.merge(1)
    assert refusal.value.details == "checks, while open"


def test_a_refused_one_is_refused_again_in_the_same_words(gitea: Gitea, told: list[str]) -> None:
    gitea.open("feature/add-button")
    ci.refused_merge(1)
    assert gitea.pulls[0]["state"] == "closed"
    ci.refused_merge(1)
    assert told[0] == told[1]
    assert "while open" in told[0]


def test_a_refusal_that_does_not_come_is_an_error(gitea: Gitea) -> None:
    gitea.open(BRANCH)
    gitea.passed(BRANCH)
    with pytest.raises(WorkshopError, match="com uma verificação que falhou"):
        ci.refused_merge(1)


@pytest.mark.parametrize(
    ("said", "passed"),
    [
        ([], False),
        ([(repository.CI_CONTEXT, "pending")], False),
        ([("other", "success")], False),
        ([(repository.CI_CONTEXT, "success")], True),
    ],
)
def test_passed_is_what_the_forge_keeps_of_this_commit(gitea: Gitea, said: list[tuple[str, str]], passed: bool) -> None:
    gitea.open(BRANCH)
    for context, status in said:
        gitea.say_of(TIP, context, status)
    assert ci.have_passed(1) is passed


def test_only_pull_requests_of_the_story_are_closed(gitea: Gitea, told: list[str]) -> None:
    for branch in (BRANCH, "feature/error", "feature/of-an-attendee"):
        gitea.open(branch)
    ci.close_all({"feature/error", "feature/fix"})
    assert [pull["state"] for pull in gitea.pulls] == ["open", "closed", "open"]
    assert len(told) == 1
