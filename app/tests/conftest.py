"""The application over its own SQL, on SQLite in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from users_api.main import build_app
from users_api.settings import Settings
from users_api.storage.database import make_engine
from users_api.storage.tables import Base
from users_api.storage.users import SqlUsers

ANA = {"name": "Ana Souza", "email": "ana@example.com", "birth_date": "1990-04-12"}
BIA = {"name": "bia Lima", "email": "bia@example.com", "birth_date": "1985-11-30"}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(name="storage")
def fixture_storage() -> Iterator[SqlUsers]:
    """The real SQL, on SQLite in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    yield SqlUsers(engine)
    engine.dispose()


@pytest.fixture(name="client")
def fixture_client(storage: SqlUsers) -> TestClient:
    """A client of an application whose checks all pass."""
    settings = Settings(app_version="0a1b2c3d", app_commit="0a1b2c3d4e5f", environment="dev")
    return TestClient(build_app(settings, storage, {"database": lambda: None}))


@pytest.fixture(name="engine")
def fixture_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An empty database in a file, which is also the one that the environment names."""
    url = f"sqlite:///{tmp_path / 'users.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    engine = make_engine(url)
    yield engine
    engine.dispose()


Create = Callable[..., int]


@pytest.fixture(name="create")
def fixture_create(client: TestClient) -> Create:
    """Creates a user and returns its id."""

    def create(**fields: str) -> int:
        response = client.post("/api/users", json=ANA | fields)
        assert response.status_code == 201, response.text
        return response.json()["id"]

    return create
