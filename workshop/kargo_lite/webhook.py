"""The HTTPS server that the API server asks, and a plain one for the probes.

kopf brings an admission server of its own; it can answer with a code and a message only, while kubectl
prints "The Promotion … is invalid" from a reason and details.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable

from aiohttp import web

from .admission import Admission
from .settings import Settings

logger = logging.getLogger(__name__)


def application(admission: Admission) -> web.Application:
    """The webhooks as a web application."""

    async def handle(request: web.Request) -> web.Response:
        body = await request.json()
        # Handlers call the API server and wait for it: not in the event loop.
        return web.json_response(await asyncio.to_thread(admission.review, request.path, body))

    app = web.Application(client_max_size=8 * 1024**2)
    for path in admission.handlers:
        app.router.add_post(path, handle)
    return app


def probes(is_alive: Callable[[], bool]) -> web.Application:
    """``/healthz``: 200 while the workers live."""

    async def healthz(_: web.Request) -> web.Response:
        alive = is_alive()
        return web.Response(text="ok" if alive else "workers are dead", status=200 if alive else 503)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    return app


async def serve(settings: Settings, admission: Admission, is_alive: Callable[[], bool]) -> list[web.AppRunner]:
    """Start both servers in the running event loop; the runners are to be cleaned up at the end."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.cert_dir / "tls.crt", settings.cert_dir / "tls.key")
    runners = []
    for app, port, tls in (
        (application(admission), settings.webhook_port, context),
        (probes(is_alive), settings.health_port, None),
    ):
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", port, ssl_context=tls).start()  # noqa: S104 - in a pod
        runners.append(runner)
    logger.info("admission webhooks on port %d, /healthz on %d", settings.webhook_port, settings.health_port)
    return runners
