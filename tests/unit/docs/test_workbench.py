"""What site and slides are made with: used where it is there, else a sentence with the command that brings it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workshop import paths
from workshop import settings as config
from workshop.docs import workbench
from workshop.errors import WorkshopError

VERSION = config.versions()["crates"]["presenterm"]["version"]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, empty; nothing of the workshop's own is there either, and one is nobody special."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(paths, "BIN", tmp_path / "bin")
    monkeypatch.setattr(paths, "DOCS_WORK", tmp_path)
    monkeypatch.setattr(workbench, "_MERMAID", tmp_path / "mermaid")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return folder


def program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    file.chmod(0o755)


def test_without_cargo_presenterm_is_a_sentence(path: Path) -> None:
    with pytest.raises(WorkshopError, match=f"presenterm {VERSION}") as raised:
        workbench.presenterm()
    assert "make slides" in raised.value.fix


def test_presenterm_of_the_pinned_version_is_used(path: Path) -> None:
    program(path, "presenterm", "echo presenterm 0.0.1")
    assert workbench.presenterm_in_place() is None
    program(path, "presenterm", f"echo presenterm {VERSION}")
    assert workbench.presenterm() == path / "presenterm"


def test_where_cargo_fails_its_last_words_are_shown(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workbench, "CARGO_LOG", paths.LOGS / "presenterm-test.log")
    program(path, "cargo", "echo error: no rustc >&2; exit 101")
    with pytest.raises(WorkshopError) as raised:
        workbench.presenterm()
    assert raised.value.details.splitlines()[-1] == "error: no rustc"
    workbench.CARGO_LOG.unlink()


def test_without_npm_mermaid_is_a_sentence(path: Path) -> None:
    with pytest.raises(WorkshopError, match="npm") as raised:
        workbench.mermaid()
    assert raised.value.fix == "sudo apt-get install npm"


def test_mermaid_is_kept_for_as_long_as_its_lock_is_the_same(path: Path) -> None:
    made = "mkdir -p node_modules/mermaid/dist; echo drawn > node_modules/mermaid/dist/mermaid.min.js"
    program(path, "npm", f"PATH=/usr/bin:/bin; {made}")
    bundle = workbench.mermaid()
    assert bundle.read_text(encoding="ascii") == "drawn\n"
    (path / "npm").unlink()
    assert workbench.mermaid() == bundle, "npm is gone, and was not needed"
    (bundle.parent / workbench.NPM_LOCK).write_text("{}", encoding="ascii")
    with pytest.raises(WorkshopError):
        workbench.mermaid()
