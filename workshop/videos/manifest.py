"""Which videos there are, from which notebook each one is, and whether that notebook is still the same.

Beside each video lies what is known of it, as JSON. Standard library only: `workshop doctor` asks too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from workshop import paths
from workshop.errors import WorkshopError
from workshop.rehearsal import agenda, schedule
from workshop.rehearsal.schedule import Notebook

MAKE: Final = "make videos"
"""The command that makes those that are missing or stale."""


@dataclass(frozen=True)
class Video:
    """A part of the demonstration, recorded; **name** is that of its file, without `.mp4`."""

    name: str
    title: str
    notebook: Notebook
    folder: Path = paths.VIDEOS

    @property
    def file(self) -> Path:
        """Where it lies."""
        return self.folder / f"{self.name}.mp4"

    @property
    def manifest_file(self) -> Path:
        """Where it is written what it was recorded from."""
        return self.folder / f"{self.name}.json"


@dataclass(frozen=True)
class Manifest:
    """What a recording is of, and how it ended.

    **fingerprint**: of the notebook's cells. **sha256**: of the video's file. **seconds**: how long it plays.
    **kargo**: which Kargo is seen. **stages**: the version in each environment at the end, as the cluster said.
    **on_screen**: what was looked for, and found, in the text of the last picture.
    """

    notebook: str
    fingerprint: str
    sha256: str
    seconds: float
    recorded: str
    kargo: str
    stages: dict[str, str]
    on_screen: list[str]

    def write(self, file: Path) -> None:
        """Write it down."""
        file.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Manifest:
        """What is written there. Raises `WorkshopError` where that is nothing, or something else."""
        try:
            return cls(**json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            raise WorkshopError(f"{file.name} não diz de que notebook o vídeo é.", fix=MAKE) from None


def videos(folder: Path = paths.VIDEOS) -> tuple[Video, ...]:
    """The videos of the talk, in its order."""
    notebooks = {notebook.number: notebook for notebook in schedule.ALL}
    return tuple(
        Video(part.video, part.title, notebooks[part.notebook], folder)
        for part in agenda.PARTS
        if part.video and part.notebook is not None
    )


def select(names: Sequence[str], known: Iterable[Video] | None = None) -> tuple[Video, ...]:
    """The videos of these names; without names, those that are missing or stale.

    Raises `WorkshopError` for a name that no video has.
    """
    found = tuple(known or videos())
    if not names:
        return tuple(video for video in found if complaint(video))
    if unknown := sorted(set(names) - {video.name for video in found}):
        raise WorkshopError(
            f"Não há vídeo {', '.join(unknown)}.", fix=f"workshop videos {' '.join(video.name for video in found)}"
        )
    return tuple(video for video in found if video.name in names)


def complaint(video: Video) -> str:
    """Why a video has to be recorded anew, as a sentence; empty where it does not."""
    if not video.file.exists():
        return f"{video.name} não existe."
    try:
        manifest = Manifest.read(video.manifest_file)
    except WorkshopError as error:
        return error.message
    if manifest.notebook != video.notebook.file:
        return f"{video.name} foi gravado de {manifest.notebook}, e agora mostra {video.notebook.file}."
    if manifest.fingerprint != fingerprint(video.notebook.path):
        return f"{video.notebook.file} mudou depois que {video.name} foi gravado."
    if manifest.sha256 != digest(video.file):
        return f"{video.name}.mp4 não é o arquivo que foi gravado."
    return ""


def fingerprint(notebook: Path) -> str:
    """What changes when a cell of the notebook does; its outputs, numbers and metadata do not count."""
    hashed = hashlib.sha256()
    for kind, source in cells(json.loads(notebook.read_text(encoding="utf-8"))):
        # Lengths keep two cells apart from one that reads like both.
        hashed.update(f"{kind} {len(source)}\n{source}".encode())
    return hashed.hexdigest()


def cells(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind and source of each cell of a notebook as JSON has it: there a source is a text, or a list of its lines."""
    for cell in content["cells"]:
        yield cell["cell_type"], "".join(cell["source"])


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
