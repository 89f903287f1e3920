"""scripts/bootstrap on machines of which nothing is known: what it lists, and which environment it makes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.machine.conftest import Script
from workshop import paths

SYSTEM = ("cat", "cmp", "dirname", "env", "mkdir", "printf", "rm", "sh", "tail", "touch")
"""What every system has; the rest is up to the test."""


@pytest.fixture(name="clone")
def fixture_clone(tmp_path: Path, script: Script) -> Path:
    """A clone with nothing but what bootstrap reads, and a PATH with the system's small programs."""
    for name in SYSTEM:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name, path="/usr/bin:/bin") or name)
    clone = tmp_path / "clone"
    shutil.copytree(paths.ROOT / "scripts", clone / "scripts")
    for name in ("pyproject.toml", "uv.lock"):
        (clone / name).touch()
        os.utime(clone / name, (0, 0))
    return clone


def bootstrap(clone: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [clone / "scripts" / "bootstrap", *options], capture_output=True, text=True, timeout=30, check=False
    )


def everything(script: Script) -> None:
    """A machine that has it all: its uv writes down what it was asked."""
    for name in ("git", "curl", "make", "python3"):
        script(name, "exit 0")
    script("docker", "echo 28.2.2")
    script("uv", '[ "$1" = --version ] || { echo "$*" "$UV_PYTHON" >> uv-was-asked; mkdir -p .venv/bin; }')


def asked(clone: Path) -> list[str]:
    return [line.strip() for line in (clone / "uv-was-asked").read_text(encoding="utf-8").splitlines()]


def test_everything_that_is_missing_is_listed_at_once_for_each_system(clone: Path, script: Script) -> None:
    script("git", "")
    done = bootstrap(clone, "--check")
    assert done.returncode == 1
    for what in ("curl", "make", "Python 3", "Docker"):
        assert f"✗ {what} não está nesta máquina." in done.stderr
    assert "git" not in done.stderr
    assert "sudo apt-get install curl make python3 python3-venv docker.io" in done.stderr
    assert "sudo dnf install curl make python3 moby-engine" in done.stderr
    assert "brew install curl make python docker-desktop" in done.stderr


def test_a_docker_that_does_not_answer_is_quoted(clone: Path, script: Script) -> None:
    everything(script)
    script("docker", "echo 'permission denied while trying to connect to docker.sock' >&2; exit 1")
    done = bootstrap(clone, "--check")
    assert done.returncode == 1
    assert "permission denied while trying" in done.stderr
    assert "usermod -aG docker" in done.stderr
    assert "apt-get" not in done.stderr


def test_a_machine_that_has_it_all_is_told_so_and_nothing_is_made(clone: Path, script: Script) -> None:
    everything(script)
    done = bootstrap(clone, "--check")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert not (clone / ".venv").exists()


def test_who_runs_the_talk_gets_no_tools_of_maintainers(clone: Path, script: Script) -> None:
    everything(script)
    assert bootstrap(clone).returncode == 0
    assert asked(clone) == ["sync --locked --quiet --no-dev"]


def test_what_maintainers_have_is_enough_for_the_talk_and_stays(clone: Path, script: Script) -> None:
    everything(script)
    for options in ((), ("--dev",), (), ("--dev",)):
        bootstrap(clone, *options)
        python = clone / ".venv" / "bin" / "python"
        python.write_text("#!/bin/sh\n", encoding="utf-8")
        python.chmod(0o755)
    assert asked(clone) == ["sync --locked --quiet --no-dev", "sync --locked --quiet"]


def test_where_python_is_too_old_uv_brings_another(clone: Path, script: Script) -> None:
    everything(script)
    script("python3", 'case $2 in *version_info*) exit 1 ;; esac; [ "$1" != -V ] || echo Python 3.9.6')
    done = bootstrap(clone)
    assert "Python 3.9.6" in done.stderr
    assert asked(clone) == ["sync --locked --quiet --no-dev 3.13"]
