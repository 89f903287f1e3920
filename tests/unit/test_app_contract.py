"""Backend and frontend agree on one OpenAPI document; each checks its own side of it in its own pipeline."""

from __future__ import annotations

from workshop.paths import ROOT


def test_the_page_is_made_for_the_backends_api() -> None:
    backend, frontend = (ROOT / component / "openapi.json" for component in ("app", "frontend"))

    assert backend.read_bytes() == frontend.read_bytes(), (
        "run: cp app/openapi.json frontend/ && cd frontend && npm run api"
    )
