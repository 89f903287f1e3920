"""Back to the start: what is kept from one time to the next, and what is hurried."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.delivery.story_kargo import StoryKargo
from workshop import settings as config
from workshop.delivery import demo, story
from workshop.errors import WorkshopError

FIRST, NEW = "aaaaaaaa", "bbbbbbbb"


@pytest.fixture(name="tree")
def fixture_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A tree whose fingerprint is the first entry; each writing of its repository adds one."""
    entries = ["one"]
    monkeypatch.setattr(config, "STORY_WRITTEN", tmp_path / "written")
    monkeypatch.setattr(story, "_fingerprint", lambda: entries[0])

    def write(folder: Path) -> None:
        entries.append("written")
        (folder / ".git").mkdir()

    monkeypatch.setattr(story, "write", write)
    return entries


def test_the_repository_is_written_once_for_a_tree(tree: list[str]) -> None:
    assert story.written() == story.written() == config.STORY_WRITTEN
    assert tree[1:] == ["written"]
    tree[0] = "two"
    story.written()
    assert tree[1:] == ["written", "written"]


def test_one_that_was_interrupted_is_written_again(tree: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = story.write

    def interrupted(folder: Path) -> None:
        whole(folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(story, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        story.written()
    monkeypatch.setattr(story, "write", whole)
    story.written()
    assert tree[1:] == ["written", "written"]


@pytest.fixture(name="hurry")
def fixture_hurry(monkeypatch: pytest.MonkeyPatch) -> Callable[[StoryKargo], list[tuple[str, str]]]:
    """Hurry with that Kargo; returns what Argo CD was asked for."""
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(story, "first", lambda: FIRST * 5)
    monkeypatch.setattr(story, "rendered", lambda stage, tag: f"{stage}-{tag}")
    monkeypatch.setattr(demo.argocd, "deploy_again", lambda stage, commit: asked.append((stage, commit)))

    def hurry(kargo: StoryKargo) -> list[tuple[str, str]]:
        kargo.install(monkeypatch)
        demo._hurry()
        return asked

    return hurry


def test_stages_that_argo_cd_leaves_alone_are_hurried(hurry: Callable[[StoryKargo], list[tuple[str, str]]]) -> None:
    kargo = StoryKargo({"dev": NEW, "stg": NEW, "prod": NEW}, [FIRST, NEW])
    assert hurry(kargo) == [("stg", f"stg-{FIRST}"), ("prod", f"prod-{FIRST}")]


def test_where_something_is_under_way_or_nothing_to_do_nobody_interferes(
    hurry: Callable[[StoryKargo], list[tuple[str, str]]],
) -> None:
    kargo = StoryKargo({"dev": NEW, "stg": NEW, "prod": FIRST}, [FIRST, NEW])
    kargo.add("stg", f"f-{NEW}", "Running")
    assert hurry(kargo) == []


def test_a_hurry_that_fails_does_not_stop_the_reset(
    hurry: Callable[[StoryKargo], list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> str:
        raise WorkshopError("no repository")

    monkeypatch.setattr(story, "first", refuse)
    assert hurry(StoryKargo({"stg": NEW}, [FIRST, NEW])) == []
