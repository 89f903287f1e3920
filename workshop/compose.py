"""The application alone, without a cluster: docker-compose.yaml, brought up until it answers, and taken down.

Ports and the database's password are compose's own variables (`PORTS`): `docker compose up` by hand does the same.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

import httpx

from workshop import environment, http, machine, paths, process, supply, voice, wait
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import compose as compose_program
from workshop.machine import ports
from workshop.shell import docker

FILE: Final = paths.ROOT / "docker-compose.yaml"
PORTS: Final = {"FRONTEND_PORT": 3000, "BACKEND_PORT": 8000, "POSTGRES_PORT": 5432}
"""Compose's variable → the port that docker-compose.yaml takes where it is not set."""
IMAGES: Final = ("python", "node", "nginx", "postgres")
"""What the application is built and run from, by their keys in versions.toml."""
BUILD_LIMIT_SECONDS: Final = 900
ANSWER_LIMIT_SECONDS: Final = 90


def up(*, project: str = config.REPOSITORY, variables: Mapping[str, str] | None = None) -> str:
    """Build and start all three services, and wait until the page can reach the database; returns the page's URL.

    **project**: compose's project name; **variables**: more of compose's variables than the environment has.
    Raises `WorkshopError` where a port is taken, a build fails, or the application does not get ready.
    """
    machine.ensure()
    supply.ensure(only=IMAGES)
    wanted = {name: port(name, variables) for name in PORTS}
    if not _is_running(project):
        _refuse_taken(wanted)
    voice.say("construindo e iniciando postgres → backend → frontend")
    _compose(project, "up", "--detach", "--build", variables=variables, limit=BUILD_LIMIT_SECONDS)
    url = f"http://localhost:{wanted['FRONTEND_PORT']}"
    wait.until(
        "resposta da aplicação",
        lambda: _ready(url),
        limit=ANSWER_LIMIT_SECONDS,
        diagnosis=lambda: logs(project),
        fix=f"{' '.join(compose_program.command())} logs",
    )
    return url


def down(*, project: str = config.REPOSITORY) -> None:
    """Stop and remove the services, and the users with them."""
    _compose(project, "down", "--volumes", "--timeout", "10", limit=120)


def is_standing(project: str = config.REPOSITORY) -> bool:
    """Is a container of it there, running or not? Asks the engine alone: compose may not be installed."""
    label = f"label=com.docker.compose.project={project}"
    return bool(docker.text("ps", "--all", "--quiet", "--filter", label).strip())


def logs(project: str = config.REPOSITORY, service: str = "backend") -> str:
    """The last log lines of a service."""
    return _compose(project, "logs", "--no-color", "--tail", "20", service, limit=60)


def port(name: str, variables: Mapping[str, str] | None = None) -> int:
    """The port that one of compose's variables (`PORTS`) says.

    Raises `WorkshopError` where its value is no port.
    """
    value = {**os.environ, **(variables or {})}.get(name, str(PORTS[name]))
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise WorkshopError(f"{name} = {value!r} não é uma porta.", fix=f"unset {name}   # ou um número de 1 a 65535")
    return int(value)


def _compose(project: str, *arguments: str, limit: float, variables: Mapping[str, str] | None = None) -> str:
    command = [*compose_program.command(), "--file", str(FILE), "--project-name", project, *arguments]
    # Compose as Debian has it reads the ports even to stop a service; what they are then does not matter.
    given = {**environment.variables(), "COMPOSE_DOCKER_CLI_BUILD": "0", **(variables or {})}
    fix = f"{' '.join(compose_program.command())} {' '.join(arguments)}"
    return process.run(command, env=given, limit=limit, fix=fix).out


def _ready(url: str) -> bool:
    try:
        return http.LOCAL.get(f"{url}/api/health/ready", timeout=3).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _is_running(project: str) -> bool:
    return bool(_compose(project, "ps", "--quiet", limit=60).strip())


def _refuse_taken(wanted: Mapping[str, int]) -> None:
    for name, number in wanted.items():
        if not ports.is_free(number):
            raise WorkshopError(
                f"A porta {number} de 127.0.0.1 está ocupada, e docker-compose.yaml precisa dela ({name}).",
                fix=f"{name}={number + 1} make app   # ou encerre o que está lá: ss -ltnp 'sport = :{number}'",
            )
