"""Manifests and charts that their makers publish: each once, at its pinned version, kept for the next time."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import httpx

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError


def path(key: str) -> Path:
    """The file or folder of `[manifests.<key>]`, fetched where it is not there yet.

    Raises `WorkshopError` where neither the Go module nor the address can be reached.
    """
    pin = config.versions()["manifests"][key]
    target = _target(key)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        if partial.is_dir():
            shutil.rmtree(partial)
        if shutil.which("go"):
            _copy_from_module(pin["module"], pin["package"], pin["path"], partial)
        elif "url" in pin:
            _download(pin["url"].format(version=pin["version"]), partial)
        else:
            raise WorkshopError(
                f"Go is needed to get {key}.", fix="install Go 1.26.2 or later: https://go.dev/doc/install"
            )
        partial.rename(target)
    return target


def in_place(key: str) -> bool:
    """Whether it was fetched already."""
    return _target(key).exists()


def _target(key: str) -> Path:
    pin = config.versions()["manifests"][key]
    return paths.MANIFESTS / f"{key}-{pin['version']}" / Path(pin["path"]).name


def _copy_from_module(module: str, package: str, inside: str, target: Path) -> None:
    folder = paths.ROOT / "tools" / module
    environment = {**os.environ, "GOFLAGS": "-mod=readonly"}
    for command in (["go", "mod", "download", package], ["go", "list", "-m", "-f", "{{.Dir}}", package]):
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise WorkshopError(
                f"The Go module {package} cannot be had.",
                details="\n".join(done.stderr.strip().splitlines()[-3:]),
                fix="run the same command again once the Go module proxy can be reached",
            )
    source = Path(done.stdout.strip()) / inside
    if source.is_file():
        shutil.copyfile(source, target)
        return
    shutil.copytree(source, target)
    # Files of the module cache are read-only; ours must be removable.
    for file in [target, *target.rglob("*")]:
        file.chmod(file.stat().st_mode | stat.S_IWUSR)


def _download(url: str, target: Path) -> None:
    try:
        answer = httpx.get(url, timeout=60, follow_redirects=True).raise_for_status()
    except httpx.HTTPError as error:
        raise WorkshopError(
            f"{url} cannot be downloaded: {error}.", fix="run the same command again once the address can be reached"
        ) from None
    target.write_bytes(answer.content)
