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
    "\nThe command 'docker' could not be found in this WSL 2 distro.\n"
    "We recommend to activate the WSL integration in Docker Desktop settings.\n\n"
    "For details about using Docker Desktop with WSL 2, visit:\n\nhttps://docs.docker.com/go/wsl2/\n"
)
PODMAN = "Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg."
PAUSED = (
    "Error response from daemon: Docker Desktop is manually paused. Unpause it through the Whale menu or Dashboard."
)
HALF_STARTED = (
    "request returned 500 Internal Server Error for API route and version http://%2Fdocker.sock/v1.54/info, "
    "check if the server supports the requested API version"
)
TOO_NEW = "Error response from daemon: client version 1.52 is too new. Maximum supported API version is 1.41"
CONTEXT = 'Failed to initialize: unable to resolve docker endpoint: context "colima": context not found: open /x'
STOPPED = "Cannot connect to the Docker daemon at unix://%s. Is the docker daemon running?"
STOPPED_29 = (
    "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the "
    "daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory"
)
ANSWER = '{"ServerVersion":"28.2.2","DockerRootDir":"/var/lib/docker"}'


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
        (PAUSED, "em pausa", "Resume"),
        (HALF_STARTED, "ainda está iniciando", "docker desktop restart"),
        (TOO_NEW, "mais novo", "export DOCKER_API_VERSION=1.41"),
        (CONTEXT, "contexto", "docker context use default"),
        (STOPPED % "/var/run/docker.sock", "não está rodando", "sudo systemctl start docker"),
        (STOPPED_29, "não está rodando", "sudo systemctl start docker"),
        (STOPPED % "/home/ana/.docker/desktop/docker.sock", "não está rodando", "--user start docker-desktop"),
        (STOPPED % "/run/user/1000/docker.sock", "não está rodando", "systemctl --user start docker"),
        (STOPPED % "/Users/ana/.colima/default/docker.sock", "não está rodando", "colima start"),
        (STOPPED % "/Users/ana/.orbstack/run/docker.sock", "não está rodando", "orb start"),
        (
            STOPPED % "/srv/builder.sock",
            "não está rodando",
            "unset DOCKER_HOST DOCKER_CONTEXT; docker context use default",
        ),
        ("something nobody has seen", "não responde", "sudo systemctl start docker"),
    ],
)
def test_its_own_words_are_quoted_and_choose_what_helps(script: Script, said: str, message: str, fix: str) -> None:
    script("docker", f"cat >&2 <<'END'\n{said}\nEND\nexit 1".replace("cat", "/bin/cat"))
    with pytest.raises(WorkshopError, match=message) as caught:
        engine.ensure()
    assert fix in caught.value.fix
    assert caught.value.details == said.strip().splitlines()[0], "the line that tells why, not the last one"


def test_a_command_that_ends_well_without_an_answer_has_not_answered(script: Script) -> None:
    script("docker", f"""echo '{{"ServerVersion":"","ServerErrors":["{TOO_NEW}"]}}'""")
    with pytest.raises(WorkshopError, match="mais novo") as caught:
        engine.ensure()
    assert caught.value.details == TOO_NEW


def test_a_version_that_somebody_has_chosen_is_given_up(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_API_VERSION", "1.52")
    script("docker", f"echo '{TOO_NEW}' >&2")
    with pytest.raises(WorkshopError) as caught:
        engine.ensure()
    assert caught.value.fix == "unset DOCKER_API_VERSION"


@pytest.mark.parametrize(
    "said",
    [
        '{"host":{"os":"linux"},"store":{},"version":{"Version":"5.2"}}',
        '{"ServerVersion":"5.2","DockerRootDir":"/home/ana/.local/share/containers/storage"}',
    ],
    ids=["its command", "its socket"],
)
def test_podman_is_refused_though_it_answers(script: Script, said: str) -> None:
    script("docker", f"[ $1 = info ] && echo '{PODMAN}' >&2 && echo '{said}'")
    with pytest.raises(WorkshopError, match="podman") as caught:
        engine.ensure()
    assert "Docker Engine" in caught.value.fix
    assert caught.value.details == PODMAN


def test_one_that_hangs_is_started_again(script: Script) -> None:
    script("docker", "[ $1 = context ] || exec /bin/sleep 60")
    with pytest.raises(WorkshopError, match="não responde em 2 segundos") as caught:
        engine.info(limit=2)
    assert caught.value.fix == "sudo systemctl restart docker"


def test_a_docker_of_a_mac_has_no_group(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    script("docker", f"echo '{PERMISSION}' >&2; exit 1")
    with pytest.raises(WorkshopError) as caught:
        engine.ensure()
    assert "usermod" not in caught.value.fix
    assert "docker context use" in caught.value.fix


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
@pytest.mark.parametrize("answer", [f"echo '{ANSWER}'", "echo error during connect: EOF >&2"])
def test_an_engine_on_another_machine_is_refused_whether_it_answers_or_not(
    script: Script, address: str, answer: str
) -> None:
    script("docker", f"[ $1 = context ] && echo {address} || {answer}")
    with pytest.raises(WorkshopError, match="outra máquina") as caught:
        engine.ensure()
    assert address in caught.value.message


@pytest.mark.parametrize("address", ["unix:///var/run/docker.sock", "tcp://localhost:2375", "tcp://127.0.0.1:2375"])
def test_one_on_this_machine_is_not(script: Script, address: str) -> None:
    script("docker", f"[ $1 = context ] && echo {address} || echo '{ANSWER}'")
    engine.ensure()


def test_the_engine_of_the_pipeline_is_the_one_that_docker_uses(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    script("docker", "echo unix:///Users/ana/.colima/default/docker.sock")
    assert engine.address() == "unix:///Users/ana/.colima/default/docker.sock"
    monkeypatch.setenv("DOCKER_HOST", "unix:///elsewhere.sock")
    assert engine.address() == "unix:///elsewhere.sock"
