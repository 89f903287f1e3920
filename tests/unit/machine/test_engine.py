"""The container engine: used as it is, started where it may be, stopped only where it is ours."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.machine.conftest import Script
from workshop import voice
from workshop.errors import WorkshopError
from workshop.machine import engine, refusals


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with voice.unheard():
        yield


@pytest.fixture(name="root_without_systemd")
def fixture_root_without_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Debian where we are root and start dockerd ourselves; its folder for logs and pid files."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "debian"})
    monkeypatch.setattr(refusals, "SYSTEMD", tmp_path / "none")
    for name, file in {"SYSTEM_PID": "docker.pid", "PID": "dockerd.pid", "LOG": "log"}.items():
        monkeypatch.setattr(engine, name, tmp_path / file)
    return tmp_path


def test_docker_that_answers_is_used_as_it_is(script: Script) -> None:
    assert not engine.answers()
    script("docker", "echo 28.2.2")
    assert engine.answers()
    engine.ensure()
    script("docker", "exit 1")
    assert not engine.answers()


@pytest.mark.filterwarnings("ignore:subprocess:ResourceWarning")  # it goes on after us, as it should
def test_the_one_that_we_start_is_ours_and_is_stopped(script: Script, root_without_systemd: Path) -> None:
    script("iptables", "")
    script("docker", f"[ -e {root_without_systemd}/up ] && echo 20.10.24")
    script("dockerd", f"trap 'kill $!; exit' TERM; /bin/sleep 60 & : > {root_without_systemd}/up; wait")

    engine.ensure()
    assert engine.is_ours()
    engine.stop()

    assert not engine.is_ours()
    assert not engine.PID.exists()


def test_one_that_ends_at_once_says_why(script: Script, root_without_systemd: Path) -> None:
    script("iptables", "")
    script("docker", "exit 1")
    script("dockerd", "echo 'failed to mount overlay: no such device' >&2; exit 1")
    with pytest.raises(WorkshopError, match="dockerd") as caught:
        engine.ensure()
    assert "no such device" in caught.value.details


def test_a_pid_file_of_another_process_is_no_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid_file = tmp_path / "dockerd.pid"
    pid_file.write_text(str(os.getpid()), encoding="ascii")
    monkeypatch.setattr(engine, "PID", pid_file)
    engine.stop()
    assert not pid_file.exists()
