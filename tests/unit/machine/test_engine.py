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

ANSWER = """[ "$1" = context ] || echo '{"ServerVersion":"28.2.2","MemTotal":1,"DockerRootDir":"/var/lib/docker"}'"""
STOPPED = "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?' >&2; exit 1"


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
    script("docker", ANSWER)
    assert engine.answers()
    engine.ensure()
    script("docker", "exit 1")
    assert not engine.answers()


@pytest.mark.filterwarnings("ignore:subprocess:ResourceWarning")  # it goes on after us, as it should
def test_the_one_that_we_start_is_ours_and_is_stopped(script: Script, root_without_systemd: Path) -> None:
    script("iptables", "")
    script("docker", f"[ -e {root_without_systemd}/up ] || {{ {STOPPED}; }}; {ANSWER}")
    script("dockerd", f"trap 'kill $!; exit' TERM; /bin/sleep 60 & : > {root_without_systemd}/up; wait")

    engine.ensure()
    assert engine.is_ours()
    engine.stop()

    assert not engine.is_ours()
    assert not engine.PID.exists()


def test_one_that_ends_at_once_says_why(script: Script, root_without_systemd: Path) -> None:
    script("iptables", "")
    script("docker", STOPPED)
    script("dockerd", "echo 'failed to mount overlay: no such device' >&2; exit 1")
    with pytest.raises(WorkshopError, match="dockerd") as caught:
        engine.ensure()
    assert "no such device" in caught.value.details


@pytest.mark.parametrize(
    "said",
    [
        "client version 1.52 is too new. Maximum supported API version is 1.41",
        "Cannot connect to the Docker daemon at unix:///root/.colima/default/docker.sock. Is it running?",
    ],
)
def test_none_is_started_beside_one_that_runs_or_that_was_chosen(
    script: Script, root_without_systemd: Path, said: str
) -> None:
    script("iptables", "")
    script("dockerd", f": > {root_without_systemd}/started")
    script("docker", f"[ $1 = context ] && echo unix:///root/.colima/default/docker.sock || echo '{said}' >&2")
    with pytest.raises(WorkshopError) as caught:
        engine.ensure()
    assert said in caught.value.details
    assert not (root_without_systemd / "started").exists()


def test_a_pid_file_of_another_process_is_no_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid_file = tmp_path / "dockerd.pid"
    pid_file.write_text(str(os.getpid()), encoding="ascii")
    monkeypatch.setattr(engine, "PID", pid_file)
    engine.stop()
    assert not pid_file.exists()
