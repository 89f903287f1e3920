"""The node after a pause of the machine: Docker may give it another address, and everything comes back."""

from __future__ import annotations

import ipaddress

import httpx
import pytest

from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop import cluster, kube, wait
from workshop import settings as config
from workshop.cluster import gateway
from workshop.shell import docker

pytestmark = [pytest.mark.phase(Phase.MAKES_FAULTS), pytest.mark.timeout(400)]
_ADDRESS = f'{{{{(index .NetworkSettings.Networks "{config.DOCKER_NETWORK}").IPAddress}}}}'


def address() -> str:
    return docker.text("inspect", "--format", _ADDRESS, config.NODE_CONTAINER).strip()


def serves() -> bool:
    try:
        return gateway.ask("dev", "/api/version").is_success
    except httpx.HTTPError:
        return False


def test_a_node_that_starts_with_another_address_comes_back(rehearsal: Rehearsal) -> None:
    old = address()
    new = str(ipaddress.ip_address(old) + 40)
    docker.change("stop", "--time", "15", config.NODE_CONTAINER)
    docker.change("network", "disconnect", config.DOCKER_NETWORK, config.NODE_CONTAINER)
    docker.change("network", "connect", "--ip", new, config.DOCKER_NETWORK, config.NODE_CONTAINER)

    cluster.ensure()

    assert address() == new
    node = kube.find("Node", config.NODE_CONTAINER)
    assert node is not None
    assert {"type": "InternalIP", "address": new} in node["status"]["addresses"]
    wait.until(
        "resposta de dev, pelo gateway",
        serves,
        limit=180,
        diagnosis=lambda: docker.text("logs", "--tail", "20", config.NODE_CONTAINER),
    )
