"""What an image says it holds, as the audience sees it."""

from __future__ import annotations

import json

import pytest

from workshop import voice
from workshop.errors import WorkshopError
from workshop.story import sbom


def shown(monkeypatch: pytest.MonkeyPatch, text: str) -> list[str]:
    """The lines told for an image with that list inside."""
    monkeypatch.setattr(sbom.docker, "text", lambda *_: text, raising=False)
    told: list[str] = []
    with voice.heard_by(told.append):
        sbom.show("localhost:5001/image-promotion-frontend:0a1b2c3d")
    return told


def test_packages_are_listed_once_with_scope_and_version(monkeypatch: pytest.MonkeyPatch) -> None:
    react = {"name": "react", "version": "19.3.1"}
    palette = {"group": "@catppuccin", "name": "palette", "version": "1.8.0"}
    told = shown(monkeypatch, json.dumps({"bomFormat": "CycloneDX", "components": [react, palette, react]}))

    assert told[0].startswith("$ docker run --rm")
    assert told[1:] == [
        "2 pacotes em image-promotion-frontend:0a1b2c3d:",
        "  @catppuccin/palette  1.8.0",
        "  react                19.3.1",
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"bomFormat": "SPDX"}', '{"bomFormat": "CycloneDX", "components": [{}]}'])
def test_another_document_is_a_sentence(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(WorkshopError, match="não é um documento CycloneDX"):
        shown(monkeypatch, text)
