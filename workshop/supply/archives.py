"""Image archives (`docker save`) under .workshop/images/: looked into before anything is loaded."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.supply.catalogue import Image, familiar
from workshop.supply.plan import Found
from workshop.supply.processes import shown
from workshop.supply.recipes import LABEL


def archive_path(image: Image) -> Path:
    """Where the archive of an image is looked for."""
    return config.IMAGE_ARCHIVES / f"{image.key}.tar"


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
                tags = sorted(tag for item in entries for tag in item.get("RepoTags") or ["an image without a name"])
                raise WorkshopError(
                    f"{shown(path)} is an archive of {', '.join(tags)}, not of {image.name}.",
                    fix=f"docker save -o {shown(path)} {image.name}   # or: rm {shown(path)}",
                )
            absent = {entry["Config"], *entry["Layers"]} - members
            if absent:
                raise KeyError(sorted(absent)[0])
            settings = _read(archive, entry["Config"])
            labels = json.loads(settings).get("config", {}).get("Labels") or {}
            ids = {f"sha256:{hashlib.sha256(settings).hexdigest()}"}
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
        f"{shown(path)} is damaged, or no image archive: {reason}.",
        fix=f"rm {shown(path)}   # or copy it again: docker save -o {image.key}.tar {image.name}",
    )


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member.read()


def _holds(entry: dict[str, Any], image: Image) -> bool:
    return image.familiar_name in {familiar(tag) for tag in entry.get("RepoTags") or ()}
