"""What the presenter changed by hand in the clone of the story is never lost, and is told where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from workshop.shell import Tool, git
from workshop.story import presenter


@pytest.fixture(name="clone")
def fixture_clone(tmp_path: Path) -> Path:
    """A clone of a repository with one commit on main."""
    for command in (
        ("init", "--quiet", "--bare", "--initial-branch", "main", str(tmp_path / "forge")),
        ("clone", "--quiet", str(tmp_path / "forge"), str(tmp_path / "story")),
    ):
        git.text(*command)
    clone = tmp_path / "story"
    story = git.within(clone)
    story.text("config", "user.name", "Ana")
    story.text("config", "user.email", "ana@example.org")
    commit(story, clone, "first")
    story.text("push", "--quiet", "origin", "HEAD:main")
    story.text("fetch", "--quiet", "origin")
    return clone


def commit(story: Tool, clone: Path, text: str) -> None:
    (clone / "page.txt").write_text(text, encoding="utf-8")
    story.text("add", "--all")
    story.text("commit", "--quiet", "--message", text)


def test_a_clone_as_it_was_is_left_alone(clone: Path, told: list[str]) -> None:
    presenter.keep(clone, "main")
    presenter.put_aside(clone)
    assert told == []
    assert not clone.exists()


def test_what_is_in_no_commit_can_be_had_back(clone: Path, told: list[str]) -> None:
    (clone / "page.txt").write_text("mine", encoding="utf-8")
    (clone / "new.txt").write_text("mine, too", encoding="utf-8")
    presenter.keep(clone, "main")
    assert (clone / "page.txt").read_text(encoding="utf-8") == "first"
    assert "git -C" in told[0]
    assert "stash pop" in told[0]
    git.within(clone).text("stash", "pop", "--quiet")
    assert (clone / "page.txt").read_text(encoding="utf-8") == "mine"
    assert (clone / "new.txt").exists()


def test_commits_that_nobody_else_has_stay_on_a_branch(clone: Path, told: list[str]) -> None:
    story = git.within(clone)
    commit(story, clone, "mine")
    own = story.text("rev-parse", "HEAD").strip()
    presenter.keep(clone, "main")
    story.text("switch", "--quiet", "--force-create", "main", "origin/main")
    assert f"meu/{own[:8]}" in told[0]
    assert story.text("rev-parse", f"meu/{own[:8]}").strip() == own
    presenter.keep(clone, "main")
    assert len(told) == 1, "it is told once"


def test_a_clone_in_which_something_was_kept_goes_aside(clone: Path, told: list[str]) -> None:
    (clone / "page.txt").write_text("mine", encoding="utf-8")
    presenter.keep(clone, "main")
    presenter.put_aside(clone)
    assert not clone.exists()
    (kept,) = clone.parent.glob("story.2*")
    assert str(kept.name) in told[-1]
    assert "stash@{0}" in git.within(kept).text("stash", "list")
