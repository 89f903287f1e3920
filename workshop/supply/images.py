"""Container images in the Docker engine: what is there, and how each one gets there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from workshop import paths, process, voice
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import apt, authorities
from workshop.shell import docker
from workshop.supply import files, go
from workshop.supply.archives import TRANSFER_SECONDS, archive_path, damaged
from workshop.supply.catalogue import Image
from workshop.supply.plan import Found
from workshop.supply.recipes import LABEL
from workshop.supply.trouble import PAUSES_SECONDS, WORTH_ANOTHER_TRY, Kind, NotFetched, kind_of

CONTEXTS: Final = paths.BUILD / "images"
PULL_PROBE_SECONDS: Final = 20.0
TRUSTING: Final = paths.ROOT / "images" / "trusting"
BUILD_SECONDS: Final = 60 * 60
PROXY_VARIABLES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def images_in_engine(images: Iterable[Image]) -> dict[str, Found]:
    """The images that the engine has under our names, by key."""
    listed = set(docker.text("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").splitlines())
    present = {image.key: image for image in images if image.familiar_name in listed}
    if not present:
        return {}
    answers = docker.text(
        "image", "inspect", "--format", '{"id":{{json .Id}},"labels":{{json .Config.Labels}}}',
        *(image.name for image in present.values()),
    ).splitlines()  # fmt: skip
    found = {}
    for key, answer in zip(present, map(json.loads, answers), strict=True):
        found[key] = Found(frozenset({answer["id"]}), (answer["labels"] or {}).get(LABEL))
    return found


def size_in_engine(image: Image) -> int:
    """About how many bytes `docker save` writes for it."""
    return int(docker.text("image", "inspect", "--format", "{{.Size}}", image.name))


def out_of_reach(image: Image) -> str:
    """Why the engine cannot reach the registry of `image`, in its own words; empty where it can.

    The engine itself has to be asked, since mirrors and proxies are its own settings: it tries to pull, and the first
    answer is enough. A registry that is slow or refuses can be reached; the pull itself tells.
    """
    said = ""
    try:
        for said in process.lines(["docker", "pull", image.pulled_name], limit=PULL_PROBE_SECONDS):
            # This line appears as soon as the registry has described the image.
            if "Pulling from" in said:
                break
    except process.TimedOut:
        return ""
    except process.Failed:
        return said.strip() if kind_of(said) is Kind.UNREACHABLE else ""
    return ""


def pull(image: Image, group: process.Group, log: Path) -> None:
    """Pull the image from its makers; what may pass is tried three times. Raises `NotFetched`."""
    for pause in (*PAUSES_SECONDS, None):
        try:
            process.run(["docker", "pull", image.pulled_name], log=log, group=group, limit=TRANSFER_SECONDS)
            break
        except (process.Failed, process.TimedOut) as error:
            trouble = NotFetched(image.name, image.host, error.details or error.message)
            if pause is None or trouble.kind not in WORTH_ANOTHER_TRY:
                raise trouble from None
            voice.say(f"{trouble.message} Outra tentativa em {pause} s")
            group.wait(pause)
    if image.digest:
        process.run(["docker", "tag", image.pulled_name, image.name], log=log, group=group)


def add_authorities(image: Image, group: process.Group, log: Path) -> None:
    """Give a pulled base image the authorities that this machine trusts beyond its makers', where there are any.

    What is built on it here fetches packages, behind the same proxy as everything else.
    """
    if not authorities.extra():
        return
    context = CONTEXTS / f"{image.key}-trusting"
    shutil.rmtree(context, ignore_errors=True)
    files.copy(TRUSTING, context)
    _write_certificates(context / "certificates")
    process.run(
        [
            "docker", "build", "--pull=false", "--force-rm", "--build-arg", f"BASE={image.name}", "--tag", image.name,
            context,
        ],
        log=log, group=group, limit=BUILD_SECONDS,
    )  # fmt: skip
    shutil.rmtree(context)


def load(image: Image, group: process.Group, log: Path) -> None:
    """Load the image from its archive."""
    path = archive_path(image)
    try:
        process.run(["docker", "load", "--input", path], log=log, group=group, limit=TRANSFER_SECONDS)
    except process.Failed as error:
        raise damaged(path, image, f"o docker load o recusa ({error.details.splitlines()[-1]})") from None


def save(image: Image, *steps: str, to: Path, group: process.Group, log: Path) -> None:
    """Write the image as `docker save` does, with those of its steps that are named."""
    to.parent.mkdir(parents=True, exist_ok=True)
    process.run(
        ["docker", "save", "--output", str(to), image.name, *steps], log=log, group=group, limit=TRANSFER_SECONDS
    )


def copy_from_registry(image: Image, group: process.Group, log: Path) -> None:
    """Fetch the image from the local registry, which kept it when the engine did not."""
    mirrored = f"{config.registry_on_host()}/{image.mirror_path}"
    process.run(["docker", "pull", mirrored], log=log, group=group, limit=TRANSFER_SECONDS)
    for command in (["tag", mirrored, image.name], ["rmi", "--no-prune", mirrored]):
        process.run(["docker", *command], log=log, group=group)


def build(image: Image, recipe: str, own_tools: frozenset[str], group: process.Group, log: Path) -> None:
    """Build the image from its folder; `own_tools` are those that lie in .workshop/bin."""
    context = stage(image, own_tools, group)
    if image.rootfs:
        _make_rootfs(image.rootfs, context / "rootfs.tar", group, log)
    proxies = [part for name in PROXY_VARIABLES if name in os.environ for part in ("--build-arg", name)]
    # The classic builder, as our variables say: buildx is not part of every docker, and nothing here needs it.
    process.run(
        [
            "docker", "build", "--pull=false", "--force-rm", "--tag", image.name,
            "--label", f"{LABEL}={recipe}", *proxies, *(["--target", image.target] if image.target else []), context,
        ],
        log=log, group=group, limit=BUILD_SECONDS,
    )  # fmt: skip
    shutil.rmtree(context)


def stage(image: Image, own_tools: frozenset[str], group: process.Group) -> Path:
    """Make the build context afresh: whatever an interrupted run left there is gone."""
    source = paths.ROOT / image.build
    if not (source / "Dockerfile").is_file():
        raise WorkshopError(
            f"{image.name} só pode ser construída, e {image.build}/Dockerfile não está aqui.",
            fix=f"git checkout -- {image.build}",
        )
    context = CONTEXTS / image.key
    shutil.rmtree(context, ignore_errors=True)
    for name in image.only:
        files.copy(source / name, context / name)
    if not image.only:
        files.copy(source, context)
    for name in image.binaries:
        folder = paths.BIN if name in own_tools else paths.BUILD_BIN
        _link(folder / name, context / "bin" / name)
    for origin, target in image.files:
        files.copy(paths.ROOT / origin, context / target)
    for item in image.module_files:
        module = go.module_folder(item.tools_module, item.go_module, group)
        files.copy(module / item.path, context / "module" / item.path)
    _write_certificates(context / "certificates")
    return context


def _write_certificates(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".keep").touch()
    for name, content in authorities.extra().items():
        (folder / name).write_bytes(content)


def _make_rootfs(suite: str, target: Path, group: process.Group, log: Path) -> None:
    if shutil.which("mmdebstrap") is None:
        missing = f"Falta o mmdebstrap, que faz a imagem do Debian {suite} onde nenhuma pode ser baixada."
        with log.open("a", encoding="utf-8") as output, voice.heard_by(lambda line: print(line, file=output)):
            apt.require("mmdebstrap", missing=missing)
    process.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", suite, str(target)],
        log=log, group=group, limit=BUILD_SECONDS,
    )  # fmt: skip


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.hardlink_to(source)
