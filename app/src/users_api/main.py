"""The application, put together: uvicorn --factory users_api.main:create_app"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import Engine

from users_api.api import auth, stats, status, users
from users_api.api.app import Api
from users_api.api.docs import serve_docs
from users_api.api.middleware import add_middleware
from users_api.api.problems import handle_errors
from users_api.logs import configure_logs
from users_api.services.auth import AuthService
from users_api.services.health import Check, Health
from users_api.services.passwords import Passwords, argon2id
from users_api.services.tokens import Tokens
from users_api.services.users import UserService
from users_api.settings import Settings, load_settings
from users_api.storage.database import check_database, make_engine
from users_api.storage.logins import SqlLoginAttempts
from users_api.storage.migration import BackgroundMigration
from users_api.storage.users import SqlUsers


def create_app() -> FastAPI:
    """The application as it runs: settings from the environment, users in PostgreSQL."""
    settings = load_settings()
    configure_logs(settings.log_level)
    # The readiness check asks alembic every second, and each time it would say which database it talks to.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    engine = make_engine(settings.database_url)
    checks = {"database": lambda: check_database(engine)}
    return build_app(settings, engine, checks)


def build_app(
    settings: Settings, engine: Engine, checks: dict[str, Check], passwords: Passwords | None = None
) -> FastAPI:
    """The application over any database and any readiness checks."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        migration = BackgroundMigration(engine)
        migration.start()
        yield
        migration.stop()
        engine.dispose()

    passwords = passwords or Passwords(argon2id())
    storage = SqlUsers(engine)
    tokens = Tokens(settings.jwt_secret_key.get_secret_value(), settings.access_token_minutes)

    app = Api(lifespan=lifespan)
    app.state.settings = settings
    app.state.users = UserService(storage, passwords)
    app.state.auth = AuthService(app.state.users, storage, SqlLoginAttempts(engine), passwords, tokens)
    app.state.health = Health(checks)
    app.include_router(auth.router)
    app.include_router(users.router)
    app.include_router(stats.router)
    app.include_router(status.router)
    serve_docs(app)
    handle_errors(app)
    add_middleware(app, settings.cors_origins)
    return app
