"""A database that is away, and comes back."""

from __future__ import annotations

import time

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import make_url, text
from sqlalchemy.pool import QueuePool

from users_api.domain.errors import Unavailable
from users_api.main import build_app
from users_api.services.health import CheckFailed
from users_api.services.passwords import Passwords
from users_api.settings import Settings
from users_api.storage import migration
from users_api.storage.database import (
    EX_TEMPFAIL,
    check_database,
    connect_when_up,
    make_engine,
    transaction,
)

from .helpers import Gate, log_in, problem_of

AWAY = "postgresql://app:hidden@127.0.0.1:1/users"


def test_an_unreachable_database_is_a_reason_not_a_crash() -> None:
    with pytest.raises(CheckFailed, match="does not answer: .*refused") as failure:
        check_database(make_engine(AWAY))
    assert "hidden" not in str(failure.value)


def test_waiting_for_the_database_ends_with_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SystemExit) as exit_:
        connect_when_up(make_engine(AWAY), seconds=0.4)

    assert exit_.value.code == EX_TEMPFAIL
    first, last = caplog.messages
    assert first.startswith("waiting for the database: ") and last.startswith("no database after ")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_spelling_of_postgresql_means_psycopg2(scheme: str) -> None:
    assert make_engine(f"{scheme}://app@db/users").dialect.driver == "psycopg2"


def test_a_database_that_is_busy_is_as_good_as_away(empty_database: str) -> None:
    engine = make_engine(empty_database)
    assert isinstance(engine.pool, QueuePool)
    engine.pool._timeout = 0.1  # pylint: disable=protected-access
    taken = [engine.connect() for _ in range(15)]

    with pytest.raises(Unavailable), transaction(engine) as session:
        session.execute(text("SELECT 1"))
    with pytest.raises(CheckFailed, match="does not answer: QueuePool limit"):
        check_database(engine)

    for connection in taken:
        connection.close()
    with transaction(engine) as session:
        session.execute(text("SELECT 1"))
    engine.dispose()


def test_who_waits_for_a_lock_is_told_soon_and_all_is_well_at_once_afterwards(empty_database: str) -> None:
    """Somebody has locked a table in a psql, and went for a coffee."""
    engine = make_engine(empty_database)
    with transaction(engine) as session:
        session.execute(text("CREATE TABLE users (id int)"))
    with engine.connect() as locked:
        locked.execute(text("LOCK TABLE users"))
        start = time.monotonic()
        with pytest.raises(Unavailable), transaction(engine) as session:
            session.execute(text("SELECT * FROM users"))
        assert time.monotonic() - start < 4

    with transaction(engine) as session:
        session.execute(text("SELECT * FROM users"))
    engine.dispose()


def test_a_statement_that_does_not_end_is_ended(empty_database: str) -> None:
    engine = make_engine(empty_database)
    start = time.monotonic()
    with pytest.raises(Unavailable), transaction(engine) as session:
        session.execute(text("SELECT pg_sleep(60)"))
    assert time.monotonic() - start < 8
    engine.dispose()


def test_a_silent_database_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, passwords: Passwords
) -> None:
    # A port that accepts connections and never says anything.
    gate = Gate("192.0.2.1", 5432)
    monkeypatch.setattr(gate, "_accept", lambda listener: None)
    gate.open()
    app = build_app(Settings(), make_engine(f"postgresql://app@127.0.0.1:{gate.port}/users"), {}, passwords)

    start = time.monotonic()
    response = log_in(TestClient(app), "ana@example.com", "any password")

    assert problem_of(response) == (503, "unavailable")
    assert time.monotonic() - start < 5
    gate.close()


def test_the_tables_are_made_once_the_database_is_there(
    empty_database: str, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "PAUSE_SECONDS", 0.05)
    url = make_url(empty_database)
    gate = Gate(url.host or "", url.port or 5432)
    engine = make_engine(url.set(host="127.0.0.1", port=gate.port).render_as_string(hide_password=False))
    app = build_app(Settings(), engine, {"database": lambda: check_database(engine)}, passwords)

    with TestClient(app) as client:
        ready = client.get("/api/health/ready")
        assert ready.status_code == 503
        assert ready.json()["checks"]["database"].startswith("the database does not answer: ")
        assert problem_of(log_in(client, "ana@example.com", "any password")) == (503, "unavailable")
        assert client.get("/api/health/live").status_code == 200

        gate.open()
        deadline = time.monotonic() + 10
        while client.get("/api/health/ready").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert log_in(client, "ana@example.com", "any password").status_code == 401

        gate.close()
        assert problem_of(log_in(client, "ana@example.com", "any password")) == (503, "unavailable")
        assert client.get("/api/health/ready").status_code == 503

        gate.open()
        assert log_in(client, "ana@example.com", "any password").status_code == 401
        assert client.get("/api/health/ready").status_code == 200
    gate.close()


def test_an_application_that_never_saw_its_database_ends_when_asked(
    passwords: Passwords, caplog: pytest.LogCaptureFixture
) -> None:
    with TestClient(build_app(Settings(), make_engine(AWAY), {}, passwords)) as client:
        assert client.get("/api/version").status_code == 200
        time.sleep(0.2)

    assert len([line for line in caplog.messages if "cannot be brought to this version yet" in line]) == 1
