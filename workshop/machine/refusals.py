"""Why Docker does not answer: read from its own words, told with what helps on this system.

The texts are those of the docker command, of Docker Desktop's stand-in for it in WSL, and of podman's.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from workshop import process
from workshop.errors import WorkshopError
from workshop.machine import apt

_INSTALL: Final = "https://docs.docker.com/engine/install/"
SNAP: Final = Path("/snap/bin/docker")
SYSTEMD: Final = Path("/run/systemd/system")
"""There where systemd runs, which then starts Docker."""


def refusal(said: str) -> WorkshopError:
    """The error for what the docker command said, its last line quoted."""
    for sign, message, fix in _KINDS:
        if found := re.search(sign, said, re.IGNORECASE):
            return WorkshopError(message, fix=fix(found), details=process.last_lines(said, 1))
    return WorkshopError("O Docker não responde.", fix=start_command(), details=process.last_lines(said, 1))


def absent() -> WorkshopError:
    """The error where there is no docker command at all."""
    return WorkshopError(
        "O Docker não está nesta máquina.",
        fix=f"{apt.install_command('docker.io', dnf='moby-engine', brew='--cask docker-desktop')}   # ou {_INSTALL}",
    )


def elsewhere(address: str) -> WorkshopError:
    """The error for an engine on another machine."""
    return WorkshopError(
        f"O Docker de {address} está em outra máquina, e a oficina precisa de um que veja as pastas desta.",
        fix="unset DOCKER_HOST DOCKER_CONTEXT; docker context use default   # o Docker daqui",
    )


def is_elsewhere(address: str) -> bool:
    """Whether an engine's address is another machine's: the folders that containers get would be that machine's."""
    match = re.match(r"(ssh|tcp|https?)://(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)", address)
    return match is not None and (match[1] == "ssh" or match[2] not in ("localhost", "127.0.0.1", "[::1]"))


def start_command(address: str = "") -> str:
    """How people start the engine of that address on this system."""
    for part, command in _BY_SOCKET.items():
        if part in address:
            return command
    if sys.platform == "darwin":
        return "open -a Docker   # e espere até a baleia ficar parada"
    if SNAP.exists() and shutil.which("docker") == str(SNAP):
        return "sudo snap start docker"
    if not SYSTEMD.is_dir():
        return "sudo service docker start"
    return "sudo systemctl start docker"


_BY_SOCKET: Final = {
    ".colima/": "colima start",
    ".orbstack/": "orb start",
    ".docker/desktop/": "systemctl --user start docker-desktop   # ou, o Docker do sistema: docker context use default",
    ".docker/run/": "open -a Docker   # e espere até a baleia ficar parada",
    "/run/user/": "systemctl --user start docker",
}
"""Engines whose socket tells what they are: Colima, OrbStack, Docker Desktop, and Docker without root."""


def _to_the_group(_: re.Match[str]) -> str:
    user = os.environ.get("USER") or "$USER"
    return f"sudo usermod -aG docker {user} && newgrp docker   # vale para este terminal; para os outros, entre de novo"


def _older(found: re.Match[str]) -> str:
    return f"export DOCKER_API_VERSION={found[1]}   # ou atualize o Docker"


_KINDS: Final[tuple[tuple[str, str, Callable[[re.Match[str]], str]], ...]] = (
    (
        r"could not be found in this WSL",
        "Este Linux do WSL não tem o Docker: a integração do Docker Desktop está desligada.",
        lambda _: "no Windows: Docker Desktop → Settings → Resources → WSL integration → ligue esta distribuição",
    ),
    (
        r"using podman|podman|can't evaluate field ServerVersion",
        "O comando docker desta máquina é o podman, que não basta: kind, act e as imagens pedem o Docker Engine.",
        lambda _: f"instale o Docker Engine: {_INSTALL}",
    ),
    (r"permission denied", "O Docker roda, e este usuário não pode usá-lo.", _to_the_group),
    (
        r"client version \S+ is too new. Maximum supported API version is ([\d.]+)",
        "O comando docker é mais novo que o Docker Engine desta máquina.",
        _older,
    ),
    (
        r"client version \S+ is too old. Minimum supported API version is ([\d.]+)",
        "O comando docker é mais velho que o Docker Engine desta máquina.",
        lambda _: "unset DOCKER_API_VERSION   # não é isso? atualize o comando docker",
    ),
    (
        r"context \"([^\"]+)\"(?:: context)? not found",
        "O contexto escolhido do Docker não existe mais.",
        lambda _: "unset DOCKER_CONTEXT; docker context use default",
    ),
    (
        r"cannot connect to the docker daemon at (\S+?)\.? |error during connect.*?(unix://\S+)|dial (unix \S+):",
        "O Docker não está rodando.",
        lambda found: start_command(next(filter(None, found.groups()))),
    ),
)
