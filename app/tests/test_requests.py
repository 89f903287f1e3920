"""What surrounds every request: its id, its line in the log, who may ask from another origin."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from users_api.logs import configure_logs
from users_api.main import build_app
from users_api.services.passwords import Passwords
from users_api.settings import Settings

from .conftest import ANA, PASSWORD
from .helpers import log_in


@pytest.fixture(name="output")
def fixture_output(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the application writes to standard output."""
    output = io.StringIO()
    monkeypatch.setattr("sys.stdout", output)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs("INFO")
    yield output
    root.handlers[:], root.level = before


def _lines(output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_each_request_is_one_line(user: TestClient, output: io.StringIO) -> None:
    user.get("/api/users", params={"search": "somebody private"}, headers={"X-Request-ID": "abc-1"})

    [line] = [line for line in _lines(output) if line["logger"] == "users_api.api.middleware"]
    assert line.pop("ms") >= 0
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d.*", line.pop("time"))
    assert line == {
        "level": "INFO",
        "logger": "users_api.api.middleware",
        "message": "request",
        "request_id": "abc-1",
        "method": "GET",
        "path": "/api/users",
        "status": 200,
    }


def test_probes_are_no_lines(client: TestClient, output: io.StringIO) -> None:
    for probe in ("/api/health", "/api/health/live", "/api/health/ready"):
        client.get(probe)

    assert not [line for line in _lines(output) if line["logger"].startswith("users_api")]


def test_no_secret_is_in_the_log(client: TestClient, output: io.StringIO) -> None:
    client.post("/api/auth/register", json=ANA | {"password": PASSWORD})
    client.post("/api/auth/register", json=ANA | {"password": PASSWORD})
    log_in(client, ANA["email"], "not the password")
    token = log_in(client, ANA["email"], PASSWORD).json()["access_token"]
    client.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    client.get("/api/auth/me", headers={"Authorization": "Bearer another.secret.token"})

    assert len(_lines(output)) >= 6
    for secret in (PASSWORD, "not the password", token, "another.secret.token", ANA["email"]):
        assert secret not in output.getvalue()


def test_an_error_is_one_line_with_its_trace(output: io.StringIO) -> None:
    try:
        raise ValueError("first line\nsecond line")
    except ValueError:
        logging.getLogger("users_api").exception("it failed")

    [line] = _lines(output)
    assert (line["level"], line["message"]) == ("ERROR", "it failed")
    assert "second line" in line["exc_info"]


@pytest.mark.parametrize("given", ["0a1b", "A.b_c-9", "x" * 64])
def test_a_sane_request_id_is_taken_over(client: TestClient, given: str) -> None:
    response = client.get("/api/version", headers={"X-Request-ID": given})

    assert response.headers.get_list("X-Request-ID") == [given]


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", 'a"b', "a\tb", "<script>"])
def test_any_other_is_replaced(client: TestClient, given: str) -> None:
    response = client.get("/api/version", headers={"X-Request-ID": given})

    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-ID"])


def test_requests_have_ids_of_their_own(client: TestClient) -> None:
    ids = {client.get(path).headers["X-Request-ID"] for path in ("/api/version", "/api/version", "/nothing")}

    assert len(ids) == 3


def test_answers_are_not_kept(user: TestClient) -> None:
    assert user.get("/api/users").headers["Cache-Control"] == "no-store"


def _preflight(client: TestClient, origin: str) -> Any:
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
    return client.options("/api/users/1", headers={"Origin": origin} | asked)


def test_pages_of_other_origins_may_not_ask(client: TestClient) -> None:
    response = client.get("/api/version", headers={"Origin": "https://elsewhere.example"})

    assert "access-control-allow-origin" not in response.headers
    assert _preflight(client, "https://elsewhere.example").status_code == 405


def test_unless_the_settings_name_them(
    engine: Engine, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://page.example, https://other.example")
    client = TestClient(build_app(Settings(), engine, {}, passwords))

    allowed = _preflight(client, "https://page.example")
    refused = _preflight(client, "https://elsewhere.example")

    assert allowed.headers["access-control-allow-origin"] == "https://page.example"
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-origin" not in refused.headers
