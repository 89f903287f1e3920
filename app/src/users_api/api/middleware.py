"""Around every request: its id, its line in the log, its limits, and the last resort where it fails."""

from __future__ import annotations

import logging
import re
from time import perf_counter
from uuid import uuid4

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from users_api.api import problems

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
REQUEST_ID = "X-Request-ID"
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def add_middleware(app: FastAPI, cors_origins: tuple[str, ...]) -> None:
    """Put them around the application, from the inside out."""
    app.add_middleware(BodyLimit)
    app.add_middleware(LastResort)
    if cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=cors_origins,
            allow_methods=["*"],
            allow_headers=["Authorization", "Content-Type", REQUEST_ID],
            expose_headers=[REQUEST_ID, "Retry-After"],
        )
    app.add_middleware(AccessLog)
    app.add_middleware(
        CorrelationIdMiddleware,
        header_name=REQUEST_ID,
        generator=lambda: uuid4().hex,
        validator=lambda given: _SANE_ID.fullmatch(given) is not None,
    )


class AccessLog:
    """One line per request; none for the probes, which ask every second."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve and write down."""
        if scope["type"] != "http" or scope["path"].startswith("/api/health"):
            await self._app(scope, receive, send)
            return
        start = perf_counter()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            # Without the query: what people search for is theirs.
            line = {"method": scope["method"], "path": scope["path"], "status": status}
            log.info("request", extra=line | {"ms": round((perf_counter() - start) * 1000, 1)})


class LastResort:
    """An error that nobody expected: its trace goes to the log, and a problem without it to the client."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, whatever happens; no browser guesses what an answer is, and none keeps it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarding(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, guarding)
        except Exception:  # pylint: disable=broad-exception-caught
            if started:
                raise
            log.exception("unexpected error")
            await problems.internal()(scope, receive, guarding)


class BodyLimit:
    """No body over the limit, whether its length is declared or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what is small enough."""
        declared = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        if declared.isdecimal() and int(declared) > BODY_LIMIT:
            await problems.body_too_large()(scope, receive, send)
            return
        received = 0

        async def counting() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > BODY_LIMIT:
                raise HTTPException(413)
            return message

        await self._app(scope, counting, send)
