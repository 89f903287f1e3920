"""A namespace without a way out: nothing leads out of it, nothing of it stays, and where it cannot be is said."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from workshop import process
from workshop.machine import engine, offline

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "ip"))), reason="namespaces take root's rights"
)


def inside(tmp_path: Path, script: str) -> process.Done:
    command = offline.isolated(["sh", "-c", script], data_root=tmp_path / "engine")
    return process.run(command, cwd=tmp_path, check=False)


@needs_root
def test_nothing_leads_out_and_this_machine_answers_itself(tmp_path: Path) -> None:
    done = inside(tmp_path, "ip route; ip -brief address show lo; test -e /run/docker.sock; echo $? $UNPLUGGED")
    assert done.ok, done.err
    loopback, *rest = done.out.splitlines()
    assert "127.0.0.1/8" in loopback
    assert rest == ["1 true"]


@needs_root
def test_the_engine_finds_its_data_there(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "image").touch()
    assert inside(tmp_path, "ls /var/lib/docker").out == "image\n"


@needs_root
def test_the_exit_code_is_the_commands_and_what_it_left_running_ends(tmp_path: Path) -> None:
    done = inside(tmp_path, "sleep 297 >/dev/null 2>&1 & exit 7")
    assert done.code == 7
    deadline = time.monotonic() + 10
    while (left := _running("sleep\0297")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def _running(command: str) -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if file.read_text(encoding="utf-8", errors="replace").startswith(command):
                found.append(file.parent.name)
        except OSError:
            continue
    return found


def test_without_roots_rights_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    wrong = offline.obstacle()
    assert wrong is not None
    assert wrong.fix == "sudo -s"


def test_an_engine_of_somebody_else_stays_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("docker", "unshare", "ip"):
        (tmp_path / name).write_text('#!/bin/sh\necho \'{"ServerVersion":"28"}\'\n', encoding="ascii")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(engine, "PID", tmp_path / "dockerd.pid")
    wrong = offline.obstacle()
    assert wrong is not None
    assert "systemctl stop" in wrong.fix
