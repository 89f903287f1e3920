"""As much of the forge as pull requests need, in memory."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from workshop.services import forge
from workshop.story import repository

FIRST, NEW, LATER = "a" * 40, "b" * 40, "c" * 40
"""The commits that `main` is at when it has nothing of the story, its first change, and more."""
TIP = "1" * 40
"""Of every branch, as long as nobody says otherwise."""


class Gitea:
    """Its pull requests, what is said of each commit, and the branches that `main` has taken."""

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.statuses: dict[str, list[dict[str, str]]] = {}
        self.merged: list[str] = []
        self.tips: dict[str, str] = {}
        self.asked_to_merge = 0

    def install(self, monkeypatch: pytest.MonkeyPatch) -> Gitea:
        """Be what the package sees as the forge, and as what its clone says of it."""
        monkeypatch.setattr(forge, "checked", self.checked)
        monkeypatch.setattr(forge, "call", self.call)
        monkeypatch.setattr(repository, "head", self.head)
        monkeypatch.setattr(repository, "first", lambda: FIRST)
        monkeypatch.setattr(repository, "merged", lambda: set(self.merged))
        return self

    def head(self, branch: str = "main") -> str:
        """The commit that a branch is at."""
        return (FIRST, NEW, LATER, LATER)[len(self.merged)] if branch == "main" else self.tips.get(branch, TIP)

    def passed(self, branch: str) -> None:
        """Have the checks of that branch's commit pass."""
        self.say_of(self.head(branch), repository.CI_CONTEXT, "success")

    def say_of(self, commit: str, context: str, status: str) -> None:
        """Note a status of a commit."""
        self.statuses.setdefault(commit, []).append({"context": context, "status": status})

    def open(self, branch: str) -> dict[str, Any]:
        """A new pull request."""
        head = {"ref": branch, "sha": self.head(branch)}
        pull = {"number": len(self.pulls) + 1, "html_url": "", "head": head, "state": "open", "merged": False}
        self.pulls.append(pull)
        return pull

    def checked(self, method: str, path: str, **options: Any) -> Any:
        """As the real one, for the paths that the story uses."""
        found = path.partition("/image-promotion-gitops")[2].strip("/").split("/")
        if found == ["pulls"] and method == "GET":
            return [pull for pull in self.pulls if pull["state"] == options["params"]["state"]]
        if found == ["pulls"]:
            return self.open(options["json"]["head"])
        if found[0] == "commits":
            return {"statuses": self.statuses.get(found[1], [])}
        if found[0] == "statuses":
            return self.say_of(found[1], options["json"]["context"], options["json"]["state"])
        pull = self.pulls[int(found[1]) - 1]
        pull.update(options.get("json") or {})
        return pull

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The same for a merge, which it may refuse."""
        assert path.endswith("/merge"), path
        self.asked_to_merge += 1
        pull = self.pulls[int(path.split("/")[-2]) - 1]
        if not any(said["status"] == "success" for said in self.statuses.get(pull["head"]["sha"], [])):
            return httpx.Response(405, json={"message": f"checks, while {pull['state']}"})
        self.merged.append(pull["head"]["ref"])
        pull.update(state="closed", merged=True, merge_commit_sha=self.head())
        return httpx.Response(200)
