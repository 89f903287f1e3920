"""Unplugged: the live tests run, the rehearsal among them, where nothing leads out of any process or container."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop import paths, process
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import engine, offline
from workshop.shell import docker

pytestmark = [
    pytest.mark.phase(Phase.BESIDE),
    pytest.mark.skipif(offline.MARK not in os.environ, reason="with a network: `workshop offline` says why"),
    pytest.mark.timeout(300),
]
OUTSIDE = ("192.0.2.1", 443)
"""An address that belongs to nobody: https://www.rfc-editor.org/rfc/rfc5737"""
IMAGE = config.versions()["images"]["backend-tools"]["name"]
TOOL = "kustomize"


def test_this_process_has_no_way_out() -> None:
    with pytest.raises(OSError, match="unreachable"):
        socket.create_connection(OUTSIDE, timeout=5)


def test_a_container_has_no_way_out() -> None:
    program = f"import socket; socket.create_connection({OUTSIDE!r}, timeout=5)"
    with pytest.raises(WorkshopError) as caught:
        docker.change("run", "--rm", "--entrypoint", "python3", IMAGE, "-c", program)
    assert any(words in caught.value.details for words in ("unreachable", "timed out", "No route"))


def test_the_rehearsal_was_made_without_a_network(rehearsal: Rehearsal) -> None:
    assert engine.is_ours(), "the engine runs in here"
    assert rehearsal.report["ok"]


def test_what_is_missing_from_the_supply_is_named(tmp_path: Path) -> None:
    """A tool that is gone, and a module cache that could have built it: nothing but its name can be had."""
    own, aside = paths.BIN / TOOL, tmp_path / TOOL
    shutil.move(own, aside)
    try:
        done = process.run(
            [paths.ROOT / ".venv/bin/workshop", "supply", TOOL],
            env={**os.environ, "GOMODCACHE": str(tmp_path / "modules")}, limit=200, check=False,
        )  # fmt: skip
    finally:
        shutil.move(aside, own)
    assert done.code == 1
    assert TOOL in done.out + done.err
    assert "Traceback" not in done.err
