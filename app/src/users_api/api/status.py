"""/api/health and /api/version: what probes, the smoke test and the page's banner ask."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from users_api.api.schemas import HealthRead, VersionRead
from users_api.services.health import OK, Health
from users_api.settings import Settings

router = APIRouter(prefix="/api", tags=["status"])


# Not in a thread: it has to answer also where all of them wait for the database.
@router.get("/health/live")
async def live() -> HealthRead:
    """The process runs. Asks nothing else, so that a lost database never restarts the application."""
    return HealthRead(status=OK, checks={})


@router.get("/health/ready", responses={503: {"model": HealthRead}})
@router.get("/health", operation_id="health", responses={503: {"model": HealthRead}})
def ready(request: Request, response: Response) -> HealthRead:
    """Requests can be served; 503 says what is missing."""
    health: Health = request.app.state.health
    checks = health.report()
    if any(outcome != OK for outcome in checks.values()):
        response.status_code = 503
        return HealthRead(status="unavailable", checks=checks)
    return HealthRead(status=OK, checks=checks)


@router.get("/version")
async def version(request: Request) -> VersionRead:
    """The image that answers."""
    settings: Settings = request.app.state.settings
    return VersionRead(tag=settings.app_version, commit=settings.app_commit, environment=settings.environment)
