"""What an image holds: the list (SBOM, in the CycloneDX format) that its build put inside."""

from __future__ import annotations

import json
from typing import Any

from workshop import voice
from workshop.errors import WorkshopError
from workshop.shell import docker

PATH = "/sbom.cdx.json"
"""Where both Dockerfiles leave it; in the root, which nginx does not serve."""


def show(image: str) -> None:
    """List the packages that the image says it was made from, with their versions.

    Raises `WorkshopError` where it has no such list.
    """
    command = ("run", "--rm", "--network=none", "--entrypoint", "cat", image, PATH)
    voice.say(f"$ docker {' '.join(command)}")
    parts = _components(image, docker.text(*command))
    voice.say(f"{len(parts)} pacotes em {image.rpartition('/')[2]}:")
    width = max((len(name) for name, _ in parts), default=0)
    for name, version in parts:
        voice.say(f"  {name:{width}}  {version}")


def _components(image: str, text: str) -> list[tuple[str, str]]:
    try:
        document: dict[str, Any] = json.loads(text)
        if document["bomFormat"] != "CycloneDX":
            raise ValueError(document["bomFormat"])
        found = {(_name(part), part["version"]) for part in document.get("components", [])}
    except (ValueError, KeyError, TypeError) as error:
        raise WorkshopError(
            f"{PATH} de {image} não é um documento CycloneDX: {error!r}.",
            fix="make reset   # e a imagem é construída de novo",
        ) from None
    return sorted(found)


def _name(part: dict[str, Any]) -> str:
    """With npm's scope, which CycloneDX calls the group."""
    return f"{part['group']}/{part['name']}" if part.get("group") else part["name"]
