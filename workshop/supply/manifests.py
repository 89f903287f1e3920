"""Manifests and charts that their makers publish: each once, at its pinned version, kept for the next time."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.supply import files, go


def path(key: str) -> Path:
    """The file or folder of `[manifests.<key>]`, fetched where it is not there yet.

    Raises `WorkshopError` where neither the Go module nor the address can be reached.
    """
    pin = config.versions()["manifests"][key]
    target = _target(key)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        if shutil.which("go"):
            files.copy(go.module_folder(pin["module"], pin["package"]) / pin["path"], partial)
        elif "url" in pin:
            _download(pin["url"].format(version=pin["version"]), partial)
        else:
            raise WorkshopError(f"Para trazer {key} é preciso o Go, que não está no PATH.", fix=go.FIX)
        partial.rename(target)
    return target


def in_place(key: str) -> bool:
    """Whether it was fetched already."""
    return _target(key).exists()


def _target(key: str) -> Path:
    pin = config.versions()["manifests"][key]
    return paths.MANIFESTS / f"{key}-{pin['version']}" / Path(pin["path"]).name


def _download(url: str, target: Path) -> None:
    try:
        answer = httpx.get(url, timeout=60, follow_redirects=True).raise_for_status()
    except httpx.HTTPError as error:
        raise WorkshopError(
            f"{url} não pôde ser baixado.",
            details=str(error),
            fix=f"curl -I {url}   # quando responder, rode o mesmo comando de novo",
        ) from None
    target.write_bytes(answer.content)
