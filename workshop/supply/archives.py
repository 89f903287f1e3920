"""Image archives (`docker save`) under .workshop/images/: looked into before anything is loaded."""

from __future__ import annotations

import hashlib
import json
import posixpath
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workshop import paths, process
from workshop.errors import WorkshopError
from workshop.registry.client import CONFIGURATION_TYPE, MANIFEST_TYPE
from workshop.supply.catalogue import Image, familiar
from workshop.supply.plan import Found
from workshop.supply.recipes import LABEL

TRANSFER_SECONDS: Final = 30 * 60
"""What `docker pull`, `save` and `load` of one image may take: several GB, on a slow disk or network."""
_GZIP_MAGIC: Final = b"\x1f\x8b"


@dataclass(frozen=True)
class Part:
    """A file of an archive that a registry keeps as a blob: a layer, or the image's configuration."""

    member: str
    media_type: str
    digest: str
    size: int

    def descriptor(self) -> dict[str, Any]:
        """How a manifest names it."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


@dataclass(frozen=True)
class SavedImage:
    """One image of an archive, in the terms of a registry."""

    settings: Part
    layers: tuple[Part, ...]

    @classmethod
    def read(cls, archive: tarfile.TarFile, image: Image) -> SavedImage:
        """Find the image in an open archive; layers stay as they are, compressed or not."""
        entries = json.loads(_read(archive, "manifest.json"))
        entry = next(item for item in entries if _holds(item, image))
        content = _read(archive, entry["Config"])
        digests = json.loads(content)["rootfs"]["diff_ids"]
        settings = Part(entry["Config"], CONFIGURATION_TYPE, _digest(content), len(content))
        layers = (_layer(archive, name, digest) for name, digest in zip(entry["Layers"], digests, strict=True))
        return cls(settings, tuple(layers))

    def manifest(self) -> dict[str, Any]:
        """The OCI manifest: https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md"""
        return {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": self.settings.descriptor(),
            "layers": [layer.descriptor() for layer in self.layers],
        }


def archive_path(image: Image) -> Path:
    """Where the archive of an image is looked for."""
    return paths.IMAGE_ARCHIVES / f"{image.key}.tar"


def read_archive(path: Path, image: Image) -> Found:
    """What the archive holds for the image.

    Raises `WorkshopError` where it is damaged, or an archive of something else; the file stays as it is.
    """
    try:
        with tarfile.open(path) as archive:
            members = set(archive.getnames())
            entries = json.loads(_read(archive, "manifest.json"))
            entry = next((item for item in entries if _holds(item, image)), None)
            if entry is None:
                tags = sorted(tag for item in entries for tag in item.get("RepoTags") or ["uma imagem sem nome"])
                raise WorkshopError(
                    f"{process.relative(path)} é um arquivo de {', '.join(tags)}, e não de {image.name}.",
                    fix=f"docker save -o {process.relative(path)} {image.name}   # ou: rm {process.relative(path)}",
                )
            absent = {entry["Config"], *entry["Layers"]} - members
            if absent:
                raise KeyError(sorted(absent)[0])
            settings = _read(archive, entry["Config"])
            labels = json.loads(settings).get("config", {}).get("Labels") or {}
            ids = {_digest(settings)}
            if "index.json" in members:
                # An engine with the containerd image store calls the image by its manifest instead.
                ids |= {item["digest"] for item in json.loads(_read(archive, "index.json"))["manifests"]}
            return Found(frozenset(ids), labels.get(LABEL))
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError, TypeError) as error:
        # tarfile goes on with a line for every kind of compression that it has tried.
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(":")
        raise damaged(path, image, reason) from None


def damaged(path: Path, image: Image, reason: str) -> WorkshopError:
    """The error for an archive that cannot be used."""
    return WorkshopError(
        f"{process.relative(path)} está danificado, ou não é um arquivo de imagem: {reason}.",
        fix=f"rm {process.relative(path)}   # ou copie de novo: docker save -o {image.key}.tar {image.name}",
    )


def _layer(archive: tarfile.TarFile, name: str, diff_id: str) -> Part:
    member = archive.getmember(name)
    if member.issym():
        # An engine of before 25 saves a layer once and links to it from the images that share it.
        name = posixpath.normpath(posixpath.join(posixpath.dirname(name), member.linkname))
        member = archive.getmember(name)
    stream = archive.extractfile(member)
    if stream is None:
        raise KeyError(name)
    if stream.read(2) != _GZIP_MAGIC:
        return Part(name, "application/vnd.oci.image.layer.v1.tar", diff_id, member.size)
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    return Part(name, "application/vnd.oci.image.layer.v1.tar+gzip", f"sha256:{digest}", member.size)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member.read()


def _holds(entry: dict[str, Any], image: Image) -> bool:
    return image.familiar_name in {familiar(tag) for tag in entry.get("RepoTags") or ()}
