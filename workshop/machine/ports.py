"""Ports of 127.0.0.1."""

from __future__ import annotations

import socket
import sys

from workshop.errors import WorkshopError


def is_free(port: int) -> bool:
    """Whether 127.0.0.1:port can be bound."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def any_free() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


def require_free(port: int, who: str) -> None:
    """Raise `WorkshopError` where something else listens on a port that `who` needs."""
    if not is_free(port):
        raise WorkshopError(
            f"A porta {port} de 127.0.0.1 está ocupada, e {who} precisa dela.",
            fix=f"{who_listens(port)}   # encerre esse programa, ou escolha outra porta em workshop.toml",
        )


def who_listens(port: int) -> str:
    """The command that tells which program has a port."""
    if sys.platform == "darwin":
        return f"lsof -nP -iTCP:{port} -sTCP:LISTEN"
    return f"ss -ltnp 'sport = :{port}'"
