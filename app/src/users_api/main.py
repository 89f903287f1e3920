"""The application, put together: uvicorn --factory users_api.main:create_app"""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from users_api.api import status, users
from users_api.domain.users import EmailTaken, UserNotFound, UserStorage
from users_api.logs import configure_logs
from users_api.services.health import Check, Health
from users_api.services.users import UserService
from users_api.settings import Settings, load_settings
from users_api.storage.database import check_database, make_engine
from users_api.storage.users import SqlUsers


def create_app() -> FastAPI:
    """The application as it runs: settings from the environment, users in PostgreSQL."""
    settings = load_settings()
    configure_logs(settings.log_level)
    # The readiness check asks alembic every second, and each time it would say which database it talks to.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    engine = make_engine(settings.database_url)
    checks = {"database": lambda: check_database(engine)}
    return build_app(settings, SqlUsers(engine), checks)


def build_app(settings: Settings, storage: UserStorage, checks: dict[str, Check]) -> FastAPI:
    """The application over any storage and any readiness checks."""
    app = FastAPI(
        title="Users", version=settings.app_version, docs_url="/api/docs", openapi_url="/api/openapi.json"
    )
    app.state.settings = settings
    app.state.users = UserService(storage)
    app.state.health = Health(checks)
    app.include_router(users.router)
    app.include_router(status.router)

    @app.exception_handler(UserNotFound)
    def not_found(_: Request, error: UserNotFound) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=404)

    @app.exception_handler(EmailTaken)
    def conflict(_: Request, error: EmailTaken) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=409)

    return app
