"""The container engine for a machine without Debian's mirrors: its packages, and a list by which apt finds them."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Final

from workshop import paths, process, voice
from workshop.machine import apt, engine
from workshop.machine import compose as compose_program

PACKAGES: Final = (*engine.PACKAGES, compose_program.package(), "git", "curl", "ca-certificates", "make")
"""The engine, and what scripts/bootstrap and make need."""
INDEX: Final = "Packages"
LIMIT_SECONDS: Final = 600


def collect() -> Path | None:
    """A folder that apt can install the engine from, downloaded where it is not there yet; None where that fails.

    All dependencies are in it but those that every Debian has (priority required): what the other machine lacks
    is apt's business there.
    """
    if (paths.DEBIAN_PACKAGES / INDEX).is_file():
        return paths.DEBIAN_PACKAGES
    if not apt.is_debian() or shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        voice.say("– sem os pacotes do Docker: este sistema não é Debian nem Ubuntu; a outra máquina precisa ter o seu")
        return None
    folder = paths.PARTIAL / paths.DEBIAN_PACKAGES.name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "partial").mkdir(parents=True)
    nothing = folder / "status"
    nothing.touch()
    try:
        process.run(
            [
                "apt-get", "install", "-qq", "--yes", "--download-only", "--no-install-recommends",
                # As if nothing were installed, so that all dependencies come.
                "-o", f"Dir::State::status={nothing}", "-o", f"Dir::Cache::archives={folder}/",
                "-o", "Debug::NoLocking=1", *PACKAGES,
            ],
            limit=LIMIT_SECONDS,
        )  # fmt: skip
    except (process.Failed, process.TimedOut) as error:
        reason = process.last_lines(error.details or error.message, 1)
        voice.say(f"– sem os pacotes do Docker: apt-get não os baixou ({reason}); a outra máquina precisa ter o seu")
        return None
    shutil.rmtree(folder / "partial")
    for leftover in (nothing, folder / "lock"):
        leftover.unlink(missing_ok=True)
    (folder / INDEX).write_text("".join(_described(file) for file in sorted(folder.glob("*.deb"))), encoding="utf-8")
    shutil.rmtree(paths.DEBIAN_PACKAGES, ignore_errors=True)
    folder.rename(paths.DEBIAN_PACKAGES)
    return paths.DEBIAN_PACKAGES


def _described(file: Path) -> str:
    """Its entry in the index; of a package that is everywhere, nothing, and the file goes."""
    control = process.run(["dpkg-deb", "--field", file]).out.rstrip("\n")
    if "\nPriority: required" in control:
        file.unlink()
        return ""
    # apt escapes a colon in the file's name, and takes the index at its word.
    plain = file.with_name(file.name.replace("%3a", "_"))
    file.rename(plain)
    with plain.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return f"{control}\nFilename: ./{plain.name}\nSize: {plain.stat().st_size}\nSHA256: {digest}\n\n"
