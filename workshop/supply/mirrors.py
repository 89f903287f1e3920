"""Images in the local registry, from which the node's containerd takes every name."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable

from workshop import paths, process, registry
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.registry import Registry
from workshop.supply import images as engine_images
from workshop.supply.archives import Part, SavedImage
from workshop.supply.catalogue import Image
from workshop.supply.plan import Found
from workshop.supply.recipes import LABEL


def images_in_registry(images: Iterable[Image]) -> dict[str, Found]:
    """The mirrored ones among `images` that the registry has, by key; none where it does not run."""
    mirrored = [image for image in images if image.mirror]
    local = registry.local()
    if not mirrored or not local.answers():
        return {}
    found = {image.key: _find(local, image) for image in mirrored}
    return {key: value for key, value in found.items() if value is not None}


def stale_mirrors(images: Iterable[Image], engine: dict[str, Found]) -> list[Image]:
    """The mirrored images of the engine that the registry does not hold as they are.

    Raises `WorkshopError` where the registry does not answer.
    """
    local = registry.local()
    if not local.answers():
        raise WorkshopError(
            f"O registro local não responde em {local.address}.",
            fix=f"docker start {config.REGISTRY_CONTAINER}   # não está lá? rode o notebook 01 de novo",
        )
    stale = []
    for image in images:
        if image.mirror and image.key in engine:
            held = _find(local, image)
            if held is None or not held.ids & (engine[image.key].ids | _pushed_as(image, engine[image.key])):
                stale.append(image)
    return stale


def push(image: Image, found: Found, group: process.Group) -> None:
    """Put the engine's image, found there as that, into the local registry, each layer as it is.

    As the engine saves it, and not with `docker push`: that would spend a minute of every first start on compressing
    layers that never leave this machine, and the node another one on unpacking them.
    Raises `WorkshopError` where the registry refuses a part, `Cancelled` where the run is being ended.
    """
    log = paths.SUPPLY_LOGS / f"mirror-{image.key}.log"
    log.unlink(missing_ok=True)
    saved = paths.BUILD / "mirrors" / f"{image.key}.tar"
    saved.parent.mkdir(parents=True, exist_ok=True)
    try:
        engine_images.save(image, to=saved, group=group, log=log)
        repository, tag = image.mirror_path.rsplit(":", 1)
        with tarfile.open(saved) as opened:
            content = SavedImage.read(opened, image)
            for part in (*content.layers, content.settings):
                group.check()
                _store(registry.local(), repository, part, opened)
        _note(image, found, registry.local().put(repository, tag, content.manifest()))
    finally:
        saved.unlink(missing_ok=True)


def _note(image: Image, found: Found, digest: str) -> None:
    paths.MIRRORED.mkdir(parents=True, exist_ok=True)
    (paths.MIRRORED / image.key).write_text("\n".join([digest, *found.ids]), encoding="ascii")


def _pushed_as(image: Image, found: Found) -> set[str]:
    """The registry's name for what the engine has: an engine with containerd's store calls an image by a manifest of
    its own, which says nothing about the one that is in the registry."""
    note = paths.MIRRORED / image.key
    if not note.exists():
        return set()
    digest, *ids = note.read_text(encoding="ascii").splitlines()
    return {digest} if found.ids & set(ids) else set()


def _find(local: Registry, image: Image) -> Found | None:
    """What the registry holds under the image's path: by all the names that an engine may have for it."""
    repository, tag = image.mirror_path.rsplit(":", 1)
    manifest = local.manifest(repository, tag)
    if manifest is None:
        return None
    if manifest.is_list:  # for several architectures: it has no configuration of its own
        return Found(frozenset({manifest.digest}), None)
    labels = local.configuration(repository, manifest).get("config", {}).get("Labels") or {}
    return Found(frozenset({manifest.digest, manifest.content["config"]["digest"]}), labels.get(LABEL))


def _store(local: Registry, repository: str, part: Part, archive: tarfile.TarFile) -> None:
    content = archive.extractfile(part.member)
    if content is None:
        raise KeyError(part.member)
    local.store_file(repository, content, part.digest, part.size)
