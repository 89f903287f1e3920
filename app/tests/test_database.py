"""Migrations and the readiness check, on an SQLite file."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from users_api.services.health import CheckFailed
from users_api.storage.database import check_database, connect_when_up, make_engine
from users_api.storage.tables import Base

ALEMBIC = Config(str(Path(__file__).parent.parent / "alembic.ini"))


def test_ready_only_after_the_migrations(engine: Engine) -> None:
    with pytest.raises(CheckFailed, match="is at migration none, this version needs 0001"):
        check_database(engine)
    command.upgrade(ALEMBIC, "head")
    check_database(engine)


def test_the_migrations_make_the_tables_of_the_code(engine: Engine) -> None:
    command.upgrade(ALEMBIC, "head")

    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_an_unreachable_database_is_a_reason_not_a_crash() -> None:
    engine = make_engine("postgresql://app:hidden@127.0.0.1:1/users")

    with pytest.raises(CheckFailed, match="does not answer: .*refused") as failure:
        check_database(engine)
    assert "hidden" not in str(failure.value)


def test_waiting_for_the_database_ends_with_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SystemExit, match="no database after 1 s: .*refused"):
        connect_when_up(make_engine("postgresql://app@127.0.0.1:1/users"), seconds=1)
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_spelling_of_postgresql_means_psycopg2(scheme: str) -> None:
    assert make_engine(f"{scheme}://app@db/users").dialect.driver == "psycopg2"
