"""The whole server as the image runs it: entrypoint.sh, before, with, without and again with its database."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from .helpers import Gate

APP = Path(__file__).parent.parent


class Server:
    """A running entrypoint.sh."""

    def __init__(self, database_url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["sh", str(APP / "entrypoint.sh")],
            cwd=APP,
            env=os.environ
            | {
                "DATABASE_URL": database_url,
                "PORT": str(self._port),
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PYTHONPATH": "src",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def connect(self) -> HTTPConnection:
        """A connection to it."""
        return HTTPConnection("127.0.0.1", self._port, timeout=5)

    def ask(self, path: str, body: object = None) -> tuple[int, Any]:
        """The status and the JSON; 0 while nothing listens."""
        connection = self.connect()
        try:
            sent = json.dumps(body) if body else None
            connection.request("POST" if body else "GET", path, sent, {"Content-Type": "application/json"})
            response = connection.getresponse()
            assert response.getheader("Server") is None
            return response.status, json.load(response)
        except ConnectionRefusedError:
            return 0, None
        finally:
            connection.close()

    def wait_for(self, path: str, status: int) -> Any:
        """The JSON, once the status is that."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found, body = self.ask(path)
            if found == status:
                return body
            time.sleep(0.05)
        raise AssertionError(f"{path} does not get {status}")


@pytest.fixture(name="gate")
def fixture_gate(empty_database: str) -> Iterator[Gate]:
    """The way to an empty database, closed."""
    url = make_url(empty_database)
    gate = Gate(url.host or "", url.port or 5432)
    yield gate
    gate.close()


@pytest.fixture(name="server")
def fixture_server(gate: Gate, empty_database: str) -> Iterator[Server]:
    """A server that starts while its database is away."""
    url = make_url(empty_database).set(host="127.0.0.1", port=gate.port)
    server = Server(url.render_as_string(hide_password=False))
    yield server
    server.process.kill()
    server.process.wait()


def test_a_life_without_and_with_a_database(server: Server, gate: Gate) -> None:
    nobody = {"email": "nobody@example.com", "password": "any password"}

    away = server.wait_for("/api/health/ready", 503)
    assert away["checks"]["database"].startswith("the database does not answer: ")
    assert server.ask("/api/health/live") == (200, {"status": "ok", "checks": {}})
    status, problem = server.ask("/api/auth/login", nobody)
    assert (status, problem["type"]) == (503, "/problems/unavailable")

    gate.open()
    assert server.wait_for("/api/health/ready", 200)["checks"]["database"] == "ok"
    assert server.ask("/api/auth/login", nobody)[0] == 401

    gate.close()
    server.wait_for("/api/health/ready", 503)
    assert server.ask("/api/auth/login", nobody)[0] == 503

    gate.open()
    server.wait_for("/api/health/ready", 200)
    assert server.ask("/api/auth/login", nobody)[0] == 401

    # A request that is under way when the server is told to end is answered first.
    under_way = server.connect()
    under_way.putrequest("POST", "/api/auth/login")
    body = json.dumps(nobody).encode()
    under_way.putheader("Content-Type", "application/json")
    under_way.putheader("Content-Length", str(len(body)))
    under_way.endheaders(body[:10])
    time.sleep(0.1)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    under_way.send(body[10:])
    with under_way.getresponse() as response:
        assert response.status == 401
    under_way.close()
    output, _ = server.process.communicate(timeout=10)
    assert server.process.returncode in (0, -signal.SIGTERM)

    lines = [json.loads(line) for line in output.splitlines()]
    assert {"time", "level", "logger", "message", "request_id"} <= set.intersection(*map(set, lines))
    assert [line["path"] for line in lines if "path" in line] == ["/api/auth/login"] * 5


def test_a_mistake_in_the_settings_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "prod")
    server = Server("postgresql://app@127.0.0.1:1/users")

    output, _ = server.process.communicate(timeout=20)

    assert server.process.returncode == 1
    assert "JWT_SECRET_KEY has to be set where ENVIRONMENT is prod" in output
