"""What several tests need that is no fixture."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fastapi.testclient import TestClient
from httpx2 import Response

Result = TypeVar("Result")


def at_once(calls: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
    """The outcome of each call, all of them made at the same moment in threads of their own."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result | Exception:
        barrier.wait(timeout=10)
        try:
            return call()
        except Exception as error:  # pylint: disable=broad-exception-caught
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def problem_of(response: Response) -> tuple[int, str]:
    """The status and the kind of a problem, after a look at what every problem has."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = response.json()
    assert body["status"] == response.status_code
    assert body["title"] and body["detail"].endswith(".")
    return response.status_code, body["type"].removeprefix("/problems/")


def fields_of(response: Response) -> list[str]:
    """The fields that a validation problem names."""
    assert problem_of(response) == (422, "validation")
    return [mistake["field"] for mistake in response.json()["errors"]]


def log_in(client: TestClient, email: str, password: str) -> Response:
    """What a login answers."""
    return client.post("/api/auth/login", json={"email": email, "password": password})


class Gate:
    """A port before the database that can be closed, as if the database were away, and opened again."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener: socket.socket | None = None
        self._connections: list[socket.socket] = []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]

    def open(self) -> None:
        """Let connections through."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Cut all connections and refuse new ones."""
        if self._listener:
            # Closing alone would leave the thread waiting in accept.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            self._connections += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
