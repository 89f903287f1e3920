"""At the very end: `workshop down` leaves nothing running on this machine."""

from __future__ import annotations

import pytest

from tests.live.conftest import REHEARSAL_LIMIT_SECONDS, Rehearsal, workshop
from tests.live.phases import Phase
from workshop import compose, machine, paths
from workshop import settings as config
from workshop.machine import engine
from workshop.shell import docker

pytestmark = [pytest.mark.phase(Phase.TAKES_APART), pytest.mark.timeout(REHEARSAL_LIMIT_SECONDS)]


def names(kind: str) -> list[str]:
    """Containers, volumes or networks of the engine."""
    command = {"container": ("ps", "--all", "--format", "{{.Names}}")}.get(kind, (kind, "ls", "--format", "{{.Name}}"))
    return docker.text(*command).split()


def test_down_leaves_nothing(request: pytest.FixtureRequest, rehearsal: Rehearsal) -> None:
    if request.config.getoption("--keep"):
        pytest.skip("--keep: the workshop stays")
    # What `make app` had left standing goes too; one container of its project stands for it.
    service = {"project": config.REPOSITORY, "service": "frontend", "oneoff": "False", "container-number": "1"}
    labels = [f"--label=com.docker.compose.{key}={value}" for key, value in service.items()]
    docker.change("create", *labels, docker.text("images", "--quiet").split()[0])
    assert workshop(request, "down") == 0
    was_ours = not engine.answers()
    # Down stops an engine that the workshop had started; only the engine can say what it still holds.
    machine.ensure()
    try:
        assert not {config.NODE_CONTAINER, *config.CONTAINERS} & set(names("container"))
        assert not set(config.CONTAINERS) & set(names("volume"))
        assert config.DOCKER_NETWORK not in names("network")
        labelled = docker.text("ps", "--all", "--quiet", "--filter", f"label={config.LABEL}={paths.ROOT}")
        assert labelled == ""
        assert not compose.is_standing()
    finally:
        if was_ours:
            engine.stop()
    assert not paths.KUBECONFIG.exists()
