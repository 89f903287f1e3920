"""Containers, volumes and the network of this installation: made once, found again, removed without a trace."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workshop import paths, voice, wait
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import ports as machine_ports
from workshop.shell import docker

_ADDRESSES = {config.REGISTRY_CONTAINER: 10, config.POSTGRES_CONTAINER: 11, config.GITEA_CONTAINER: 12}
"""Last part of each service's address: fixed, so that CoreDNS' entries survive a restart of the engine."""

_REMOVAL_SECONDS = 180


def owner() -> Path | None:
    """The folder of the workshop that this machine's network belongs to, or None where there is no network."""
    network = _inspect("network", config.DOCKER_NETWORK)
    return Path(network["Labels"].get(config.LABEL, "?")) if network else None


def claim() -> None:
    """Make this machine's workshop ours: network made, no other folder's containers in the way.

    Another folder's workshop is replaced when its folder is gone or `takeover` is set.
    Raises `WorkshopError` where it is still in use.
    """
    other = owner()
    if other is not None and other != paths.ROOT:
        if not config.settings().takeover and (other / paths.STATE.name / "secrets").is_dir():
            raise WorkshopError(
                f"A oficina de outra pasta está rodando nesta máquina: {other}.",
                fix=f"make -C {other} down   # ou WORKSHOP_TAKEOVER=true, para substituí-la",
            )
        voice.say("substituindo a oficina que outra pasta tinha deixado nesta máquina")
        remove_everything()
        other = None
    if other is None:
        _make_network()


def _make_network() -> None:
    create = ("network", "create", "--label", f"{config.LABEL}={paths.ROOT}")
    # Fixed addresses are only allowed in a subnet that was asked for; the engine finds a free one.
    docker.text(*create, config.DOCKER_NETWORK)
    subnet = _subnet()
    docker.text("network", "rm", config.DOCKER_NETWORK)
    docker.change(*create, "--subnet", subnet, config.DOCKER_NETWORK)


def address(container: str) -> str:
    """The fixed IPv4 address of a service on the network."""
    return str(ipaddress.ip_network(_subnet()).network_address + _ADDRESSES[container])


def _subnet() -> str:
    network = _inspect("network", config.DOCKER_NETWORK)
    if network is None:
        raise WorkshopError(f"A rede {config.DOCKER_NETWORK} do Docker não existe.", fix="make up")
    subnet: str = network["IPAM"]["Config"][0]["Subnet"]
    return subnet


def run(name: str, image: str, *, dns_name: str, ports: tuple[int, int], options: Sequence[str] = ()) -> None:
    """Have the container running with that image; made anew when it is another image's.

    **ports**: this machine's, bound on 127.0.0.1 alone, and the container's.
    Raises `WorkshopError` when something else holds it.
    """
    here, inside = ports
    state = _inspect("container", name)
    wanted = _inspect("image", image)
    if wanted is None:
        raise WorkshopError(f"A imagem {image} não está no Docker.", fix="make supply")
    if state and state["Image"] == wanted["Id"]:
        if not state["State"]["Running"]:
            docker.change("start", name)
        return
    if state:
        docker.change("rm", "--force", name)
    machine_ports.require_free(here, name)
    docker.change(
        "run", "--detach", "--name", name, "--label", f"{config.LABEL}={paths.ROOT}",
        "--network", config.DOCKER_NETWORK, "--ip", address(name), "--network-alias", dns_name,
        "--publish", f"127.0.0.1:{here}:{inside}", "--restart", "unless-stopped",
        "--log-opt", "max-size=10m", *options, image,
    )  # fmt: skip


def wait_until_answers(name: str, reason: str, answers: Callable[[], bool], *, limit: float) -> None:
    """Wait until the service in that container answers; its last log lines are the diagnosis.

    **limit**: seconds.
    """
    wait.until(reason, answers, limit=limit, diagnosis=lambda: logs(name), fix=f"docker logs {name}")


def volume(name: str) -> str:
    """A named volume of ours; returns the name."""
    if _inspect("volume", name) is None:
        docker.change("volume", "create", "--label", f"{config.LABEL}={paths.ROOT}", name)
    return name


def remove_everything() -> None:
    """Remove every container, volume and the network of the workshop, whichever folder they belong to."""
    voice.say("removendo contêineres, volumes e a rede da oficina")
    names = (config.NODE_CONTAINER, *config.CONTAINERS)
    if containers := [name for name in names if _inspect("container", name)]:
        docker.change("rm", "--force", "--volumes", *containers, limit=_REMOVAL_SECONDS)
    if volumes := [name for name in config.CONTAINERS if _inspect("volume", name)]:
        docker.change("volume", "rm", *volumes, limit=_REMOVAL_SECONDS)
    if _inspect("network", config.DOCKER_NETWORK):
        docker.change("network", "rm", config.DOCKER_NETWORK)


def logs(name: str) -> str:
    """The last log lines of a container, for a diagnosis."""
    try:
        return docker.text("logs", "--tail", "15", name)
    except WorkshopError as error:
        return error.details


def is_running(name: str) -> bool:
    """Whether the container is there and runs."""
    state = _inspect("container", name)
    return bool(state and state["State"]["Running"])


def _inspect(kind: str, name: str) -> dict[str, Any] | None:
    try:
        found: list[dict[str, Any]] = json.loads(docker.text(kind, "inspect", name, limit=30))
    except WorkshopError as error:
        if "no such" in error.details.lower() or "not found" in error.details.lower():
            return None
        raise
    return found[0]
