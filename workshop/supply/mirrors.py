"""Images in the local registry, from which the node's containerd takes every name."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import httpx

from workshop import http, paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.supply.archives import MANIFEST_TYPE, Part, SavedImage
from workshop.supply.catalogue import Image
from workshop.supply.plan import Found
from workshop.supply.processes import LOG_FOLDER, Processes
from workshop.supply.recipes import LABEL

MANIFEST_TYPES: Final = ", ".join(
    (
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.index.v1+json",
    )
)

CHUNK_BYTES: Final = 1 << 20
UPLOAD_SECONDS: Final = 120


class Registry:
    """The local registry's API, as far as mirroring needs it."""

    def __init__(self, address: str) -> None:
        self._client = http.local_client(f"http://{address}/v2")

    def answers(self) -> bool:
        """Whether a registry listens there."""
        try:
            return self._client.get("/", timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def find(self, image: Image) -> Found | None:
        """What the registry holds under the image's path."""
        path, tag = image.mirror_path.rsplit(":", 1)
        answer = self._client.get(f"/{path}/manifests/{tag}", headers={"Accept": MANIFEST_TYPES})
        if answer.status_code != httpx.codes.OK:
            return None
        ids = {answer.headers.get("Docker-Content-Digest", "")}
        labels: dict[str, Any] = {}
        # A list for several architectures has no configuration of its own.
        digest = answer.json().get("config", {}).get("digest")
        if digest:
            ids.add(digest)
            settings = self._client.get(f"/{path}/blobs/{digest}", follow_redirects=True).json()
            labels = settings.get("config", {}).get("Labels") or {}
        return Found(frozenset(ids), labels.get(LABEL))

    def upload(self, image: Image, archive: Path, processes: Processes) -> None:
        """Put the image of an archive under the image's path, each layer as it is there.

        Raises `WorkshopError` where the registry refuses a part, `Cancelled` where the run is being ended.
        """
        path, tag = image.mirror_path.rsplit(":", 1)
        with tarfile.open(archive) as opened:
            saved = SavedImage.read(opened, image)
            for part in (*saved.layers, saved.settings):
                processes.check()
                self._upload_blob(path, part, opened)
            manifest = saved.manifest()
        answer = self._client.put(f"/{path}/manifests/{tag}", content=manifest, headers={"Content-Type": MANIFEST_TYPE})
        _check(answer, f"the manifest of {image.name}")

    def _upload_blob(self, path: str, part: Part, archive: tarfile.TarFile) -> None:
        if self._client.head(f"/{path}/blobs/{part.digest}").status_code == httpx.codes.OK:
            return
        begun = self._client.post(f"/{path}/blobs/uploads/")
        _check(begun, part.digest)
        content = archive.extractfile(part.member)
        if content is None:
            raise KeyError(part.member)
        answer = self._client.put(
            begun.headers["Location"],
            params={**httpx.URL(begun.headers["Location"]).params, "digest": part.digest},
            content=iter(lambda: content.read(CHUNK_BYTES), b""),
            headers={"Content-Length": str(part.size), "Content-Type": "application/octet-stream"},
            timeout=UPLOAD_SECONDS,
        )
        _check(answer, part.digest)


def _check(answer: httpx.Response, what: str) -> None:
    if answer.is_error:
        raise WorkshopError(
            f"The local registry refused {what}: HTTP {answer.status_code}.",
            details=answer.text[:300],
            fix=f"docker logs --tail 20 {config.REGISTRY_CONTAINER}",
        )


def images_in_registry(images: Iterable[Image]) -> dict[str, Found]:
    """The mirrored ones among `images` that the registry has, by key; none where it does not run."""
    mirrored = [image for image in images if image.mirror]
    registry = Registry(config.registry_on_host())
    if not mirrored or not registry.answers():
        return {}
    found = {image.key: registry.find(image) for image in mirrored}
    return {key: value for key, value in found.items() if value is not None}


def stale_mirrors(images: Iterable[Image], engine: dict[str, Found]) -> list[Image]:
    """The mirrored images of the engine that the registry does not hold as they are.

    Raises `WorkshopError` where the registry does not answer.
    """
    registry = Registry(config.registry_on_host())
    if not registry.answers():
        raise WorkshopError(
            f"The local registry does not answer at {config.registry_on_host()}.",
            fix=f"docker start {config.REGISTRY_CONTAINER}   # not there? run notebook 01 again",
        )
    stale = []
    for image in images:
        if image.mirror and image.key in engine:
            held = registry.find(image)
            if held is None or not held.ids & engine[image.key].ids:
                stale.append(image)
    return stale


def push(image: Image, processes: Processes) -> None:
    """Put the engine's image into the local registry.

    As the engine saves it, and not with `docker push`: that would spend a minute of every first start on compressing
    layers that never leave this machine, and the node another one on unpacking them.
    """
    log = LOG_FOLDER / f"mirror-{image.key}.log"
    log.unlink(missing_ok=True)
    saved = paths.BUILD / "mirrors" / f"{image.key}.tar"
    saved.parent.mkdir(parents=True, exist_ok=True)
    try:
        processes.run(["docker", "save", "--output", saved, image.name], log=log)
        Registry(config.registry_on_host()).upload(image, saved, processes)
    finally:
        saved.unlink(missing_ok=True)
