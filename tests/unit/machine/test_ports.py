"""Ports of this machine: free, or taken and by whom."""

from __future__ import annotations

import socket

import pytest

from workshop.errors import WorkshopError
from workshop.machine import ports


def test_a_port_in_use_is_not_free() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        assert not ports.is_free(port)
        with pytest.raises(WorkshopError, match=f"{port}.*Gitea"):
            ports.require_free(port, "Gitea")
    assert ports.is_free(port)
    ports.require_free(port, "Gitea")
