"""The digests of the tools in versions.toml, beside those that their makers publish: a maintainer's work."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import tomlkit

from workshop import paths, process
from workshop.errors import WorkshopError
from workshop.supply import downloads
from workshop.supply.catalogue import Program, Release, catalogue
from workshop.supply.trouble import NotFetched

PLATFORMS: Final = ("linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64")
_DIGEST_LENGTH: Final = 64


@dataclass(frozen=True)
class Pin:
    """One digest: what versions.toml has, and what is published now; either may be empty."""

    tool: str
    version: str
    platform: str
    pinned: str
    published: str = ""
    trouble: str = ""

    @property
    def differs(self) -> bool:
        """Whether versions.toml would have to change."""
        return bool(self.published) and self.published != self.pinned


def compared() -> list[Pin]:
    """Every tool on every platform, with what its makers publish now; asked all at once."""
    wanted = [
        (program, program.release, platform)
        for program in catalogue().tools.values()
        if program.release
        for platform in PLATFORMS
    ]
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda item: _compared(*item), wanted))


def write(pins: list[Pin]) -> None:
    """Put what differs into versions.toml; its comments stay.

    Raises `WorkshopError` where a version that was pinned before is published with another digest: nobody's release
    changes, unless somebody changes it.
    """
    changed = [pin for pin in pins if pin.differs]
    for pin in changed:
        if pin.pinned:
            raise WorkshopError(
                f"{pin.tool} {pin.version} para {pin.platform} foi publicado de novo, com outro conteúdo.",
                details=f"anotado {pin.pinned}\npublicado {pin.published}",
                fix="apague antes os SHA-256 da versão velha   # a versão é a mesma? não a use",
            )
    document = tomlkit.parse(paths.VERSIONS.read_text(encoding="utf-8"))
    for pin in changed:
        release = document["tools"][pin.tool]["release"]
        release.setdefault("sha256", tomlkit.table())[pin.platform] = pin.published
    paths.VERSIONS.write_text(tomlkit.dumps(document), encoding="utf-8")


def _compared(program: Program, release: Release, platform: str) -> Pin:
    pinned = program.digest(platform)
    try:
        text = downloads.text(program.published(release.checksums, platform))
    except NotFetched as error:
        return Pin(program.name, program.version, platform, pinned, trouble=process.last_lines(error.details, 1))
    file = program.published(release.url, platform).rpartition("/")[2]
    published = digest_of(file, text)
    return Pin(program.name, program.version, platform, pinned, published, "" if published else "não está na lista")


def digest_of(file: str, checksums: str) -> str:
    """The SHA-256 of a file in what `sha256sum` prints, or in a file that has nothing but the digest."""
    for digest, name in _lines(checksums):
        if name in ("", file):
            return digest
    return ""


def _lines(checksums: str) -> Iterator[tuple[str, str]]:
    for line in checksums.splitlines():
        digest, _, name = line.strip().partition(" ")
        if len(digest) == _DIGEST_LENGTH:
            yield digest, name.strip().removeprefix("*")
