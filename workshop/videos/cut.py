"""From what was recorded to what is shown: pauses as long as they have to be, waits made short and called so.

A recording is a row of spans. In a pause nothing is lost when its end is left out; a wait is never shortened without
saying by how much. All times are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from workshop.errors import WorkshopError

PLAIN_WAIT: Final = 6.0
"""A wait of so long is shown as it was."""
BEGINNING: Final = 2.0
END: Final = 1.5
"""What is shown as it was of a longer one; what lies between goes faster."""
BETWEEN: Final = 4.0
BETWEEN_WATCHED: Final = 9.0
"""As long as it may last there, so that one sees what happens; longer where the audience watches the board move."""
SPEEDS: Final = (2, 4, 8, 16, 32)
SHORTEST_PAUSE: Final = 0.7


@dataclass(frozen=True)
class Span:
    """A stretch of the recording; **scene** is a number. A pause unless **waits**; **watched**: the board is seen."""

    start: float
    end: float
    scene: int
    waits: bool = False
    watched: bool = False

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True)
class Piece:
    """A stretch as it is shown: **speed** times as fast. **real**: how long the whole wait was, in seconds."""

    start: float
    end: float
    scene: int
    speed: int = 1
    real: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it is shown."""
        return (self.end - self.start) / self.speed


def cut(spans: Iterable[Span], limit: float) -> list[Piece]:
    """The pieces of a film of at most so many seconds.

    Raises `WorkshopError` where its waits alone, or pauses that nobody could read, are longer than that.
    """
    spans = list(spans)
    pauses = [span for span in spans if not span.waits]
    waiting = sum(piece.seconds for span in spans if span.waits for piece in _wait(span))
    pausing = sum(span.seconds for span in pauses)
    share = min(1.0, (limit - waiting) / pausing) if pausing else 1.0
    pieces: list[Piece] = []
    for span in spans:
        if span.waits:
            pieces += _wait(span)
        else:
            shown = min(span.seconds, max(SHORTEST_PAUSE, span.seconds * share))
            pieces.append(Piece(span.start, span.start + shown, span.scene))
    if length(pieces) > limit + SHORTEST_PAUSE * len(pauses) or share < 0.4:
        raise WorkshopError(
            f"O vídeo teria {waiting + pausing:.0f} s, e cabem {limit:.0f}: nem com pausas curtas dá.",
            fix="divida o notebook, ou aumente BETWEEN em workshop/videos/cut.py",
        )
    return pieces


def _wait(span: Span) -> list[Piece]:
    if span.seconds <= PLAIN_WAIT:
        return [Piece(span.start, span.end, span.scene)]
    first, last = span.start + BEGINNING, span.end - END
    wanted = BETWEEN_WATCHED if span.watched else BETWEEN
    speed = next((speed for speed in SPEEDS if (last - first) / speed <= wanted), SPEEDS[-1])
    return [
        Piece(span.start, first, span.scene),
        Piece(first, last, span.scene, speed, span.seconds),
        Piece(last, span.end, span.scene),
    ]


def length(pieces: Iterable[Piece]) -> float:
    """How long they are shown together, in seconds."""
    return sum(piece.seconds for piece in pieces)


def expression(pieces: Sequence[Piece], begun: float) -> str:
    """When a frame is shown, for ffmpeg's filter `setpts`, from when it was recorded (`T`, in seconds).

    **begun**: what the recording's own zero is on the clock of the pieces. What no piece holds gets no time at all, and
    the filter `fps` drops it.
    """
    parts = []
    for piece in pieces:
        shown = f"clip(T-{piece.start - begun:.3f},0,{piece.end - piece.start:.3f})"
        parts.append(shown if piece.speed == 1 else f"{shown}/{piece.speed}")
    return f"({'+'.join(parts)})/TB"
