"""`workshop bundle import`: everything is judged and staged first, and only then put where the supply looks.

Standard library only: scripts/import-bundle runs this with the system's Python.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import platform
import shutil
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workshop import paths, voice
from workshop.bundle.archive import FOLDERS, WORDS, Contents, Entry, Reader, megabytes, opened, refused
from workshop.errors import WorkshopError

SECTIONS: Final = {"tools": "tool", "binaries": "binary", "images": "image", "manifests": "manifest"}
"""The parts of versions.toml whose versions a bundle carries."""
SPARE_BYTES: Final = 1 << 30
"""What has to stay free on the disk."""
SWAPPED: Final = {paths.WHEELS.name: 1, paths.DEBIAN_PACKAGES.name: 1, paths.MANIFESTS.name: 2}
"""Folders that are replaced as a whole, by the depth of what is replaced: wheels/, debs/, manifests/<one>/."""


@dataclass(frozen=True)
class Home:
    """The installation that a bundle goes into."""

    state: Path
    versions: Path
    uv_lock: Path

    @classmethod
    def here(cls) -> Home:
        """This one."""
        return cls(paths.STATE, paths.VERSIONS, paths.UV_LOCK)

    @property
    def stage(self) -> Path:
        """Where files wait until all are there, each called by its checksum."""
        return self.state / paths.PARTIAL.name / "bundle"

    @property
    def record(self) -> Path:
        """What the last import put into place."""
        return self.state / "bundle-imported.json"

    @property
    def lock(self) -> Path:
        """The supply's own: neither may work while the other does."""
        return self.state / paths.SUPPLY_LOCK.relative_to(paths.STATE)


def restore(file: Path, home: Home | None = None) -> None:
    """Put everything of a bundle into place; where all of it is there already, nothing.

    Raises `WorkshopError` where the file is no whole bundle of these versions for this kind of machine; then nothing
    has been put anywhere. An interrupted import continues with what it has staged.
    """
    home = home or Home.here()
    began = time.monotonic()
    with _alone(home), opened(file) as bundle:
        contents = bundle.contents
        _check_platform(file, contents)
        _check_versions(file, contents, home)
        wanted = _for_this_machine(contents)
        missing = _missing(wanted, home)
        if missing:
            _check_disk(missing, home)
            try:
                _stage(bundle, missing, home, began)
            except WorkshopError:
                shutil.rmtree(home.stage)
                raise
            _place(missing, home)
            shutil.rmtree(home.stage)
        _write_record(wanted, home)
        kinds = {entry.kind for entry in wanted}
    if "engine" not in kinds and shutil.which("docker") is None:
        voice.say("Falta o Docker, que este pacote não traz para este sistema: instale-o antes de make supply.")
    size = megabytes(sum(entry.size for items in missing.values() for entry in items))
    done = f"{len(missing)} itens, {size}" if missing else "tudo já estava aqui"
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


def _check_versions(file: Path, contents: Contents, home: Home) -> None:
    ours = tomllib.loads(home.versions.read_text(encoding="utf-8"))
    for section, kind in SECTIONS.items():
        here, there = ours.get(section, {}), contents.pins.get(section, {})
        for key in sorted(here.keys() | there.keys()):
            if here.get(key) != there.get(key):
                raise refused(
                    file,
                    f"{WORDS[kind]} {key} é outra: {_version(there.get(key))} no pacote, "
                    f"{_version(here.get(key))} em {home.versions.name}",
                )
    locked = paths.WHEELS.name + "/" + paths.UV_LOCK.name
    digest = hashlib.sha256(home.uv_lock.read_bytes()).hexdigest()
    for entry in contents.entries:
        if entry.path == locked and entry.sha256 != digest:
            raise refused(file, f"{entry.title} é outro: os pacotes Python não são os de {home.uv_lock.name}")


def _version(pin: Mapping[str, Any] | None) -> str:
    if pin is None:
        return "nenhuma"
    return str(pin.get("name") or pin.get("version")) + (" (com outra receita)" if len(pin) > 1 else "")


def _for_this_machine(contents: Contents) -> tuple[Entry, ...]:
    """Debian packages are of use only on the release that they were made for."""
    same_system = contents.platform.get("distribution") == machine()["distribution"]
    return tuple(entry for entry in contents.entries if entry.kind != "engine" or same_system)


def _missing(entries: tuple[Entry, ...], home: Home) -> dict[str, list[Entry]]:
    """The files by item, of the items that are not in place as an earlier import left them."""
    try:
        record = json.loads(home.record.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        record = {}
    items: dict[str, list[Entry]] = {}
    for entry in entries:
        items.setdefault(entry.item, []).append(entry)
    return {
        item: files
        for item, files in items.items()
        if any(not _untouched(home.state / entry.path, entry, record) for entry in files)
    }


def _untouched(file: Path, entry: Entry, record: Mapping[str, Any]) -> bool:
    return entry.path in record and record[entry.path] == _trace(file, entry)


def _trace(file: Path, entry: Entry) -> list[Any] | None:
    """What tells an untouched file without reading it."""
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return [entry.sha256, status.st_size, status.st_mtime_ns]


def _write_record(entries: tuple[Entry, ...], home: Home) -> None:
    record = {entry.path: _trace(home.state / entry.path, entry) for entry in entries}
    partial = home.record.with_suffix(".partial")
    partial.write_text(json.dumps(record, indent=1), encoding="utf-8")
    partial.replace(home.record)


def _check_disk(missing: Mapping[str, list[Entry]], home: Home) -> None:
    needed = sum(entry.size for files in missing.values() for entry in files if not _staged(home, entry).exists())
    free = shutil.disk_usage(home.state).free
    if free < needed + SPARE_BYTES:
        raise WorkshopError(
            f"O pacote precisa de {megabytes(needed + SPARE_BYTES)} livres onde fica a oficina; há {megabytes(free)}.",
            fix="libere espaço e rode o mesmo comando de novo",
        )


def _staged(home: Home, entry: Entry) -> Path:
    return home.stage / f"{entry.sha256}{'.x' if entry.executable else ''}"


def _stage(bundle: Reader, missing: Mapping[str, list[Entry]], home: Home, began: float) -> None:
    home.stage.mkdir(parents=True, exist_ok=True)
    for item, files in missing.items():
        for entry in files:
            target = _staged(home, entry)
            # A name appears only after its content was found right.
            if not (target.exists() and target.stat().st_size == entry.size):
                bundle.copy(entry, target)
        size = megabytes(sum(entry.size for entry in files))
        voice.say(f"✓ {item}: {files[0].version}, {size}, confere ({time.monotonic() - began:.0f} s)")


def _place(missing: Mapping[str, list[Entry]], home: Home) -> None:
    """Nothing is written here, only names are given; each file or folder appears whole."""
    units: dict[str, list[Entry]] = {}
    for files in missing.values():
        for entry in files:
            units.setdefault(_unit(entry), []).append(entry)
            stamp = _stamp(entry)
            if stamp:
                (home.state / stamp).unlink(missing_ok=True)
    stamps = {_stamp(entry) for files in missing.values() for entry in files}
    # A program counts as built once its stamp is there, so that one comes last.
    for unit in sorted(units, key=lambda unit: unit in stamps):
        fresh, target = home.stage / "placing", home.state / unit
        _remove(fresh)
        for entry in units[unit]:
            file = fresh / Path(entry.path).relative_to(unit)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.hardlink_to(_staged(home, entry))
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            old = home.stage / "replaced"
            _remove(old)
            target.rename(old)
        fresh.replace(target)


def _unit(entry: Entry) -> str:
    """The file or folder that is replaced as one when the entry comes."""
    parts = entry.path.split("/")
    depth = SWAPPED.get(parts[0], len(parts))
    return "/".join(parts[:depth])


def _stamp(entry: Entry) -> str:
    """The stamp that belongs to a program."""
    if len(FOLDERS[entry.kind]) == 1 or entry.kind == "python":
        return ""
    return f"{FOLDERS[entry.kind][1]}/{entry.name}"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(home: Home) -> Iterator[None]:
    home.lock.parent.mkdir(parents=True, exist_ok=True)
    with home.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkshopError(
                "Outra execução do workshop está preparando ferramentas e imagens.",
                fix="espere que ela termine e rode o mesmo comando de novo",
            ) from None
        yield
