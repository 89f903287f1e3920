"""Whether the story was made from this very tree."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from workshop import paths
from workshop.story import branches, repository


@pytest.fixture(name="tree")
def fixture_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with an application and patches, and a story that was seeded from it."""
    patches = tmp_path / "workshop/story/patches"
    for file in ("app/main.py", "frontend/index.html", "k8s/base.yaml", "workshop/story/patches/error.patch"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(file, encoding="utf-8")
    (tmp_path / ".gitignore").write_text("*.log\n", encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "STORY_SEED", tmp_path / "story.seed")
    monkeypatch.setattr(branches, "PATCHES", patches)
    paths.STORY_SEED.write_text(repository.fingerprint(), encoding="utf-8")
    return tmp_path


def test_the_same_tree_is_not_outdated(tree: Path) -> None:
    (tree / "app/debug.log").write_text("git ignores it", encoding="utf-8")
    (tree / "README.md").write_text("no part of the story", encoding="utf-8")
    assert not repository.is_outdated()


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: (tree / "app/main.py").write_text("changed", encoding="utf-8"),
        lambda tree: (tree / "app/main.py").chmod(0o755),
        lambda tree: (tree / "frontend/index.html").unlink(),
        lambda tree: (tree / "k8s/new.yaml").write_text("", encoding="utf-8"),
        lambda tree: (tree / "workshop/story/patches/error.patch").write_text("", encoding="utf-8"),
        lambda tree: (tree / "story.seed").unlink(),
    ],
    ids=["content", "mode", "removed", "new", "patch", "seeded by an earlier version"],
)
def test_a_change_of_the_tree_is_noticed(tree: Path, change: Callable[[Path], object]) -> None:
    change(tree)
    assert repository.is_outdated()
