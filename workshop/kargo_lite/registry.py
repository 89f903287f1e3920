"""Reading tags and build dates from a container registry (Kargo: pkg/image/repository_client.go).

Only what needs no login: the workshop's own registry, or any other that lets everybody read.
"""

from __future__ import annotations

import ipaddress
import json
import re
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException, HTTPMessage

from . import clock
from .objects import Object, part_of

_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_CREATED = ("org.opencontainers.image.created", "org.label-schema.build-date")
_TIMEOUT = 15


class RegistryError(Exception):
    """The registry could not be read."""


@dataclass(frozen=True)
class Image:
    """One tag of a repository."""

    tag: str
    digest: str
    created: datetime

    def reference(self) -> dict[str, str]:
        """As it stands in a Warehouse's status.discoveredArtifacts."""
        created = self.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"tag": self.tag, "digest": self.digest, "createdAt": created}


def may_speak_http(host: str) -> bool:
    """Whether plain HTTP is tried for that host[:port], by its name alone.

    The rule is go-containerregistry's (pkg/name/registry.go, Scheme): there is no switch for it in Kargo,
    and a registry under another name is asked over HTTPS only.
    """
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if name == "localhost" or name.endswith((".localhost", ".local")) or "127.0.0.1" in host or "::1" in host:
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_private
    except ValueError:
        return False


class Repository:
    """One image repository, such as ``registry.workshop.local:5001/backend``.

    Tags that were read once are remembered when ``cache_by_tag`` is set, which is right for tags
    that never move.
    """

    _scheme: dict[str, str] = {}  # noqa: RUF012 - shared on purpose: a host keeps its scheme
    _cache: dict[tuple[str, str], Image] = {}  # noqa: RUF012 - likewise a fixed tag its image
    _lock = threading.Lock()

    def __init__(self, repo_url: str, *, cache_by_tag: bool = False) -> None:
        self.repo_url = repo_url
        self.cache_by_tag = cache_by_tag
        host, slash, path = repo_url.partition("/")
        if slash and ("." in host or ":" in host or host == "localhost"):
            self.host, self.path = host, path
        else:  # Docker Hub's short names
            self.host, self.path = "registry-1.docker.io", repo_url if slash else f"library/{repo_url}"

    def newest(self, allow: list[str], ignore: list[str], limit: int) -> list[Image]:
        """Images whose tag is allowed, newest build first, ties by tag (newest_build_selector.go)."""
        tags = [
            tag
            for tag in self.tags()
            if not any(re.search(pattern, tag) for pattern in ignore)
            and (not allow or any(re.search(pattern, tag) for pattern in allow))
        ]
        images = sorted((self.image(tag) for tag in tags), key=lambda i: (i.created, i.tag), reverse=True)
        return images[:limit]

    def tags(self) -> list[str]:
        """Every tag. A repository that nothing was pushed to yet has none."""
        found: list[str] = []
        path: str | None = f"/v2/{self.path}/tags/list"
        while path:
            try:
                body, headers = self._get(path)
            except RegistryError as error:
                if "HTTP 404" in str(error):
                    return found
                raise
            found += json.loads(body).get("tags") or []
            following = re.match(r"<(?:https?://[^/]+)?([^>]+)>", headers.get("Link", ""))
            path = following[1] if following else None
        return found

    def image(self, tag: str) -> Image:
        """Digest and build date of a tag."""
        key = (self.repo_url, tag)
        if self.cache_by_tag and key in self._cache:
            return self._cache[key]
        digest, created = self._describe(tag)
        image = Image(tag, digest, created)
        if self.cache_by_tag:
            with self._lock:
                self._cache[key] = image
        return image

    def _describe(self, reference: str) -> tuple[str, datetime]:
        accept = ", ".join((*_MANIFESTS, *_INDEXES))
        body, headers = self._get(f"/v2/{self.path}/manifests/{reference}", accept)
        manifest = json.loads(body)
        digest = headers.get("Docker-Content-Digest", "")
        kind = manifest.get("mediaType") or headers.get("Content-Type", "").split(";")[0]
        if kind in _INDEXES:
            # An index has no date of its own: it is as new as the newest image in it.
            images = [m["digest"] for m in manifest["manifests"] if _is_image(m)]
            if not images:
                raise RegistryError(f"{self.repo_url}:{reference}: empty index")
            return digest, max(self._describe(child)[1] for child in images)
        if kind not in _MANIFESTS:
            raise RegistryError(f"{self.repo_url}:{reference}: unknown artifact type: {kind}")
        config = json.loads(self._get(f"/v2/{self.path}/blobs/{manifest['config']['digest']}")[0])
        return digest, _creation_time(manifest, config)

    def _get(self, path: str, accept: str = "*/*") -> tuple[bytes, HTTPMessage]:
        known = self._scheme.get(self.host)
        schemes = [known] if known else ["https", "http"] if may_speak_http(self.host) else ["https"]
        problem: Exception | None = None
        for scheme in schemes:
            request = urllib.request.Request(f"{scheme}://{self.host}{path}", headers={"Accept": accept})  # noqa: S310
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
                    self._scheme[self.host] = scheme
                    return response.read(), response.headers
            except urllib.error.HTTPError as error:
                raise RegistryError(self._explain(path, error)) from error
            except (OSError, HTTPException) as error:
                problem = error
        raise RegistryError(f"{self.host}{path}: {problem}") from problem

    def _explain(self, path: str, error: urllib.error.HTTPError) -> str:
        hint = " (kargo-lite reads only registries that ask for no login)" if error.code in (401, 403) else ""
        return f"{self.host}{path}: HTTP {error.code}{hint}"


def _is_image(entry: Object) -> bool:
    platform = part_of(entry, "platform")
    return all(platform.get(key, "unknown") not in ("", "unknown") for key in ("os", "architecture"))


def _creation_time(manifest: Object, config: Object) -> datetime:
    """The label or annotation wins over the date of the build, which a cached build does not renew."""
    for source in (manifest.get("annotations"), part_of(config, "config").get("Labels")):
        for key in _CREATED:
            if created := clock.parse_time((source or {}).get(key)):
                return created
    return clock.parse_time(config.get("created")) or datetime.fromtimestamp(0, UTC)
