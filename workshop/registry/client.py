"""A registry's own HTTP API: https://distribution.github.io/distribution/spec/api/."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any, Final

import httpx

from workshop import http
from workshop import settings as config
from workshop.errors import WorkshopError

MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIGURATION_TYPE: Final = "application/vnd.oci.image.config.v1+json"
_ACCEPTED: Final = ", ".join(
    (
        MANIFEST_TYPE,
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
_CHUNK_BYTES: Final = 1 << 20
_UPLOAD_SECONDS: Final = 120


@dataclass(frozen=True)
class Manifest:
    """What a tag leads to: the manifest of an image, or the list of one for several architectures."""

    content: dict[str, Any]
    media_type: str
    digest: str

    @property
    def is_list(self) -> bool:
        """Whether it lists images instead of being one."""
        return "manifests" in self.content


class Registry:
    """The registry at `host:port`, on this machine; safe in threads.

    Whatever asks it raises `WorkshopError` where it does not answer.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._client = http.local_client(f"http://{address}/v2")

    def answers(self) -> bool:
        """Whether a registry listens there."""
        try:
            return self._ask("GET", "/", timeout=2).status_code == httpx.codes.OK
        except WorkshopError:
            return False

    def tags(self, repository: str) -> list[str]:
        """The tags of a repository, sorted; none where it does not exist."""
        answer = self._ask("GET", f"/{repository}/tags/list")
        return sorted(answer.json().get("tags") or []) if answer.status_code == httpx.codes.OK else []

    def digest(self, repository: str, reference: str) -> str:
        """What names the content of a tag, as `sha256:…`; empty where there is no such tag."""
        found = self._ask("HEAD", f"/{repository}/manifests/{reference}", headers={"Accept": _ACCEPTED})
        return str(found.headers.get("Docker-Content-Digest", ""))

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """The manifest of a tag or digest; None where there is none."""
        answer = self._ask("GET", f"/{repository}/manifests/{reference}", headers={"Accept": _ACCEPTED})
        if answer.status_code != httpx.codes.OK:
            return None
        digest = answer.headers.get("Docker-Content-Digest", "")
        return Manifest(answer.json(), answer.headers.get("Content-Type", MANIFEST_TYPE), digest)

    def image(self, repository: str, reference: str) -> Manifest:
        """The manifest of an image; of a list, that of its first. Raises `WorkshopError` where there is none."""
        found = self.manifest(repository, reference)
        if found is None:
            raise WorkshopError(
                f"O registro não tem {repository}:{reference}.",
                fix=f"curl http://{self.address}/v2/{repository}/tags/list",
            )
        return self.image(repository, found.content["manifests"][0]["digest"]) if found.is_list else found

    def configuration(self, repository: str, manifest: Manifest) -> dict[str, Any]:
        """The configuration of an image."""
        digest = manifest.content["config"]["digest"]
        answer = self._ask("GET", f"/{repository}/blobs/{digest}", follow_redirects=True)
        self._check(answer, digest)
        found: dict[str, Any] = answer.json()
        return found

    def store(self, repository: str, content: bytes, media_type: str = CONFIGURATION_TYPE) -> dict[str, Any]:
        """Upload a blob; returns the descriptor by which a manifest names it."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self._upload(repository, digest, content, len(content))
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def store_file(self, repository: str, content: IO[bytes], digest: str, size: int) -> None:
        """Upload a blob of that digest and size (bytes) from a file, unless it is there already."""
        if self._ask("HEAD", f"/{repository}/blobs/{digest}").status_code != httpx.codes.OK:
            self._upload(repository, digest, iter(lambda: content.read(_CHUNK_BYTES), b""), size)

    def mount(self, repository: str, digest: str, source: str) -> None:
        """Have a blob of another repository in this one too, without sending it."""
        answer = self._ask("POST", f"/{repository}/blobs/uploads/", params={"mount": digest, "from": source})
        self._check(answer, digest)

    def put(self, repository: str, tag: str, manifest: dict[str, Any], media_type: str = MANIFEST_TYPE) -> str:
        """Write the manifest of a tag, whose blobs are there; returns its digest."""
        answer = self._ask(
            "PUT", f"/{repository}/manifests/{tag}", content=json.dumps(manifest), headers={"Content-Type": media_type}
        )
        self._check(answer, f"{repository}:{tag}")
        return str(answer.headers["Docker-Content-Digest"])

    def forget(self, repository: str, tag: str) -> None:
        """Delete the image of a tag, with every other tag that it has; nothing happens where there is none."""
        if found := self.digest(repository, tag):
            self._check(self._ask("DELETE", f"/{repository}/manifests/{found}"), f"{repository}:{tag}")

    def _upload(self, repository: str, digest: str, content: bytes | Iterable[bytes], size: int) -> None:
        begun = self._ask("POST", f"/{repository}/blobs/uploads/")
        self._check(begun, digest)
        place = begun.url.join(begun.headers["Location"]).copy_merge_params({"digest": digest})
        answer = self._ask(
            "PUT",
            place,
            content=content,
            headers={"Content-Length": str(size), "Content-Type": "application/octet-stream"},
            timeout=_UPLOAD_SECONDS,
        )
        self._check(answer, digest)

    def _ask(self, method: str, where: str | httpx.URL, **options: Any) -> httpx.Response:
        try:
            return self._client.request(method, where, **options)
        except httpx.HTTPError as error:
            raise WorkshopError(
                f"O registro não responde em {self.address}: {error or type(error).__name__}.",
                fix=f"docker start {config.REGISTRY_CONTAINER}   # não está lá? make up",
            ) from None

    def _check(self, answer: httpx.Response, what: str) -> None:
        if answer.is_error:
            raise WorkshopError(
                f"O registro recusou {what}: HTTP {answer.status_code}.",
                details=answer.text[:300],
                fix=f"docker logs --tail 20 {config.REGISTRY_CONTAINER}",
            )


def local() -> Registry:
    """The workshop's own, at the port that is chosen."""
    return _at(config.registry_on_host())


@lru_cache
def _at(address: str) -> Registry:
    return Registry(address)


def repository_and_reference(image: str) -> tuple[str, str]:
    """`host/app:1.0` → `app`, `1.0`; where a digest is named too, it is what counts: `app`, `sha256:…`."""
    named, _, found = image.partition("/")[2].partition("@")
    repository, _, tag = named.rpartition(":")
    return (repository or tag, found) if found else (repository, tag)
