"""`workshop bundle import`: everything is judged and staged first, and only then put where the supply looks.

Standard library only: scripts/import-bundle runs this with the system's Python.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import platform
import shutil
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from workshop import paths, voice
from workshop.bundle.archive import FOLDERS, WORDS, Contents, Entry, Reader, megabytes, opened, refused, require_space
from workshop.errors import WorkshopError

SECTIONS: Final = {"tools": "tool", "binaries": "binary", "images": "image", "manifests": "manifest"}
"""The parts of versions.toml whose versions a bundle carries."""
STAMPED: Final = ("tool", "binary")
"""What counts as built only where its stamp is."""
SWAPPED: Final = {paths.WHEELS.name: 1, paths.DEBIAN_PACKAGES.name: 1, paths.MANIFESTS.name: 2}
"""Folders that are replaced as a whole, by the depth of what is replaced: wheels/, debs/, manifests/<one>/."""


def restore(file: Path) -> None:
    """Put everything of a bundle into place; where all of it is there already, nothing.

    Raises `WorkshopError` where the file is no whole bundle of these versions for this kind of machine; then nothing
    has been put anywhere. An interrupted import continues with what it has staged.
    """
    began = time.monotonic()
    with _alone(), opened(file) as bundle:
        _check_platform(file, bundle.contents)
        _check_versions(file, bundle.contents)
        wanted = _for_this_machine(bundle.contents)
        stage = paths.PARTIAL / f"import-{bundle.contents.sha256[:16]}"
        require_space(paths.STATE, sum(entry.size for entry in wanted if not _looks_right(entry, paths.STATE, stage)))
        try:
            fresh = _staged(bundle, wanted, stage)
        except WorkshopError:
            shutil.rmtree(stage, ignore_errors=True)
            raise
        for files in fresh:
            _place(files, stage)
        shutil.rmtree(stage, ignore_errors=True)
    if shutil.which("docker") is None and all(entry.kind != "engine" for entry in wanted):
        voice.say("Falta o Docker, que este pacote não traz para este sistema: instale-o antes de make supply.")
    size = megabytes(sum(entry.size for files in fresh for entry in files))
    done = f"{len(fresh)} itens, {size}" if fresh else "tudo já estava aqui"
    proceed = "make rehearse" if shutil.which("make") else "scripts/apt-install make && make rehearse"
    voice.say(f"Pacote importado em {time.monotonic() - began:.0f} s ({done}). Sem rede, continue com: {proceed}")


def machine() -> dict[str, str]:
    """What binaries and wheels depend on, and what Debian packages do."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "distribution": f"{release.get('ID', '')} {release.get('VERSION_ID', '')}".strip(),
    }


def _check_platform(file: Path, contents: Contents) -> None:
    here = machine()
    for key, words in (("system", "sistema"), ("machine", "processador"), ("python", "Python")):
        theirs = contents.platform.get(key, "?")
        if theirs != here[key]:
            raise refused(file, f"é para outra máquina: {words} {theirs}; aqui é {here[key]}")


def _check_versions(file: Path, contents: Contents) -> None:
    ours = tomllib.loads(paths.VERSIONS.read_text(encoding="utf-8"))
    for section, kind in SECTIONS.items():
        here, there = ours.get(section, {}), contents.pins.get(section, {})
        for key in sorted(here.keys() | there.keys()):
            if here.get(key) != there.get(key):
                raise refused(
                    file,
                    f"{WORDS[kind]} {key} é outra: {_version(there.get(key))} no pacote, "
                    f"{_version(here.get(key))} em {paths.VERSIONS.name}",
                )
    locked = f"{paths.WHEELS.name}/{paths.UV_LOCK.name}"
    for entry in contents.entries:
        if entry.path == locked and entry.sha256 != _sha256(paths.UV_LOCK):
            raise refused(file, f"{entry.title} é outro: os pacotes Python não são os de {paths.UV_LOCK.name}")


def _version(pin: Mapping[str, Any] | None) -> str:
    if pin is None:
        return "nenhuma"
    return str(pin.get("name") or pin.get("version")) + (" (com outra receita)" if len(pin) > 1 else "")


def _for_this_machine(contents: Contents) -> list[Entry]:
    """Debian packages are of use only on the release that they were made for."""
    same_system = contents.platform.get("distribution") == machine()["distribution"]
    return [entry for entry in contents.entries if entry.kind != "engine" or same_system]


def _staged(bundle: Reader, wanted: Iterable[Entry], stage: Path) -> list[list[Entry]]:
    """The items that are not in place, each with all of its files in `stage`, as they will lie below .workshop/."""
    for other in set(paths.PARTIAL.glob("import-*")) - {stage}:
        shutil.rmtree(other)
    fresh = []
    for item, group in groupby(wanted, key=lambda entry: entry.item):
        files = list(group)
        if all(
            _looks_right(entry, paths.STATE) and _sha256(paths.STATE / entry.path) == entry.sha256 for entry in files
        ):
            voice.say(f"= {item}: já estava aqui")
            continue
        for entry in files:
            # A name appears only after its content was found right.
            if not (stage / entry.path).exists():
                bundle.copy(entry, stage / entry.path)
        fresh.append(files)
        voice.say(f"✓ {item}: {files[0].version}, {megabytes(sum(entry.size for entry in files))}, confere")
    return fresh


def _place(files: list[Entry], stage: Path) -> None:
    """Nothing is written here, only names are given; each file or folder of an item appears whole."""
    kind, name = files[0].kind, files[0].name
    if kind in STAMPED:
        # The stamp goes first and comes back last, as the bundle has them: without it nothing counts as built.
        (paths.STATE / FOLDERS[kind][1] / name).unlink(missing_ok=True)
    for unit in dict.fromkeys(map(_unit, files)):
        target, old = paths.STATE / unit, stage / "replaced"
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            shutil.rmtree(old, ignore_errors=True)
            target.rename(old)
        (stage / unit).replace(target)


def _unit(entry: Entry) -> str:
    """The file or folder that is replaced as one when the entry comes."""
    parts = entry.path.split("/")
    return "/".join(parts[: SWAPPED.get(parts[0], len(parts))])


def _looks_right(entry: Entry, *places: Path) -> bool:
    """Whether it is in one of the places, as far as that can be told without reading it."""
    files = [place / entry.path for place in places]
    return any(file.is_file() and file.stat().st_size == entry.size for file in files)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    paths.SUPPLY_LOCK.parent.mkdir(parents=True, exist_ok=True)
    with paths.SUPPLY_LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkshopError(
                "Outra execução da oficina está preparando ferramentas e imagens.",
                fix="scripts/import-bundle ARQUIVO   # depois que ela terminar",
            ) from None
        yield
