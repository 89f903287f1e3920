"""Cells that run twice: the pull request that is there, the merge that is done, the one that was closed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from workshop.errors import WorkshopError
from workshop.services import forge
from workshop.story import ci, repository

BRANCH, TIP, MERGE = "feature/update-user", "1" * 40, "2" * 40


class Gitea:
    """As much of the forge as pull requests need."""

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.statuses: list[dict[str, str]] = []
        self.merges = 0

    def checked(self, method: str, path: str, **options: Any) -> Any:
        """As the real one, for the paths that ci uses."""
        found = path.partition("/image-promotion-gitops")[2].strip("/").split("/")
        if found == ["pulls"] and method == "GET":
            return [pull for pull in self.pulls if pull["state"] == options["params"]["state"]]
        if found == ["pulls"]:
            return self.open(options["json"]["head"])
        if found[0] == "commits":
            return {"statuses": self.statuses}
        pull = self.pulls[int(found[1]) - 1]
        pull.update(options.get("json") or {})
        return pull

    def open(self, branch: str) -> dict[str, Any]:
        number = len(self.pulls) + 1
        head = {"ref": branch, "sha": TIP}
        self.pulls.append({"number": number, "html_url": "", "head": head, "state": "open", "merged": False})
        return self.pulls[-1]

    def merge(self, number: int) -> httpx.Response:
        self.merges += 1
        if not self.statuses:
            return httpx.Response(405, json={"message": f"checks, while {self.pulls[number - 1]['state']}"})
        self.pulls[number - 1] |= {"state": "closed", "merged": True, "merge_commit_sha": MERGE}
        return httpx.Response(200)


@pytest.fixture
def gitea(monkeypatch: pytest.MonkeyPatch) -> Gitea:
    made = Gitea()
    monkeypatch.setattr(forge, "checked", made.checked)
    monkeypatch.setattr(ci, "_on_github", lambda: False)
    monkeypatch.setattr(ci, "_try_merge", made.merge)
    monkeypatch.setattr(repository, "head", lambda branch: TIP)
    return made


def quiet(line: str) -> None:
    """Nobody listens."""


def test_an_open_one_is_found_again(gitea: Gitea) -> None:
    assert ci.pull_request(BRANCH, "t", quiet) == ci.pull_request(BRANCH, "t", quiet) == 1


def test_a_merged_one_is_found_until_its_branch_goes_on(gitea: Gitea, monkeypatch: pytest.MonkeyPatch) -> None:
    gitea.open(BRANCH).update(state="closed", merged=True)
    assert ci.pull_request(BRANCH, "t", quiet) == 1
    monkeypatch.setattr(repository, "head", lambda branch: "3" * 40)
    assert ci.pull_request(BRANCH, "t", quiet) == 2


def test_one_that_was_closed_without_a_merge_does_not_count(gitea: Gitea) -> None:
    gitea.open(BRANCH)["state"] = "closed"
    assert ci.pull_request(BRANCH, "t", quiet) == 2


def test_a_merge_that_is_done_is_not_asked_for_again(gitea: Gitea) -> None:
    gitea.open(BRANCH)
    gitea.statuses.append({"context": repository.CI_CONTEXT, "status": "success"})
    assert ci.merge(1, quiet) == ci.merge(1, quiet) == MERGE
    assert gitea.merges == 1


def test_a_refused_one_is_refused_again_in_the_same_words(gitea: Gitea) -> None:
    gitea.open("feature/add-button")
    told: list[str] = []
    ci.refused_merge(1, told.append)
    assert gitea.pulls[0]["state"] == "closed"
    ci.refused_merge(1, told.append)
    assert told[0] == told[1]
    assert "while open" in told[0]


def test_a_refusal_that_does_not_come_is_an_error(gitea: Gitea) -> None:
    gitea.open(BRANCH)
    gitea.statuses.append({"context": repository.CI_CONTEXT, "status": "success"})
    with pytest.raises(WorkshopError, match="merged with a failed check"):
        ci.refused_merge(1, quiet)


@pytest.mark.parametrize(
    ("statuses", "passed"),
    [
        ([], False),
        ([{"context": repository.CI_CONTEXT, "status": "pending"}], False),
        ([{"context": "other", "status": "success"}], False),
        ([{"context": repository.CI_CONTEXT, "status": "success"}], True),
    ],
)
def test_passed_is_what_the_forge_keeps_of_this_commit(
    gitea: Gitea, statuses: list[dict[str, str]], passed: bool
) -> None:
    gitea.open(BRANCH)
    gitea.statuses = statuses
    assert ci.have_passed(1) is passed


def test_only_pull_requests_of_the_story_are_closed(gitea: Gitea) -> None:
    for branch in (BRANCH, "feature/error", "feature/of-an-attendee"):
        gitea.open(branch)
    told: list[str] = []
    ci.close_all({"feature/error", "feature/fix"}, told.append)
    assert [pull["state"] for pull in gitea.pulls] == ["open", "closed", "open"]
    assert len(told) == 1
