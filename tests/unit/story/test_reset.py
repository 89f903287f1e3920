"""Back to the start: what is kept from one time to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from workshop import paths
from workshop.story import repository


@pytest.fixture(name="tree")
def fixture_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A tree whose fingerprint is the first entry; each writing of its repository adds one."""
    entries = ["one"]
    monkeypatch.setattr(paths, "STORY_WRITTEN", tmp_path / "written")
    monkeypatch.setattr(repository, "fingerprint", lambda: entries[0])

    def write(folder: Path) -> None:
        entries.append("written")
        (folder / ".git").mkdir()

    monkeypatch.setattr(repository, "write", write)
    return entries


def test_the_repository_is_written_once_for_a_tree(tree: list[str]) -> None:
    assert repository.written() == repository.written() == paths.STORY_WRITTEN
    assert tree[1:] == ["written"]
    tree[0] = "two"
    repository.written()
    assert tree[1:] == ["written", "written"]


def test_one_that_was_interrupted_is_written_again(tree: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = repository.write

    def interrupted(folder: Path) -> None:
        whole(folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(repository, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        repository.written()
    monkeypatch.setattr(repository, "write", whole)
    repository.written()
    assert tree[1:] == ["written", "written"]
