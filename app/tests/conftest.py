"""The application over a real PostgreSQL: the tests' own server, or the one that TEST_DATABASE_URL names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr
from pytest_postgresql.executors import PostgreSQLExecutor
from sqlalchemy import Engine, create_engine, make_url, text

from users_api.domain.users import NewUser, Role, User
from users_api.main import build_app
from users_api.services.passwords import Passwords
from users_api.settings import Settings
from users_api.storage.database import make_engine
from users_api.storage.tables import Base
from users_api.storage.users import SqlUsers

JWT_KEY = "a key of the tests, long enough for every algorithm that an attacker may try"
PASSWORD = "correct horse battery"
ANA = {"name": "Ana Souza", "email": "ana@example.com", "birth_date": "1990-04-12"}
BIA = {"name": "bia Lima", "email": "bia@example.com", "birth_date": "1985-11-30"}
ALEMBIC = Config(str(Path(__file__).parent.parent / "alembic.ini"))

# The same examples every time: what passed once passes in every build.
hypothesis_settings.register_profile("here", max_examples=25, deadline=None, derandomize=True, database=None)
hypothesis_settings.load_profile("here")


def _clean(environment: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        environment.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    _clean(monkeypatch)


Databases = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="session", name="new_database")
def fixture_new_database(request: pytest.FixtureRequest) -> Databases:
    """Makes empty databases, and removes them afterwards."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        process: PostgreSQLExecutor = request.getfixturevalue("postgresql_proc")
        server = f"postgresql://{process.user}@{process.host}:{process.port}/postgres"
    url = make_url(server).set(drivername="postgresql+psycopg2")
    numbers = count()

    @contextmanager
    def new_database() -> Iterator[str]:
        name = f"users_test_{os.getpid()}_{next(numbers)}"
        maintenance = create_engine(url, isolation_level="AUTOCOMMIT")
        with maintenance.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield url.set(database=name).render_as_string(hide_password=False)
        with maintenance.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        maintenance.dispose()

    return new_database


@pytest.fixture(name="empty_database")
def fixture_empty_database(new_database: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database, which is also the one that the environment names."""
    with new_database() as url:
        monkeypatch.setenv("DATABASE_URL", url)
        yield url


@pytest.fixture(scope="session", name="migrated")
def fixture_migrated(new_database: Databases) -> Iterator[Engine]:
    """One database with all tables."""
    with new_database() as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", url)
        command.upgrade(ALEMBIC, "head")
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(name="engine")
def fixture_engine(migrated: Engine) -> Engine:
    """A database with all tables and nothing in them."""
    with migrated.begin() as connection:
        # Not TRUNCATE, which makes new files each time.
        for table in Base.metadata.sorted_tables:
            connection.execute(table.delete())
        connection.execute(text("SELECT setval('users_id_seq', 1, false)"))
    return migrated


@pytest.fixture(name="storage")
def fixture_storage(engine: Engine) -> SqlUsers:
    """Nobody yet."""
    return SqlUsers(engine)


@pytest.fixture(scope="session", name="passwords")
def fixture_passwords() -> Passwords:
    """As cheap as argon2 gets; what real ones cost is tested once."""
    return Passwords(PasswordHasher(memory_cost=8, time_cost=1, parallelism=1))


@pytest.fixture(scope="session", name="app")
def fixture_app(migrated: Engine, passwords: Passwords) -> FastAPI:
    """An application whose checks all pass."""
    with pytest.MonkeyPatch.context() as environment:
        _clean(environment)
        settings = Settings(
            app_version="0a1b2c3d", app_commit="0a1b2c3d4e5f", jwt_secret_key=SecretStr(JWT_KEY)
        )
    return build_app(settings, migrated, {"database": lambda: None}, passwords)


Connect = Callable[..., TestClient]


@pytest.fixture(scope="session", name="connect")
def fixture_connect(app: FastAPI) -> Iterator[Connect]:
    """Makes clients of the application, which is started once for all of them."""
    with TestClient(app) as running:

        def connect(**options: Any) -> TestClient:
            client = TestClient(app, **options)
            client.portal = running.portal
            return client

        yield connect


@pytest.fixture(name="client")
def fixture_client(connect: Connect, engine: Engine) -> TestClient:
    """Somebody who is not signed in; there are no users yet."""
    assert engine
    return connect()


Create = Callable[..., User]


@pytest.fixture(name="create")
def fixture_create(storage: SqlUsers, passwords: Passwords) -> Create:
    """Stores a user, whose password is PASSWORD."""
    password_hash = passwords.hash(PASSWORD)

    def create(role: Role = Role.USER, **fields: str) -> User:
        given = ANA | fields
        user = NewUser(given["name"], given["email"], date.fromisoformat(given["birth_date"]), role)
        return storage.add(user, password_hash)

    return create


SignIn = Callable[[User], TestClient]


@pytest.fixture(name="sign_in")
def fixture_sign_in(app: FastAPI, connect: Connect) -> SignIn:
    """A client that a user is signed in with."""

    def sign_in(user: User) -> TestClient:
        token, _ = app.state.auth.token(user)
        return connect(headers={"Authorization": f"Bearer {token}"})

    return sign_in


@pytest.fixture(name="root")
def fixture_root(create: Create) -> User:
    """The first user, an administrator."""
    return create(Role.ADMIN, name="Root", email="root@example.com", birth_date="1970-01-01")


@pytest.fixture(name="admin")
def fixture_admin(root: User, sign_in: SignIn) -> TestClient:
    """The client of an administrator."""
    return sign_in(root)


@pytest.fixture(name="user")
def fixture_user(root: User, create: Create, sign_in: SignIn) -> TestClient:
    """The client of a plain user, Ana; there is an administrator too."""
    assert root.role is Role.ADMIN
    return sign_in(create())
