"""The file itself: a plain tar of files that belong below .workshop/, and at its end a manifest that names each.

Nothing is compressed: most of it is layers of images, which `docker load` wants as they are. What is read is judged
strictly, like the data filter of PEP 706 and beyond it: regular files only, below the folders of `FOLDERS` only,
each of them in the manifest with its size and checksum, and nothing more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from workshop import paths
from workshop.errors import WorkshopError

FORMAT: Final = 1
MANIFEST: Final = "bundle.json"
CHUNK_BYTES: Final = 1 << 20
MANIFEST_LIMIT_BYTES: Final = 32 << 20


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

    **kind**, **name**, **version**: the item that it belongs to; an item may have several files.
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


@dataclass(frozen=True)
class Contents:
    """What the manifest says. **pins**: versions.toml as it was. **platform**: what the binaries and wheels run on."""

    commit: str
    pins: Mapping[str, Any]
    platform: Mapping[str, str]
    entries: tuple[Entry, ...] = field(default=())

    def dump(self) -> bytes:
        """As it is written, with a checksum of its own."""
        content = {"format": FORMAT, **asdict(self)}
        return json.dumps({"sha256": _digest(content), **content}, ensure_ascii=False, indent=1).encode()

    @classmethod
    def parse(cls, text: bytes) -> Contents:
        """From what `dump` wrote.

        Raises `ValueError`, `KeyError` or `TypeError` where it is something else.
        """
        content = json.loads(text)
        digest = content.pop("sha256")
        if content.pop("format") != FORMAT:
            raise ValueError(f"outro formato, não o {FORMAT}")
        if digest != _digest({"format": FORMAT, **content}):
            raise ValueError("a soma não confere")
        entries = tuple(Entry(**entry) for entry in content.pop("entries"))
        return cls(entries=entries, **content)


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
            self._tar.addfile(_member(path, status.st_size, executable), reader)  # type: ignore[arg-type]
        entry = Entry(kind, name, version, path, status.st_size, reader.digest.hexdigest(), executable)
        self._entries.append(entry)
        return entry

    def finish(self, commit: str, pins: Mapping[str, Any], platform: Mapping[str, str]) -> Contents:
        """Write the manifest, and end the archive."""
        contents = Contents(commit, pins, platform, tuple(self._entries))
        text = contents.dump()
        self._tar.addfile(_member(MANIFEST, len(text), executable=False), BytesIO(text))
        self._tar.close()
        return contents


class Reader:
    """An open bundle whose shape has been judged: every file is named, and every named file is there."""

    def __init__(self, path: Path, tar: tarfile.TarFile, contents: Contents) -> None:
        self.path, self.contents = path, contents
        self._tar = tar

    def copy(self, entry: Entry, target: Path) -> None:
        """Write one file to `target`; it appears there whole, and only if its checksum is right.

        Raises `WorkshopError` that names the entry.
        """
        source = self._tar.extractfile(entry.path)
        if source is None:
            raise refused(self.path, f"{entry.title} não é um arquivo")
        partial = target.with_name(f"{target.name}.partial")
        digest = hashlib.sha256()
        try:
            with partial.open("wb") as output:
                while chunk := source.read(CHUNK_BYTES):
                    digest.update(chunk)
                    output.write(chunk)
        except tarfile.TarError as error:
            raise refused(self.path, f"{entry.title} não pode ser lido ({error})") from None
        if digest.hexdigest() != entry.sha256:
            partial.unlink()
            raise refused(self.path, f"{entry.title} está danificado: a soma SHA-256 não confere")
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
        tar = tarfile.open(path, "r:")  # noqa: SIM115
    except (tarfile.TarError, OSError, EOFError) as error:
        raise refused(path, f"não é um pacote da oficina ({_first_line(error)})") from None
    with tar:
        yield Reader(path, tar, _judge(path, tar))


def refused(path: Path, reason: str) -> WorkshopError:
    """The error for a file that is not taken."""
    return WorkshopError(
        f"{path.name} foi recusado: {reason}.",
        details="Nada foi importado.",
        fix="copie o arquivo de novo, ou crie outro: workshop bundle create ARQUIVO",
    )


def megabytes(size: int) -> str:
    """`412 MB`, `3 kB`."""
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _judge(path: Path, tar: tarfile.TarFile) -> Contents:
    members = _members(path, tar)
    last = next(reversed(members), "")
    if last != MANIFEST:
        after = f" (a última entrada legível é {last})" if last else ""
        raise refused(path, f"não é um pacote da oficina, ou está cortado: falta {MANIFEST} no fim{after}")
    manifest = members.pop(MANIFEST)
    end = manifest.offset_data + _rounded(manifest.size, tarfile.BLOCKSIZE) + 2 * tarfile.BLOCKSIZE
    if path.stat().st_size != _rounded(end, tarfile.RECORDSIZE):
        raise refused(path, f"depois de {MANIFEST} o arquivo está cortado, ou continua")
    if manifest.size > MANIFEST_LIMIT_BYTES:
        raise refused(path, f"{MANIFEST} é grande demais")
    stream = tar.extractfile(manifest)
    try:
        contents = Contents.parse(stream.read() if stream else b"")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise refused(path, f"{MANIFEST} está danificado ou é de outra versão da oficina ({error})") from None
    _compare(path, members, contents.entries)
    return contents


def _members(path: Path, tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    members: dict[str, tarfile.TarInfo] = {}
    try:
        for member in tar:
            if member.name in members:
                raise refused(path, f"{member.name} aparece duas vezes")
            if member.type != tarfile.REGTYPE or member.sparse is not None:
                raise refused(path, f"{member.name} não é um arquivo comum")
            if not _is_plain(member.name):
                raise refused(path, f"{member.name} sai da pasta da oficina")
            members[member.name] = member
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        after = f" depois de {next(reversed(members))}" if members else ""
        raise refused(path, f"está cortado ou danificado{after} ({_first_line(error)})") from None
    return members


def _compare(path: Path, members: Mapping[str, tarfile.TarInfo], entries: tuple[Entry, ...]) -> None:
    named = {entry.path: entry for entry in entries}
    for name in members:
        if name not in named:
            raise refused(path, f"{name} não está em {MANIFEST}")
    if len(named) != len(entries):
        raise refused(path, f"{MANIFEST} traz um nome duas vezes")
    for entry in entries:
        if entry.path not in members:
            raise refused(path, f"falta {entry.title}")
        if entry.kind not in FOLDERS:
            raise refused(path, f"{entry.title} é de um tipo desconhecido")
        if not any(entry.path.startswith(f"{folder}/") for folder in FOLDERS[entry.kind]):
            raise refused(path, f"{entry.title} não é lugar para este tipo")
        if members[entry.path].size != entry.size:
            raise refused(path, f"{entry.title} não tem o tamanho que {MANIFEST} diz")


def _is_plain(name: str) -> bool:
    """Whether the name stays below the folder that it is unpacked into, and is written in one way only."""
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and name == "/".join(parts)
        and not any(part in ("..", "/") for part in parts)
        and name.isprintable()
        and "\\" not in name
    )


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


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _rounded(size: int, unit: int) -> int:
    return -(-size // unit) * unit


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(":")
