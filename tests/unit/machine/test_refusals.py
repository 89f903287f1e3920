"""What Docker says where it does not work, and what people are told then."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.unit.machine.conftest import Script
from workshop.errors import WorkshopError
from workshop.machine import apt, engine, refusals

PERMISSION = (
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
    'Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.47/info": dial unix /var/run/docker.sock: connect: permission denied'
)
WSL = (
    "The command 'docker' could not be found in this WSL 2 distro.\n"
    "We recommend to activate the WSL integration in Docker Desktop settings."
)
PODMAN = (
    "Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg.\n"
    'Error: template: info:1:2: executing "info" at <.ServerVersion>: can\'t evaluate field ServerVersion'
)
TOO_NEW = "Error response from daemon: client version 1.52 is too new. Maximum supported API version is 1.41"
CONTEXT = 'Failed to initialize: unable to resolve docker endpoint: context "colima": context not found: open /x'
STOPPED = "Cannot connect to the Docker daemon at unix://%s. Is the docker daemon running?"


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not root, on a Linux with systemd."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(refusals, "SYSTEMD", tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("USER", "ana")


@pytest.mark.parametrize(
    ("said", "message", "fix"),
    [
        (PERMISSION, "não pode usá-lo", "sudo usermod -aG docker ana"),
        (WSL, "WSL", "WSL integration"),
        (PODMAN, "podman", "Docker Engine"),
        (TOO_NEW, "mais novo", "export DOCKER_API_VERSION=1.41"),
        (CONTEXT, "contexto", "docker context use default"),
        (STOPPED % "/var/run/docker.sock", "não está rodando", "sudo systemctl start docker"),
        (STOPPED % "/home/ana/.docker/desktop/docker.sock", "não está rodando", "--user start docker-desktop"),
        (STOPPED % "/run/user/1000/docker.sock", "não está rodando", "systemctl --user start docker"),
        (STOPPED % "/Users/ana/.colima/default/docker.sock", "não está rodando", "colima start"),
        (STOPPED % "/Users/ana/.orbstack/run/docker.sock", "não está rodando", "orb start"),
        ("something nobody has seen", "não responde", "sudo systemctl start docker"),
    ],
)
def test_its_own_words_are_quoted_and_choose_what_helps(script: Script, said: str, message: str, fix: str) -> None:
    script("docker", f"cat >&2 <<'END'\n{said}\nEND\nexit 1".replace("cat", "/bin/cat"))
    with pytest.raises(WorkshopError, match=message) as caught:
        engine.ensure()
    assert fix in caught.value.fix
    assert caught.value.details == said.splitlines()[-1]


def test_a_docker_that_is_asleep_on_a_mac(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    script("docker", f"echo '{STOPPED % '/var/run/docker.sock'}' >&2; exit 1")
    with pytest.raises(WorkshopError) as caught:
        engine.ensure()
    assert caught.value.fix.startswith("open -a Docker")


def test_a_docker_from_snap_has_a_service_of_another_name(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = script("docker", f"echo '{STOPPED % '/var/run/docker.sock'}' >&2; exit 1")
    monkeypatch.setattr(refusals, "SNAP", docker)
    with pytest.raises(WorkshopError) as caught:
        engine.ensure()
    assert caught.value.fix == "sudo snap start docker"


def test_where_systemd_does_not_run_the_service_is_started_the_old_way(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "SYSTEMD", tmp_path / "none")
    assert refusals.start_command() == "sudo service docker start"


@pytest.mark.parametrize(
    ("system", "release", "command"),
    [
        ("linux", {"debian"}, "sudo apt-get install docker.io"),
        ("linux", {"fedora"}, "sudo dnf install moby-engine"),
        ("darwin", set(), "brew install --cask docker-desktop"),
    ],
)
def test_where_there_is_none_it_is_said_how_to_install_it(
    script: Script, system: str, release: set[str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(apt, "system_ids", lambda: release)
    with pytest.raises(WorkshopError, match="O Docker não está nesta máquina") as caught:
        engine.ensure()
    assert caught.value.fix.startswith(command)


@pytest.mark.parametrize("address", ["ssh://ana@server", "tcp://192.0.2.7:2376", "tcp://build.example:2375"])
def test_an_engine_on_another_machine_is_refused_though_it_answers(script: Script, address: str) -> None:
    script("docker", f"[ $1 = context ] && echo {address} || echo 28.2.2")
    with pytest.raises(WorkshopError, match="outra máquina") as caught:
        engine.ensure()
    assert address in caught.value.message


@pytest.mark.parametrize("address", ["unix:///var/run/docker.sock", "tcp://localhost:2375", "tcp://127.0.0.1:2375"])
def test_one_on_this_machine_is_not(script: Script, address: str) -> None:
    script("docker", f"[ $1 = context ] && echo {address} || echo 28.2.2")
    engine.ensure()


def test_the_engine_of_the_pipeline_is_the_one_that_docker_uses(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    script("docker", "echo unix:///Users/ana/.colima/default/docker.sock")
    assert engine.address() == "unix:///Users/ana/.colima/default/docker.sock"
    monkeypatch.setenv("DOCKER_HOST", "unix:///elsewhere.sock")
    assert engine.address() == "unix:///elsewhere.sock"
