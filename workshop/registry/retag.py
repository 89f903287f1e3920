"""An image under another tag in an instant: the layers of one that is there, under a configuration of its own.

No engine and no build: manifest and configuration are written through the registry's own HTTP API
(https://distribution.github.io/distribution/spec/api/). For everybody it is an image of its own: another digest,
another build date, and the application in it says the new tag, as that of a pipeline does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.services import registry
from workshop.supply.mirrors import MANIFEST_TYPES

_VERSION: Final = "APP_VERSION"
"""The variable of app/Dockerfile that holds the tag; /api/version answers it."""
_LABELS: Final = "org.opencontainers.image"


def retag(repository: str, source: str, tag: str, variables: Mapping[str, str] | None = None) -> str:
    """Push the image `source` of a repository once more as `tag`, built now; returns the new digest.

    **variables**: what its containers find in their environment besides, where nothing else says so.
    Raises `WorkshopError` where the registry has no such image.
    """
    with registry.client(repository) as client:
        manifest, kind = _manifest(client, repository, source)
        settings = client.get(f"/blobs/{manifest['config']['digest']}").raise_for_status().json()
        content = json.dumps(_renamed(settings, tag, datetime.now(UTC), variables)).encode()
        manifest["config"] |= {"digest": _store(client, content), "size": len(content)}
        answer = client.put(f"/manifests/{tag}", content=json.dumps(manifest), headers={"Content-Type": kind})
        return str(answer.raise_for_status().headers["Docker-Content-Digest"])


def _manifest(client: httpx.Client, repository: str, reference: str) -> tuple[dict[str, Any], str]:
    """The manifest of one image and its media type; of a list, that of its first image."""
    answer = client.get(f"/manifests/{reference}", headers={"Accept": MANIFEST_TYPES})
    if answer.is_error:
        raise WorkshopError(
            f"The registry has no {repository}:{reference}.",
            details=answer.text[:300],
            fix=f"curl http://{config.registry_on_host()}/v2/{repository}/tags/list",
        )
    found: dict[str, Any] = answer.json()
    if "manifests" in found:
        return _manifest(client, repository, found["manifests"][0]["digest"])
    return found, answer.headers["Content-Type"]


def _renamed(
    settings: dict[str, Any], tag: str, built: datetime, variables: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The configuration of the same image, as a build of another version would have written it."""
    moment = built.strftime("%Y-%m-%dT%H:%M:%SZ")
    inner = settings.get("config") or {}
    environment = [f"{_VERSION}={tag}" if item.startswith(f"{_VERSION}=") else item for item in inner.get("Env") or []]
    environment += [f"{name}={value}" for name, value in (variables or {}).items()]
    labels = {**(inner.get("Labels") or {}), f"{_LABELS}.version": tag, f"{_LABELS}.created": moment}
    return {**settings, "created": moment, "config": {**inner, "Env": environment, "Labels": labels}}


def _store(client: httpx.Client, content: bytes) -> str:
    """Upload a blob; returns its digest."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    begun = client.post("/blobs/uploads/").raise_for_status()
    place = httpx.URL(begun.headers["Location"]).copy_merge_params({"digest": digest})
    client.put(place, content=content, headers={"Content-Type": "application/octet-stream"}).raise_for_status()
    return digest
