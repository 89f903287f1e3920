"""The file itself: a plain tar of files that belong below .workshop/, and at its end a manifest that names each.

Nothing is compressed: most of it is layers of images, which `docker load` wants as they are. What is read is checked
against damage and mistakes: regular files only, each of them in the manifest with its size and checksum, and nothing
more. Names count as the manifest has them, below the folders of `FOLDERS`; nothing is unpacked by the tar's own will,
so that the data filter of PEP 706, which Debian 12's Python does not have, is not needed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any, Final

from workshop import paths
from workshop.errors import WorkshopError

FORMAT: Final = 1
MANIFEST: Final = "bundle.json"
CHUNK_BYTES: Final = 1 << 20
SPARE_BYTES: Final = 1 << 30
"""What has to stay free on a disk."""


def _below(folder: Path) -> str:
    return folder.relative_to(paths.STATE).as_posix()


FOLDERS: Final = {
    "tool": (_below(paths.BIN), _below(paths.STAMPS)),
    "binary": (_below(paths.BUILD_BIN), _below(paths.BUILD_STAMPS)),
    "image": (_below(paths.IMAGE_ARCHIVES),),
    "manifest": (_below(paths.MANIFESTS),),
    "python": (_below(paths.WHEELS), _below(paths.UV.parent)),
    "engine": (_below(paths.DEBIAN_PACKAGES),),
}
"""What an entry may be, and where below .workshop/ its files lie."""
WORDS: Final = {
    "tool": "ferramenta",
    "binary": "binário",
    "image": "imagem",
    "manifest": "manifesto",
    "python": "Python",
    "engine": "pacotes Debian",
}


@dataclass(frozen=True)
class Entry:
    """One file of a bundle.

    **kind**, **name**, **version**: the item that it belongs to; an item may have several files, one after the other.
    **path**: where it belongs below .workshop/, and its name in the archive. **size**: bytes.
    """

    kind: str
    name: str
    version: str
    path: str
    size: int
    sha256: str
    executable: bool = False

    @property
    def item(self) -> str:
        """How people call what it belongs to."""
        return f"{WORDS.get(self.kind, self.kind)} {self.name}"

    @property
    def title(self) -> str:
        """How messages name it."""
        return f"{self.item} ({self.path})"

    @property
    def is_at_home(self) -> bool:
        """Whether its kind has files at that place."""
        below = any(self.path.startswith(f"{folder}/") for folder in FOLDERS.get(self.kind, ()))
        return below and ".." not in self.path.split("/")


@dataclass(frozen=True)
class Contents:
    """What the manifest says. **pins**: versions.toml as it was. **platform**: what the binaries and wheels run on."""

    commit: str
    pins: Mapping[str, Any]
    platform: Mapping[str, str]
    entries: tuple[Entry, ...] = field(default=())

    @property
    def sha256(self) -> str:
        """Of all that it says."""
        content = json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def dump(self) -> bytes:
        """As it is written, with a checksum of its own."""
        content = {"sha256": self.sha256, "format": FORMAT, **asdict(self)}
        return json.dumps(content, ensure_ascii=False, indent=1).encode()

    @classmethod
    def parse(cls, text: bytes) -> Contents:
        """From what `dump` wrote.

        Raises `ValueError`, `KeyError` or `TypeError` where it is something else.
        """
        content = json.loads(text)
        sha256 = content.pop("sha256")
        if content.pop("format") != FORMAT:
            raise ValueError(f"outro formato, não o {FORMAT}")
        found = cls(entries=tuple(Entry(**entry) for entry in content.pop("entries")), **content)
        if sha256 != found.sha256:
            raise ValueError("a soma não confere")
        return found


class Writer:
    """Writes a bundle into an open file, one entry after the other; without `finish` it is none."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._tar = tarfile.TarFile(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, copybufsize=CHUNK_BYTES)
        self._entries: list[Entry] = []

    def add(self, kind: str, name: str, version: str, path: str, source: Path) -> Entry:
        """Copy a file into it."""
        status = source.stat()
        executable = bool(status.st_mode & 0o100)
        with source.open("rb") as stream:
            reader = _HashingReader(stream)
            self._tar.addfile(_member(path, status.st_size, executable), reader)  # type: ignore[arg-type] # reads only
        entry = Entry(kind, name, version, path, status.st_size, reader.digest.hexdigest(), executable)
        self._entries.append(entry)
        return entry

    def finish(self, commit: str, pins: Mapping[str, Any], platform: Mapping[str, str]) -> None:
        """Write the manifest, and end the archive."""
        text = Contents(commit, pins, platform, tuple(self._entries)).dump()
        self._tar.addfile(_member(MANIFEST, len(text), executable=False), BytesIO(text))
        self._tar.close()


class Reader:
    """An open bundle whose shape has been judged: every file is named, and every named file is there."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        self._path, self._tar = path, tar
        self.contents = _judge(path, tar)

    def copy(self, entry: Entry, target: Path) -> None:
        """Write one file to `target`; it appears there whole, and only if its checksum is right.

        Raises `WorkshopError` that names the entry.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.partial")
        digest = hashlib.sha256()
        try:
            with partial.open("wb") as output:
                source = _opened(self._tar, entry.path)
                while chunk := source.read(CHUNK_BYTES):
                    digest.update(chunk)
                    output.write(chunk)
        except tarfile.TarError as error:
            raise refused(self._path, f"{entry.title} não pode ser lido ({error})") from None
        if digest.hexdigest() != entry.sha256:
            raise refused(self._path, f"{entry.title} está danificado: a soma SHA-256 não confere")
        partial.chmod(0o755 if entry.executable else 0o644)
        partial.replace(target)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """Open a bundle and judge its shape; no content but the manifest's is read.

    Raises `WorkshopError` where the file is none, is damaged or cut short, or holds what no bundle holds.
    """
    if not path.is_file():
        raise WorkshopError(f"{path} não existe, ou não é um arquivo.", fix="workshop bundle create ARQUIVO")
    try:
        tar = tarfile.open(path, "r:")  # noqa: SIM115 - closed below
    except (tarfile.TarError, OSError) as error:
        raise refused(path, f"não é um pacote da oficina ({_first_line(error)})") from None
    with tar:
        yield Reader(path, tar)


def refused(path: Path, reason: str) -> WorkshopError:
    """The error for a file that is not taken."""
    return WorkshopError(
        f"{path.name} foi recusado: {reason}.",
        details="Nada foi importado.",
        fix="workshop bundle create ARQUIVO   # na outra máquina; ou copie de lá o arquivo de novo",
    )


def require_space(folder: Path, needed: int) -> None:
    """Raise `WorkshopError` where so many bytes, and a gigabyte more, do not fit."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise WorkshopError(
            f"O pacote precisa de cerca de {megabytes(needed + SPARE_BYTES)} livres em {folder}; há {megabytes(free)}.",
            fix=f"df -h {folder}   # libere espaço e rode o mesmo comando de novo",
        )


def megabytes(size: int) -> str:
    """`412 MB`, `3 kB`."""
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _judge(path: Path, tar: tarfile.TarFile) -> Contents:
    try:
        members = tar.getmembers()
    except (tarfile.TarError, OSError, ValueError) as error:
        raise refused(path, f"está cortado ou danificado ({_first_line(error)})") from None
    if not members or members[-1].name != MANIFEST:
        raise refused(path, f"não é um pacote da oficina, ou está cortado: falta {MANIFEST} no fim")
    try:
        contents = Contents.parse(_opened(tar, MANIFEST).read())
    except (tarfile.TarError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise refused(path, f"{MANIFEST} está danificado ou é de outra versão da oficina ({error})") from None
    for member, entry in zip_longest(members[:-1], contents.entries):
        if entry is None:
            raise refused(path, f"{member.name} não está em {MANIFEST}")
        if member is None or member.name != entry.path:
            raise refused(path, f"falta {entry.title}; no lugar está {member.name if member else 'o fim'}")
        if not member.isreg() or member.size != entry.size:
            raise refused(path, f"{entry.title} não é o arquivo que {MANIFEST} diz")
        if not entry.is_at_home:
            raise refused(path, f"{entry.title} não é lugar para este tipo")
    return contents


def _opened(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    stream = tar.extractfile(name)
    if stream is None:
        raise tarfile.ReadError(f"{name} não é um arquivo")
    return stream


def _member(name: str, size: int, executable: bool) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o755 if executable else 0o644
    return member


class _HashingReader:
    """A stream that remembers the checksum of what was read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.digest = hashlib.sha256()
        self._read: Callable[[int], bytes] = stream.read

    def read(self, size: int) -> bytes:
        chunk = self._read(size)
        self.digest.update(chunk)
        return chunk


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(":")
