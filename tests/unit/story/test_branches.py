"""The story's patches: they apply, they add up to this tree, and they can be re-made."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from workshop.errors import WorkshopError
from workshop.paths import ROOT
from workshop.story import branches
from workshop.story.branches import BRANCHES, COMPONENTS, START, start_tree

UPDATE, DELETE, ERROR, FIX, RED = BRANCHES
MAILBOXES = branches.PATCHES
"""Where the patches are, whatever a test says."""


def git(folder: Path, *arguments: str) -> str:
    """Git as a user of ours, whoever runs the tests."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@workshop.local", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def contents(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Each file of app/ and frontend/ with its bytes and whether it can be executed."""
    return {
        str(file.relative_to(folder)): (file.read_bytes(), bool(file.stat().st_mode & 0o100))
        for component in COMPONENTS
        for file in (folder / component).rglob("*")
        if file.is_file()
    }


@pytest.fixture(scope="module", name="full")
def fixture_full(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, bool]]:
    """app/ and frontend/ of this tree."""
    target = tmp_path_factory.mktemp("full")
    branches.copy_components(ROOT, target)
    return contents(target)


@pytest.fixture(name="story")
def fixture_story(tmp_path: Path) -> Path:
    """A repository at the start of the story, as the workshop makes one: not at a repository's top."""
    story = tmp_path / "story"
    story.mkdir()
    git(story, "init", "--quiet", "--initial-branch", START)
    start_tree(ROOT, story)
    git(story, "add", "--all")
    git(story, "commit", "--quiet", "--message", "start")
    return story


@pytest.mark.parametrize("order", [(UPDATE, DELETE), (DELETE, UPDATE)], ids=lambda order: order[0].name)
def test_start_and_both_features_are_this_tree(
    story: Path, full: dict[str, tuple[bytes, bool]], order: tuple[branches.Branch, ...]
) -> None:
    assert contents(story) != full

    for branch in order:
        git(story, "am", "--3way", str(branch.patch))

    assert contents(story) == full


def test_the_features_merge(story: Path, full: dict[str, tuple[bytes, bool]]) -> None:
    for branch in (UPDATE, DELETE):
        git(story, "switch", "--quiet", "--create", branch.name, START)
        git(story, "am", "--3way", str(branch.patch))
    git(story, "merge", "--quiet", "--no-edit", UPDATE.name)

    assert contents(story) == full


@pytest.mark.parametrize("features", [(UPDATE,), (UPDATE, DELETE), (DELETE, UPDATE)], ids=len)
def test_error_and_fix_apply_with_and_without_delete(story: Path, features: tuple[branches.Branch, ...]) -> None:
    for branch in (*features, ERROR, FIX):
        git(story, "am", "--3way", str(branch.patch))

    assert "print(" in (story / "app/src/users_api/services/audit.py").read_text()


@pytest.mark.parametrize("branch", BRANCHES, ids=lambda branch: branch.name)
def test_one_commit_per_component(branch: branches.Branch) -> None:
    mailbox = branch.patch.read_text(encoding="utf-8")

    subjects = re.findall(r"^Subject: \[PATCH] (.*)$", mailbox, re.MULTILINE)
    assert all(re.fullmatch(r"(feat|fix)\((backend|frontend)\): .{5,60}", subject) for subject in subjects)
    assert len(subjects) == (1 if branch in (FIX, RED) else 2)
    assert set(re.findall(r"^From: (.*)$", mailbox, re.MULTILINE)) == {"Workshop <workshop@workshop.local>"}
    for commit in mailbox.split("\nFrom 0000"):
        folders = set(re.findall(r"^diff --git a/(\w+)/", commit, re.MULTILINE))
        assert len(folders) == 1


def test_error_and_fix_are_small() -> None:
    for branch in (ERROR, FIX):
        changed = re.findall(r"^[+-](?![+-]{2} )", branch.patch.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(changed) < 150


def test_the_error_needs_a_file_and_the_fix_does_not() -> None:
    assert '+    audit_log: Path = Path("/var/log/users-api/audit.jsonl")' in ERROR.patch.read_text()
    assert '-    audit_log: Path = Path("/var/log/users-api/audit.jsonl")' in FIX.patch.read_text()


def test_the_branch_that_is_there_to_be_refused_brings_no_test_that_knows() -> None:
    assert "frontend/src/" in RED.patch.read_text(encoding="utf-8")
    assert "/tests/" not in RED.patch.read_text(encoding="utf-8")


def test_the_patches_are_as_remake_makes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {branch.patch.name: branch.patch.read_bytes() for branch in BRANCHES}
    for name, mailbox in before.items():
        (tmp_path / name).write_bytes(mailbox)
    monkeypatch.setattr(branches, "PATCHES", tmp_path)

    assert branches.remake() == []
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


@pytest.fixture(name="changed_source")
def fixture_changed_source(tmp_path: Path) -> Path:
    """Another repository with the full application, to be changed."""
    source = tmp_path / "source"
    source.mkdir()
    git(source, "init", "--quiet")
    branches.copy_components(ROOT, source)
    return source


def test_remake_follows_a_change_beside_the_features(
    tmp_path: Path, changed_source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for branch in BRANCHES:
        (tmp_path / branch.patch.name).write_bytes(branch.patch.read_bytes())
    monkeypatch.setattr(branches, "PATCHES", tmp_path)
    service = changed_source / "app/src/users_api/services/users.py"
    service.write_text(service.read_text().replace('"""What can be done with users."""', '"""Changed."""'))

    # Only the blobs that the patches name are other ones now.
    assert branches.remake(changed_source) == [branch.patch.name for branch in (UPDATE, DELETE, ERROR)]
    assert branches.remake(changed_source) == []


def test_a_change_inside_a_feature_is_a_sentence_and_breaks_nothing(
    tmp_path: Path, changed_source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for branch in BRANCHES:
        (tmp_path / branch.patch.name).write_bytes(branch.patch.read_bytes())
    monkeypatch.setattr(branches, "PATCHES", tmp_path)
    service = changed_source / "app/src/users_api/services/users.py"
    service.write_text(service.read_text().replace("Remove a user for good.", "Gone."))

    with pytest.raises(WorkshopError, match="feature/delete-user já não sai de app/ e frontend/") as failure:
        branches.remake(changed_source)
    assert "services/users.py" in str(failure.value)
    assert DELETE.patch.read_bytes() == (MAILBOXES / "delete-user.patch").read_bytes()


def test_the_source_is_never_its_own_target(changed_source: Path) -> None:
    with pytest.raises(WorkshopError, match="é a própria origem"):
        start_tree(changed_source, changed_source)
    assert (changed_source / "app/Dockerfile").exists()


def test_what_git_ignores_stays_behind(changed_source: Path, tmp_path: Path) -> None:
    (changed_source / ".gitignore").write_text("node_modules/\n")
    (changed_source / "frontend/node_modules").mkdir()
    (changed_source / "frontend/node_modules/big.js").write_text("")
    target = tmp_path / "target"

    start_tree(changed_source, target)

    assert not (target / "frontend/node_modules").exists()
    assert (target / "frontend/package.json").exists()
