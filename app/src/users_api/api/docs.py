"""/docs: Swagger UI from a package, so that it works without a network."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

from fastapi import FastAPI, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles

ASSETS = "/docs/assets"


def serve_docs(app: FastAPI) -> None:
    """Add the page and what it loads."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=f"{app.title} – API",
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{ASSETS}/favicon.png",
    )
    page.headers["Content-Security-Policy"] = _policy(bytes(page.body).decode())

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return page

    app.mount(ASSETS, StaticFiles(directory=str(files("fastapi_offline") / "static")))


def _policy(html: str) -> str:
    """Scripts from here, and the page's own one by its hash; Swagger UI writes styles into elements."""
    own = "".join(re.findall(r"<script>(.*?)</script>", html, re.DOTALL))
    digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data:; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
