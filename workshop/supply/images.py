"""Container images in the Docker engine: what is there, and how each one gets there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from workshop import paths, voice
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import apt, authorities
from workshop.supply import tools
from workshop.supply.archives import archive_path, damaged
from workshop.supply.catalogue import Image
from workshop.supply.plan import Found
from workshop.supply.processes import LOG_FOLDER, Processes
from workshop.supply.recipes import IGNORED, LABEL

CONTEXTS: Final = paths.BUILD / "images"
PULL_PROBE_SECONDS: Final = 5.0
PROXY_VARIABLES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def images_in_engine(images: Iterable[Image]) -> dict[str, Found]:
    """The images that the engine has under our names, by key."""
    listed = set(_docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").splitlines())
    present = {image.key: image for image in images if image.familiar_name in listed}
    if not present:
        return {}
    answers = _docker(
        "image", "inspect", "--format", '{"id":{{json .Id}},"labels":{{json .Config.Labels}}}',
        *(image.name for image in present.values()),
    ).splitlines()  # fmt: skip
    found = {}
    for key, answer in zip(present, map(json.loads, answers), strict=True):
        found[key] = Found(frozenset({answer["id"]}), (answer["labels"] or {}).get(LABEL))
    return found


def size_in_engine(image: Image) -> int:
    """About how many bytes `docker save` writes for it."""
    return int(_docker("image", "inspect", "--format", "{{.Size}}", image.name))


def can_pull(image: Image) -> bool:
    """Whether the engine reaches the registry of `image`: it tries to pull, and the first answer is enough.

    The engine itself has to be asked, since mirrors and proxies are its own settings.
    """
    log = LOG_FOLDER / "pull-probe.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["docker", "pull", image.name], stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
        try:
            deadline = time.monotonic() + PULL_PROBE_SECONDS
            while time.monotonic() < deadline:
                # This line appears as soon as the registry has described the image.
                if b"Pulling from" in log.read_bytes():
                    return True
                if process.poll() is not None:
                    return process.returncode == 0
                time.sleep(0.05)
            return False
        finally:
            process.terminate()
            process.wait()


def pull(image: Image, processes: Processes, log: Path) -> None:
    """Pull the image from its makers."""
    processes.run(["docker", "pull", image.name], log=log)


def load(image: Image, processes: Processes, log: Path) -> None:
    """Load the image from its archive."""
    path = archive_path(image)
    try:
        processes.run(["docker", "load", "--input", path], log=log)
    except WorkshopError as error:
        raise damaged(path, image, f"docker load refuses it ({error.details.splitlines()[-1]})") from None


def copy_from_registry(image: Image, processes: Processes, log: Path) -> None:
    """Fetch the image from the local registry, which kept it when the engine did not."""
    mirrored = f"{config.registry_on_host()}/{image.mirror_path}"
    processes.run(["docker", "pull", mirrored], log=log)
    processes.run(["docker", "tag", mirrored, image.name], log=log)
    processes.run(["docker", "rmi", "--no-prune", mirrored], log=log)


def build(image: Image, recipe: str, own_tools: frozenset[str], processes: Processes, log: Path) -> None:
    """Build the image from its folder; `own_tools` are those that lie in .workshop/bin."""
    context = stage(image, own_tools)
    if image.rootfs:
        _make_rootfs(image.rootfs, context / "rootfs.tar", processes, log)
    proxies = [part for name in PROXY_VARIABLES if name in os.environ for part in ("--build-arg", name)]
    processes.run(
        [
            "docker", "build", "--pull=false", "--force-rm", "--tag", image.name,
            "--label", f"{LABEL}={recipe}", *proxies, *(["--target", image.target] if image.target else []), context,
        ],
        # The classic builder: buildx is not part of every docker, and nothing here needs it.
        log=log, env={**os.environ, "DOCKER_BUILDKIT": "0"},
    )  # fmt: skip
    shutil.rmtree(context)


def stage(image: Image, own_tools: frozenset[str]) -> Path:
    """Make the build context afresh: whatever an interrupted run left there is gone."""
    source = paths.ROOT / image.build
    if not (source / "Dockerfile").is_file():
        raise WorkshopError(
            f"{image.name} can only be built, and {image.build}/Dockerfile is not there.",
            fix=f"git checkout -- {image.build}",
        )
    context = CONTEXTS / image.key
    shutil.rmtree(context, ignore_errors=True)
    for name in image.only:
        _copy(source / name, context / name)
    if not image.only:
        _copy(source, context)
    for name in image.binaries:
        folder = paths.BIN if name in own_tools else tools.BINARIES
        _link(folder / name, context / "bin" / name)
    for origin, target in image.files:
        _copy(paths.ROOT / origin, context / target)
    for item in image.module_files:
        _copy(tools.module_folder(item.tools_module, item.go_module) / item.path, context / "module" / item.path)
    _write_certificates(context / "certificates")
    return context


def _write_certificates(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".keep").touch()
    for name, content in authorities.extra().items():
        (folder / name).write_bytes(content)


def _make_rootfs(suite: str, target: Path, processes: Processes, log: Path) -> None:
    if shutil.which("mmdebstrap") is None:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise WorkshopError(
                f"mmdebstrap is missing; it makes the Debian {suite} image where none can be pulled.",
                fix="sudo apt-get install mmdebstrap",
            )
        with log.open("a", encoding="utf-8") as output, voice.heard_by(lambda line: print(line, file=output)):
            apt.install("mmdebstrap")
    processes.run(["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", suite, target], log=log)


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise WorkshopError(
            f"{source.relative_to(paths.ROOT) if source.is_relative_to(paths.ROOT) else source} is missing."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*IGNORED))
    else:
        shutil.copy2(source, target)
    # Go keeps its modules read-only; a context must be removable.
    for path in (target, *target.rglob("*")) if target.is_dir() else (target,):
        path.chmod(path.stat().st_mode | 0o200)


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.hardlink_to(source)


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise WorkshopError(f"docker {' '.join(arguments[:2])} failed.", details=done.stderr.strip(), fix="docker info")
    return done.stdout
