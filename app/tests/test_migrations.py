"""The way of the tables from each version to the next and back, with data in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, text

from users_api.services.health import CheckFailed
from users_api.storage.database import check_database, make_engine
from users_api.storage.migration import upgrade
from users_api.storage.users import SqlUsers

from .conftest import ALEMBIC

OLD = "INSERT INTO users (name, email, birth_date) VALUES ('Ana', 'ana@example.com', '1990-04-12')"


@pytest.fixture(name="empty")
def fixture_empty(empty_database: str) -> Engine:
    """An empty database, which is also the one that the environment names."""
    return make_engine(empty_database)


def test_ready_only_after_the_migrations(empty: Engine) -> None:
    with pytest.raises(CheckFailed, match="is at migration none, this version needs 0003"):
        check_database(empty)
    command.upgrade(ALEMBIC, "head")
    check_database(empty)
    empty.dispose()


LATER = "UPDATE alembic_version SET version_num = '9999'"


def test_a_database_that_a_later_version_has_migrated_serves_and_stays(
    empty: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new version with one more migration was rolled back: the one before has to serve all the same."""
    command.upgrade(ALEMBIC, "head")
    with empty.begin() as connection:
        connection.execute(text(LATER))
        connection.execute(text("ALTER TABLE users ADD COLUMN nickname text"))

    check_database(empty)
    upgrade(empty)

    assert "at migration 9999, of a later version" in capsys.readouterr().out
    SqlUsers(empty).credentials("ana@example.com")
    check_database(empty)
    empty.dispose()


def test_the_migrations_make_the_tables_of_the_code(empty: Engine) -> None:
    command.upgrade(ALEMBIC, "head")

    command.check(ALEMBIC)
    empty.dispose()


def test_the_database_knows_the_roles(empty: Engine) -> None:
    command.upgrade(ALEMBIC, "head")

    with empty.connect() as connection, pytest.raises(Exception, match="ck_users_role"):
        connection.execute(text(OLD.replace("(name", "(role, name").replace("('Ana'", "('root', 'Ana'")))
    empty.dispose()


@pytest.mark.parametrize("version", ["0001", "0002"])
def test_users_of_earlier_versions_are_kept(empty: Engine, version: str) -> None:
    command.upgrade(ALEMBIC, version)
    with empty.begin() as connection:
        connection.execute(text(OLD))

    command.upgrade(ALEMBIC, "head")

    credentials = SqlUsers(empty).credentials("ANA@example.com")
    assert credentials and credentials.password_hash is None
    assert (credentials.user.name, credentials.user.role) == ("Ana", "user")
    empty.dispose()


def test_the_way_back_keeps_users_and_leaves_nothing_else(empty: Engine) -> None:
    command.upgrade(ALEMBIC, "head")
    with empty.begin() as connection:
        connection.execute(text(OLD))

    command.downgrade(ALEMBIC, "0001")

    with empty.begin() as connection:
        row = connection.execute(text("SELECT * FROM users")).mappings().one()
        assert list(row) == ["id", "name", "email", "birth_date"]
    command.upgrade(ALEMBIC, "head")
    command.downgrade(ALEMBIC, "base")
    with empty.connect() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        assert list(tables) == ["alembic_version"]
    empty.dispose()


def test_replicas_that_start_together_migrate_once(empty_database: str) -> None:
    app = Path(__file__).parent.parent
    environment = os.environ | {"DATABASE_URL": empty_database, "PYTHONPATH": "src"}
    replicas = [
        subprocess.Popen(  # pylint: disable=consider-using-with
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=app,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [replica.communicate(timeout=60)[0] for replica in replicas]

    assert [replica.returncode for replica in replicas] == [0, 0]
    assert "".join(outputs).count("Running upgrade 0001 -> 0002") == 1
    check_database(create_engine(empty_database))
