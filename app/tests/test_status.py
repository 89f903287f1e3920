"""/api/health and /api/version"""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from users_api.main import build_app
from users_api.services.health import CheckFailed
from users_api.services.passwords import Passwords
from users_api.settings import Settings


def _unreachable() -> None:
    raise CheckFailed("the database does not answer: connection refused")


@pytest.fixture(name="sick")
def fixture_sick(engine: Engine, passwords: Passwords) -> TestClient:
    """A client of an application that lost its database."""
    return TestClient(build_app(Settings(), engine, {"database": _unreachable}, passwords))


@pytest.mark.parametrize("path", ["/api/health", "/api/health/ready"])
def test_ready(client: TestClient, path: str) -> None:
    assert client.get(path).json() == {"status": "ok", "checks": {"database": "ok"}}


@pytest.mark.parametrize("path", ["/api/health", "/api/health/ready"])
def test_not_ready_says_what_is_missing(sick: TestClient, path: str) -> None:
    response = sick.get(path)

    assert response.status_code == 503
    assert response.json()["checks"]["database"] == "the database does not answer: connection refused"


def test_a_lost_database_does_not_stop_the_process(sick: TestClient) -> None:
    assert sick.get("/api/health/live").status_code == 200


def test_a_reason_is_logged_once(sick: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    sick.get("/api/health")
    sick.get("/api/health")

    assert caplog.messages.count("readiness: database: the database does not answer: connection refused") == 1


def test_version_says_which_image_answers(client: TestClient) -> None:
    assert client.get("/api/version").json() == {
        "tag": "0a1b2c3d",
        "commit": "0a1b2c3d4e5f",
        "environment": "dev",
    }
