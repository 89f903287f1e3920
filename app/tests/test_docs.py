"""/docs and the OpenAPI document."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from users_api.openapi import document

KEPT = Path(__file__).parent.parent / "openapi.json"


def test_the_document_in_git_is_current(app: FastAPI) -> None:
    assert KEPT.read_text(encoding="utf-8") == document(app), "python -m users_api.openapi > openapi.json"


def test_the_document_is_served(client: TestClient) -> None:
    assert client.get("/openapi.json").json()["info"] == {"title": "Users", "version": "1.0.0"}


def test_the_page_needs_no_other_server(client: TestClient) -> None:
    page = client.get("/docs").text

    needed = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(needed) == 3 and "http" not in "".join(needed)
    for path in needed:
        assert client.get(path).status_code == 200, path


def test_the_pages_policy_allows_what_it_needs_and_no_more(client: TestClient) -> None:
    response = client.get("/docs")

    [script] = re.findall(r"<script>(.*?)</script>", response.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    [allowed] = re.findall(r"script-src ([^;]+)", response.headers["Content-Security-Policy"])
    assert allowed == f"'self' 'sha256-{digest}'"
