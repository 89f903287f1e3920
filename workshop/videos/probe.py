"""What a video's file is, read from the file itself with PyAV, which brings ffmpeg's libraries along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workshop import numbers
from workshop.errors import WorkshopError
from workshop.videos import captions

if TYPE_CHECKING:
    from av.container import InputContainer

LONGEST_SECONDS: Final = 240
LARGEST_BYTES: Final = 8_000_000
LANGUAGE: Final = "por"
_SAMPLES: Final = 10
_HEADER: Final = 64 * 1024
"""Bytes, within which a file for the web says where its index is."""


@dataclass(frozen=True)
class Facts:
    """**seconds**: how long it plays. **size**: bytes. **subtitles**: the language of each track of captions.

    **fast_start**: whether the index comes before the pictures, so that it plays before all of it is there.
    """

    codec: str
    profile: str
    pixels: str
    width: int
    height: int
    seconds: float
    size: int
    subtitles: tuple[str, ...]
    fast_start: bool


def look(file: Path) -> Facts:
    """The facts of a video. Raises `WorkshopError` where it is none."""
    with _opened(file) as container:
        video = container.streams.video[0]
        context = video.codec_context
        return Facts(
            codec=context.name,
            profile=str(video.profile),
            pixels=str(context.pix_fmt),
            width=context.width,
            height=context.height,
            seconds=float(container.duration or 0) / 1e6,
            size=file.stat().st_size,
            subtitles=tuple(stream.language or "" for stream in container.streams.subtitles),
            fast_start=_index_is_first(file),
        )


def begins(file: Path) -> float:
    """What the clock of a recording said at its first picture, in seconds since 1970."""
    with _opened(file) as container:
        return float(container.start_time or 0) / 1e6


def pictures(file: Path, moments: Sequence[float]) -> list[bytes]:
    """How bright each pixel is at those seconds: enough to tell two pictures apart."""
    found = []
    with _opened(file) as container:
        stream = container.streams.video[0]
        for moment in moments:
            container.seek(int(moment * 1e6))
            for frame in container.decode(stream):
                if frame.time is not None and frame.time >= moment - 0.2:
                    found.append(bytes(frame.planes[0]))
                    break
    return found


def faults(file: Path) -> list[str]:
    """What is wrong with a backup video, a sentence each; nothing where it is as it should be."""
    facts = look(file)
    found = []
    if facts.seconds > LONGEST_SECONDS:
        found.append(f"dura {facts.seconds:.0f} s; o limite é {LONGEST_SECONDS}")
    if facts.size > LARGEST_BYTES:
        found.append(f"tem {numbers.decimal(facts.size / 1e6)} MB; o limite é {LARGEST_BYTES / 1e6:.0f}")
    kind = (facts.codec, facts.profile.lower(), facts.pixels)
    if kind != ("h264", "high", "yuv420p"):
        found.append(f"é {' '.join(kind)}, e não h264 high yuv420p")
    if (facts.width, facts.height) != (captions.WIDTH, captions.HEIGHT):
        found.append(f"tem {facts.width}×{facts.height}, e não {captions.WIDTH}×{captions.HEIGHT}")
    if facts.subtitles != (LANGUAGE,):
        found.append("não tem uma trilha de legendas em português")
    if not facts.fast_start:
        found.append("tem o índice no fim: não começa a tocar antes de chegar inteiro")
    if not found:
        moments = [facts.seconds * (number + 0.5) / _SAMPLES for number in range(_SAMPLES)]
        if len(set(pictures(file, moments))) < _SAMPLES - 1:
            found.append("mostra a mesma imagem em momentos diferentes")
    return found


def _opened(file: Path) -> InputContainer:
    try:
        import av  # noqa: PLC0415
    except ImportError:
        raise WorkshopError("O PyAV não está no ambiente.", fix="make bootstrap") from None
    try:
        container = av.open(str(file))
    except (av.error.FFmpegError, OSError) as error:
        raise WorkshopError(f"{file.name} não é um vídeo: {error}.", fix="make videos") from None
    if not container.streams.video:
        container.close()
        raise WorkshopError(f"{file.name} não tem imagem.", fix="make videos")
    return container


def _index_is_first(file: Path) -> bool:
    with file.open("rb") as stream:
        head = stream.read(_HEADER)
    index = head.find(b"moov")
    return index >= 0 and (b"mdat" not in head or index < head.find(b"mdat"))
