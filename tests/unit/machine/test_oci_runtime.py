"""The runtime wrapper: one capability less than it was asked for, and otherwise runc."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from workshop.machine import oci_runtime

ASKED = {"capabilities": {"bounding": ["CAP_CHOWN", "CAP_SYS_RESOURCE"], "effective": ["CAP_SYS_RESOURCE"]}}
GIVEN = {"capabilities": {"bounding": ["CAP_CHOWN"], "effective": []}}


def run(arguments: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wrapper in a folder; it becomes runc with the very same arguments."""
    became: list[tuple[str, list[str]]] = []
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["oci_runtime.py", *arguments])
    monkeypatch.setattr(os, "execv", lambda program, command: became.append((program, command)))
    oci_runtime.main()
    assert became == [(oci_runtime.RUNC, [oci_runtime.RUNC, *arguments])]


@pytest.mark.parametrize(
    ("arguments", "bundle"),
    [
        (["--root", "/r", "create", "--bundle", "b", "id"], "b"),
        (["create", "--bundle=b", "id"], "b"),
        (["run", "-b", "b", "id"], "b"),
        (["run", "id"], "."),
    ],
)
def test_a_container_is_made_without_the_capability(
    arguments: list[str], bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").mkdir()
    config = tmp_path / bundle / "config.json"
    config.write_text(json.dumps({"process": ASKED, "hostname": "node"}), encoding="utf-8")
    run(arguments, tmp_path, monkeypatch)
    assert json.loads(config.read_text(encoding="utf-8")) == {"process": GIVEN, "hostname": "node"}


def test_a_command_in_a_container_is_run_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = tmp_path / "process.json"
    process.write_text(json.dumps({**ASKED, "args": ["sh"]}), encoding="utf-8")
    run(["exec", "--process", "process.json", "id"], tmp_path, monkeypatch)
    assert json.loads(process.read_text(encoding="utf-8")) == {**GIVEN, "args": ["sh"]}


@pytest.mark.parametrize("arguments", [["delete", "id"], ["exec", "id", "ls"], ["create", "--bundle", "none", "id"]])
def test_everything_else_goes_through(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(arguments, tmp_path, monkeypatch)
