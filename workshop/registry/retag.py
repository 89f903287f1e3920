"""An image under another tag in an instant: the layers of one that is there, under a configuration of its own.

No engine and no build. For everybody it is an image of its own: another digest, another build date, and the application
in it says the new tag, as that of a pipeline does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from workshop.registry.client import Registry

_VERSION: Final = "APP_VERSION"
"""The variable of app/Dockerfile that holds the tag; /api/version answers it."""
_LABELS: Final = "org.opencontainers.image"


def retag(
    registry: Registry, repository: str, source: str, tag: str, variables: Mapping[str, str] | None = None
) -> str:
    """Push the image `source` of a repository once more as `tag`, built now; returns the new digest.

    **variables**: what its containers find in their environment besides, where nothing else says so.
    Raises `WorkshopError` where the registry has no such image.
    """
    image = registry.image(repository, source)
    settings = renamed(registry.configuration(repository, image), tag, datetime.now(UTC), variables)
    stored = registry.store(repository, json.dumps(settings).encode(), image.content["config"]["mediaType"])
    return registry.put(repository, tag, {**image.content, "config": stored}, image.media_type)


def renamed(
    settings: dict[str, Any], tag: str, built: datetime, variables: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The configuration of the same image, as a build of another version would have written it."""
    moment = built.strftime("%Y-%m-%dT%H:%M:%SZ")
    inner = settings.get("config") or {}
    environment = [f"{_VERSION}={tag}" if item.startswith(f"{_VERSION}=") else item for item in inner.get("Env") or []]
    environment += [f"{name}={value}" for name, value in (variables or {}).items()]
    labels = {**(inner.get("Labels") or {}), f"{_LABELS}.version": tag, f"{_LABELS}.created": moment}
    return {**settings, "created": moment, "config": {**inner, "Env": environment, "Labels": labels}}
