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


class Refusal(WorkshopError):
    """There is no Docker that answers."""


class NotRunning(Refusal):
    """There is none at all, or none that was started: starting one helps."""


def refusal(said: str) -> Refusal:
    """The error for what the docker command said instead of an answer, with the line that tells why."""
    for kind, sign, message, fix in _KINDS:
        if found := re.search(sign, said, re.IGNORECASE):
            return kind(message, fix=fix(found), details=_line(found))
    return Refusal("O Docker não responde.", fix=start_command(), details=process.last_lines(said, 1))


def podman(said: str) -> Refusal:
    """The error where the docker command is podman's, or speaks to it."""
    return Refusal(
        "O comando docker desta máquina é o podman, que não basta: kind, act e as imagens pedem o Docker Engine.",
        fix=f"instale o Docker Engine: {_INSTALL}",
        details=process.last_lines(said, 1),
    )


def silent(seconds: float, address: str) -> WorkshopError:
    """The error for the engine of that address, which has not answered by then."""
    return WorkshopError(f"O Docker não responde em {seconds:.0f} segundos.", fix=restart_command(address))


def absent() -> NotRunning:
    """The error where there is no docker command at all."""
    return NotRunning(
        "O Docker não está nesta máquina.",
        fix=f"{apt.install_command('docker.io', dnf='moby-engine', brew='--cask docker-desktop')}   # ou {_INSTALL}",
    )


def elsewhere(address: str) -> WorkshopError:
    """The error for an engine on another machine."""
    return WorkshopError(
        f"O Docker de {address} está em outra máquina, e a oficina precisa de um que veja as pastas desta.",
        fix=_BACK_HERE,
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
    if address and not address.endswith("/run/docker.sock"):
        return _BACK_HERE
    if sys.platform == "darwin":
        return _OPEN_DESKTOP
    if SNAP.exists() and shutil.which("docker") == str(SNAP):
        return "sudo snap start docker"
    if not SYSTEMD.is_dir():
        return "sudo service docker start"
    return "sudo systemctl start docker"


def restart_command(address: str = "") -> str:
    """How people start it again where it hangs."""
    return start_command(address).replace(_OPEN_DESKTOP, "docker desktop restart").replace(" start", " restart")


_BACK_HERE: Final = "unset DOCKER_HOST DOCKER_CONTEXT; docker context use default   # o Docker daqui"
_OPEN_DESKTOP: Final = "open -a Docker   # e espere até a baleia ficar parada"
_BY_SOCKET: Final = {
    ".colima/": "colima start",
    ".orbstack/": "orb start",
    ".docker/desktop/": "systemctl --user start docker-desktop   # ou, o Docker do sistema: docker context use default",
    ".docker/run/": _OPEN_DESKTOP,
    "/run/user/": "systemctl --user start docker",
}
"""Engines whose socket tells what they are: Colima, OrbStack, Docker Desktop, and Docker without root."""


def _line(found: re.Match[str]) -> str:
    """The whole line in which something was found."""
    before, after = found.string[: found.end()], found.string[found.end() :]
    return (before.rpartition("\n")[2] + after.partition("\n")[0]).strip()


def _to_the_group(_: re.Match[str]) -> str:
    if sys.platform == "darwin":  # there the engine is a program of the user's own
        return "docker context use desktop-linux   # ou: open -a Docker, e aceite o que ele pede"
    user = os.environ.get("USER") or "$USER"
    return f"sudo usermod -aG docker {user} && newgrp docker   # vale para este terminal; para os outros, entre de novo"


def _older(found: re.Match[str]) -> str:
    if os.environ.get("DOCKER_API_VERSION"):
        return "unset DOCKER_API_VERSION"
    return f"export DOCKER_API_VERSION={found[1]}   # ou atualize o Docker"


_KINDS: Final[tuple[tuple[type[Refusal], str, str, Callable[[re.Match[str]], str]], ...]] = (
    (
        Refusal,
        r"WSL [12] distro",
        "Este Linux do WSL não tem o Docker: a integração do Docker Desktop está desligada.",
        lambda _: "no Windows: Docker Desktop → Settings → Resources → WSL integration → ligue esta distribuição",
    ),
    (
        Refusal,
        r"permission denied while trying to connect|docker\.sock: connect: permission denied",
        "O Docker roda, e este usuário não pode usá-lo.",
        _to_the_group,
    ),
    (
        Refusal,
        r"Docker Desktop is manually paused",
        "O Docker Desktop está em pausa.",
        lambda _: "no menu da baleia: Resume",
    ),
    (
        Refusal,
        r"Internal Server Error for API route",
        "O Docker Desktop ainda está iniciando, ou travou.",
        lambda _: "docker desktop restart   # ou, no menu da baleia: Restart",
    ),
    (
        Refusal,
        r"maximum supported API version is ([\d.]+)",
        "O comando docker é mais novo que o Docker Engine desta máquina.",
        _older,
    ),
    (
        Refusal,
        r"minimum supported API version is",
        "O comando docker é mais velho que o Docker Engine desta máquina.",
        lambda _: "unset DOCKER_API_VERSION   # não é isso? atualize o comando docker",
    ),
    (
        Refusal,
        r"docker endpoint: context|current context \"",
        "O contexto escolhido do Docker não existe mais.",
        lambda _: _BACK_HERE,
    ),
    (
        NotRunning,
        r"docker daemon at (\S+?)\.? |docker API at (\S+?);|error during connect.*?(unix://\S+)|dial (unix \S+):",
        "O Docker não está rodando.",
        lambda found: start_command(next(filter(None, found.groups()))),
    ),
)
