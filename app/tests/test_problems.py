"""Errors as problem details, and what never leaves the server."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from users_api.api.middleware import BODY_LIMIT

from .conftest import ANA, PASSWORD
from .helpers import fields_of, problem_of

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/nothing", "/api/users/", "/api/users/1/secrets", "/../etc/passwd"]
)
def test_an_unknown_address(client: TestClient, path: str) -> None:
    assert problem_of(client.get(path)) == (404, "not-found")


def test_an_unknown_method_says_which_are_known(client: TestClient) -> None:
    response = client.put("/api/stats")

    assert problem_of(response) == (405, "method-not-allowed")
    assert response.headers["Allow"] == "GET"


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b"null", b'"name"', b"\xff\xfe", b"[" * 5000])
def test_a_body_that_is_no_object(client: TestClient, body: bytes) -> None:
    response = client.post("/api/auth/login", content=body, headers=JSON)

    assert problem_of(response) == (422, "validation")


def test_a_form_is_no_json(client: TestClient) -> None:
    response = client.post("/api/auth/login", data={"email": ANA["email"], "password": PASSWORD})

    assert fields_of(response) == ["body"]


def test_half_a_character_is_no_text(client: TestClient) -> None:
    body = json.dumps(ANA | {"name": "\ud800", "password": "\udfff" * 8})

    response = client.post("/api/auth/register", content=body, headers=JSON)

    assert fields_of(response) == ["name", "password"]


def _chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 1024):
        yield b" " * 1024


@pytest.mark.parametrize("path", ["/api/auth/register", "/api/auth/login", "/api/users"])
def test_ten_megabytes_are_refused_declared_or_not(admin: TestClient, path: str) -> None:
    size = 10 * 1024 * 1024

    assert problem_of(admin.post(path, content=b" " * size)) == (413, "body-too-large")
    assert problem_of(admin.post(path, content=_chunks(size))) == (413, "body-too-large")


def test_a_body_up_to_the_limit_is_read(client: TestClient) -> None:
    body = json.dumps({"email": ANA["email"], "password": PASSWORD}).ljust(BODY_LIMIT)

    assert client.post("/api/auth/login", content=body, headers=JSON).status_code == 401
    assert client.post("/api/auth/login", content=body + " ", headers=JSON).status_code == 413


def test_an_error_that_nobody_expected_stays_in_the_log(
    app: FastAPI, admin: TestClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE users ADD CONSTRAINT nobody CHECK (name <> 'Ana Souza')"))
    try:
        response = admin.post("/api/users", json=ANA | {"password": PASSWORD, "role": "user"})
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE users DROP CONSTRAINT nobody"))

    assert problem_of(response) == (500, "internal")
    assert response.headers["X-Request-ID"]
    assert "Traceback" not in response.text and "users" not in response.text
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info
    assert "nobody" in caplog.text
    assert PASSWORD not in caplog.text and "argon2" not in caplog.text and ANA["email"] not in caplog.text
    assert TestClient(app).get("/api/health/live").status_code == 200


def test_a_database_without_tables_is_not_available(
    admin: TestClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE users RENAME TO people"))
    try:
        response = admin.get("/api/users")
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE people RENAME TO users"))

    assert problem_of(response) == (503, "unavailable")
    assert response.headers["Retry-After"] == "1"
    assert 'the database is not migrated: relation "users" does not exist' in caplog.text
