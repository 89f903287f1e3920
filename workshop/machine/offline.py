"""This machine without a network: a namespace with no way out, and a container engine inside it.

The machine's own network stays as it is. The command, the engine that it starts and every container live in a network
namespace that has a loopback device and no uplink, in a process namespace that ends with the command, and see a /run
of their own, so that no socket leads to what runs outside.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from workshop import machine, process, voice
from workshop.errors import WorkshopError
from workshop.machine import engine

MARK: Final = "UNPLUGGED"
"""The variable by which a command knows that it runs here; not one of the settings."""
_ENGINE_DATA: Final = Path("/var/lib/docker")
_NEEDED: Final = {"unshare": "util-linux", "ip": "iproute2"}
_ISOLATE: Final = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "--")
_SETUP: Final = f"""
set -eu
export {MARK}=true
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/lock "$0"
[ "$0" = /var/lib/docker ] || {{ mkdir -p /var/lib/docker; mount --bind "$0" /var/lib/docker; }}
ip link set lo up
# Not by exec: the first process of a namespace has to collect what is orphaned there, and a shell does.
"$@"
"""
_AND_STOP: Final = """
code=0
"$@" || code=$?
"$0" -c 'from workshop.machine import engine; engine.stop()' >&2
exit $code
"""


def isolated(command: process.Command, *, data_root: Path = _ENGINE_DATA) -> list[str | Path]:
    """The command line that runs a command without a network, as root; what it started ends with it.

    **data_root**: what the engine there finds in /var/lib/docker.
    """
    return [*_ISOLATE, "sh", "-c", _SETUP, data_root, *command]


def on_this_machine(command: Sequence[str]) -> int:
    """Run a command without a network, with the tools and images of this machine; its exit code.

    The engine goes inside for as long as that lasts, with whatever containers it runs, and comes back afterwards.
    Raises `WorkshopError` where that cannot be done here; nothing has been stopped then.
    """
    if wrong := obstacle():
        raise wrong
    return _unplugged(command)


def where_possible(command: Sequence[str]) -> int:
    """The same; where it cannot be done, that is said, and the command runs with the network."""
    if wrong := obstacle():
        voice.say(f"com rede: {wrong.message}")
        return process.foreground(command)
    return _unplugged(command)


def _unplugged(command: Sequence[str]) -> int:
    was_running = engine.answers()
    engine.stop()
    voice.say("sem rede a partir daqui: um namespace sem saída, com o Docker dentro")
    try:
        return process.foreground(isolated(["sh", "-c", _AND_STOP, sys.executable, *command]))
    finally:
        if was_running:
            machine.ensure()


def obstacle() -> WorkshopError | None:
    """Why no command can be run without a network here; None where it can."""
    if os.geteuid() != 0:
        return WorkshopError("Só o root pode abrir um namespace sem rede com um Docker dentro.", fix="sudo -s")
    for program, package in _NEEDED.items():
        if shutil.which(program) is None:
            return WorkshopError(f"Falta o programa {program}.", fix=f"apt-get install {package}")
    if engine.answers() and not engine.is_ours():
        return WorkshopError(
            "O Docker que roda aqui não foi iniciado por esta oficina, e só um Docker pode usar as suas imagens.",
            fix="systemctl stop docker.socket docker   # e o mesmo comando de novo",
        )
    return None
