"""Secrets: made once, at random, readable by their owner alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from workshop import paths, secrets


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "SECRETS", tmp_path / "secrets")
    return tmp_path / "secrets"


def test_a_secret_is_made_once_and_stays(folder: Path) -> None:
    first = secrets.read("postgres")
    assert len(first) >= 32
    assert secrets.read("postgres") == first
    assert secrets.read("another") != first


def test_nobody_else_can_read_it(folder: Path) -> None:
    assert secrets.path("postgres").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_value_replaces_the_older_one_whole(folder: Path) -> None:
    secrets.store("token", "old")
    secrets.store("token", "new")
    assert secrets.read("token") == "new"
    assert [file.name for file in folder.iterdir()] == ["token"]
