"""Manifests and charts that their makers publish: each once, at its pinned version, kept for the next time.

They come from where their makers publish them. Where that cannot be reached, or everything is to be built here, the
same files are in the makers' Go module.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from workshop import paths, process, voice
from workshop import settings as config
from workshop.supply import downloads, files, go
from workshop.supply.trouble import Kind, NotFetched

_PULL_SECONDS: Final = 120


def path(key: str) -> Path:
    """The file or folder of `[manifests.<key>]`, fetched where it is not there yet.

    Raises `WorkshopError` where neither its makers' address nor their Go module can be had.
    """
    pin = config.versions()["manifests"][key]
    target = _target(key)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        _bring(key, pin, partial)
        partial.rename(target)
    return target


def in_place(key: str) -> bool:
    """Whether it was fetched already."""
    return _target(key).exists()


def _target(key: str) -> Path:
    pin = config.versions()["manifests"][key]
    return paths.MANIFESTS / f"{key}-{pin['version']}" / Path(pin["path"]).name


def _bring(key: str, pin: Mapping[str, Any], target: Path) -> None:
    choice = config.settings().supply
    if choice != "build":
        try:
            _published(pin, target)
            return
        except NotFetched as error:
            if choice == "pull" or error.kind is not Kind.UNREACHABLE:
                raise
            voice.say(f"{key}: {error.host} não pode ser alcançado; vem do módulo Go")
    go.check([pin["module"]])
    files.copy(go.module_folder(pin["module"], pin["package"]) / pin["path"], target)


def _published(pin: Mapping[str, Any], target: Path) -> None:
    if "chart" in pin:
        _pull(pin["chart"], pin["version"], target)
    else:
        downloads.fetch(pin["url"].format(version=pin["version"]), pin["sha256"], target)


def _pull(chart: str, version: str, target: Path) -> None:
    """Unpack a chart that an OCI registry holds. Raises `NotFetched`."""
    unpacked = target.with_name(f"{target.name}.unpacked")
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        process.run(
            ["helm", "pull", chart, "--version", version, "--untar", "--untardir", unpacked], limit=_PULL_SECONDS
        )
    except (process.Failed, process.TimedOut) as error:
        raise NotFetched(f"o chart {chart}", urlsplit(chart).netloc, error.details or error.message) from None
    (folder,) = unpacked.iterdir()
    folder.rename(target)
    unpacked.rmdir()
