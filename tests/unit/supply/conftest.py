"""An installation of its own, and programs of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workshop import paths


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation in a temporary folder, with a PATH of one folder beside the system's."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "BIN", tmp_path / ".workshop" / "bin")
    monkeypatch.setattr(paths, "BUILD_BIN", tmp_path / ".workshop" / "build" / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    (tmp_path / "tools" / "tool").mkdir(parents=True)
    (tmp_path / "tools" / "tool" / "go.mod").write_text("module tool\n\ngo 1.26.0\n")
    return tmp_path


def script(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path
