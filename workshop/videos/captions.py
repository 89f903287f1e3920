"""Captions: in a strip below the page, as ASS for the picture, and as SRT for the player's own subtitles.

The strip is outside the page, so that no caption ever covers what it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from workshop.videos.cut import Piece
from workshop.videos.script import Scene

WIDTH: Final = 1920
HEIGHT: Final = 1080
STRIP: Final = 132
"""Pixels, at the bottom."""
BACKGROUND: Final = "1e1e2e"
"""Catppuccin Mocha, as the rest of the talk: base, and below text, blue, peach."""
_TEXT, _HEADING, _NOTE = "cdd6f4", "89b4fa", "fab387"
_MARGIN: Final = 44
_ESCAPED: Final = str.maketrans({"{": "\\{", "}": "\\}", "\\": "\\\u2060", "\n": " "})
"""Braces and backslashes are commands there. A word joiner, which has no width, keeps a backslash from being one."""


@dataclass(frozen=True)
class Line:
    """A caption from one second to another; **note** says what is done to the time, and stands apart."""

    start: float
    end: float
    heading: str
    text: str
    is_code: bool = False
    note: str = ""


def lines(pieces: Sequence[Piece], scenes: Sequence[Scene], title: str) -> list[Line]:
    """The captions of a film: the pages of each scene share its time by their length."""
    found: list[Line] = []
    clock, shown = 0.0, list(pieces)
    while shown:
        number = shown[0].scene
        together = [shown.pop(0)]
        while shown and shown[0].scene == number:
            together.append(shown.pop(0))
        scene = scenes[number]
        heading = title if scene.heading == title else f"{title}  ›  {scene.heading}"
        end = clock + sum(piece.seconds for piece in together)
        found += _of_scene(scene, heading, clock, end)
        at = clock
        for piece in together:
            if piece.speed > 1:
                note = f"acelerado {piece.speed}×  ·  {piece.real:.0f} s ao todo"
                found.append(Line(at, at + piece.seconds, heading, "", note=note))
            at += piece.seconds
        clock = end
    return found


def _of_scene(scene: Scene, heading: str, start: float, end: float) -> Iterable[Line]:
    # A page is never so short that its first word is all one reads.
    weights = [max(len(page), 30) for page in scene.pages]
    at = start
    for page, weight in zip(scene.pages, weights, strict=True):
        until = at + (end - start) * weight / sum(weights)
        yield Line(at, until, heading, page, scene.is_code)
        at = until


def as_ass(captions: Iterable[Line]) -> str:
    """What libass draws into the strip."""
    top = HEIGHT - STRIP
    styles = {
        "Heading": ("DejaVu Sans", 25, _HEADING, 1, 7, top + 12),
        "Text": ("DejaVu Sans", 33, _TEXT, 0, 7, top + 44),
        "Code": ("DejaVu Sans Mono", 31, _TEXT, 0, 7, top + 46),
        "Note": ("DejaVu Sans", 25, _NOTE, 1, 9, top + 12),
    }
    header = [
        "[Script Info]", "ScriptType: v4.00+", f"PlayResX: {WIDTH}", f"PlayResY: {HEIGHT}", "WrapStyle: 0",
        "ScaledBorderAndShadow: yes", "", "[V4+ Styles]",
        "Format: Name, Fontname, Fontsize, PrimaryColour, Bold, BorderStyle, Outline, Shadow, "
        "Alignment, MarginL, MarginR, MarginV, Encoding",
    ]  # fmt: skip
    for name, (font, size, colour, bold, alignment, vertical) in styles.items():
        header.append(
            f"Style: {name},{font},{size},{_bgr(colour)},{-bold},1,0,0,{alignment},{_MARGIN},{_MARGIN},{vertical},1"
        )
    events = ["", "[Events]", "Format: Layer, Start, End, Style, Text"]
    for line in captions:
        said = [("Note", line.note)] if line.note else [("Heading", line.heading), (_style(line), line.text)]
        events += [
            f"Dialogue: 0,{_clock(line.start)},{_clock(line.end)},{style},{text.translate(_ESCAPED)}"
            for style, text in said
        ]
    return "\n".join([*header, *events, ""])


def as_srt(captions: Iterable[Line]) -> str:
    """The same for whoever turns subtitles on, or reads them to somebody: one at a time, each with its heading."""
    said = [line for line in captions if not line.note]
    return "\n".join(
        f"{number}\n{_clock(line.start, ',', 3)} --> {_clock(line.end, ',', 3)}\n{line.heading}\n{line.text}\n"
        for number, line in enumerate(said, start=1)
    )


def _style(line: Line) -> str:
    return "Code" if line.is_code else "Text"


def _bgr(colour: str) -> str:
    """ASS has blue first, and 00 for opaque."""
    return f"&H00{colour[4:6]}{colour[2:4]}{colour[0:2]}".upper()


def _clock(seconds: float, mark: str = ".", digits: int = 2) -> str:
    whole, rest = divmod(round(seconds * 10**digits), 10**digits)
    hours = f"{whole // 3600:02}" if digits == 3 else f"{whole // 3600}"
    return f"{hours}:{whole // 60 % 60:02}:{whole % 60:02}{mark}{rest:0{digits}}"
