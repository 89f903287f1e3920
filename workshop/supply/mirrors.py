"""Images in the local registry, from which the node's containerd takes every name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import httpx

from workshop import settings as config
from workshop.errors import WorkshopError
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


class Registry:
    """The local registry's API, as far as it is needed to compare."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=f"http://{address}/v2", timeout=10, trust_env=False)

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
    """Put the engine's image into the local registry."""
    mirrored = f"{config.registry_on_host()}/{image.mirror_path}"
    log = LOG_FOLDER / f"mirror-{image.key}.log"
    log.unlink(missing_ok=True)
    processes.run(["docker", "tag", image.name, mirrored], log=log)
    try:
        processes.run(["docker", "push", mirrored], log=log)
    finally:
        # The extra name was only for the push.
        processes.run(["docker", "rmi", "--no-prune", mirrored], log=log)
