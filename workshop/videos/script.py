"""The notebook as a film has it: one scene for each code cell, with the text that leads to it.

What a caption says is what the notebook says: the headings and sentences of its Markdown, or, where there is none
before a cell, the first line of its code. It is written there once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from workshop.rehearsal.narrator import first_line

PAGE_CHARACTERS: Final = 170
"""As much as two lines of a caption hold."""
_HEADING: Final = re.compile(r"^(#{1,6}) +(.+?) *#*$")
_FENCE: Final = re.compile(r"^(```|~~~).*?^\1\s*?$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_EMPHASIS: Final = re.compile(r"(\*{1,2}|`)(\S(?:.*?\S)?)\1")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])\s+(?=\S)")
_ITEM: Final = re.compile(r"^\s*(?:[-*]|\d+\.)\s+")
_LIVE_BOARD: Final = "board.show()"
_LAST_LOOK: Final = "board.snapshot()"
_WATCHED: Final = re.compile(r"\bwait_for_promotion\(")
_MATTERS: Final = re.compile(
    r"\b(board\.\w+|approvals\.\w+|\w*wait_for_promotion|refused_merge|visitor\.stop|ci\.merge|ci\.failing_checks)\("
)
"""What a talk stops at: the board, an approval, a refusal, a promotion, what a visitor noticed."""


@dataclass(frozen=True)
class Scene:
    """A code cell with the Markdown before it; the last one of a notebook has the Markdown alone.

    **markdown**, **code**: positions of the cells in the notebook. **heading**: the section it is in.
    **pages**: what the caption says, one after another. **is_code**: whether that is code, not prose.
    **watch**: the cell whose live board is to be looked at while this one runs, if there is one.
    """

    heading: str
    pages: tuple[str, ...]
    markdown: tuple[int, ...]
    code: int | None
    line: str = ""
    is_code: bool = False
    matters: bool = False
    watch: int | None = None

    @property
    def first(self) -> int:
        """The position of its first cell."""
        return self.markdown[0] if self.markdown or self.code is None else self.code

    @property
    def last(self) -> int:
        """The position of its last cell."""
        return self.markdown[-1] if self.code is None else self.code


def scenes(cells: Iterable[tuple[str, str]]) -> tuple[Scene, ...]:
    """The scenes of a notebook, from kind and source of its cells."""
    found: list[Scene] = []
    heading, board = "", None
    markdown: list[int] = []
    sentences: list[str] = []
    for position, (kind, source) in enumerate(cells):
        if kind == "markdown":
            heading = section(source) or heading
            markdown.append(position)
            sentences += prose(source)
        elif kind == "code" and source.strip():
            line = first_line(source)
            found.append(
                Scene(
                    heading,
                    tuple(paged(sentences)) or (line,),
                    tuple(markdown),
                    position,
                    line,
                    is_code=not sentences,
                    matters=_MATTERS.search(source) is not None,
                    watch=board if _WATCHED.search(source) else None,
                )
            )
            board = position if _LIVE_BOARD in source else board
            markdown, sentences = [], []
    if markdown:
        found.append(Scene(heading, tuple(paged(sentences)), tuple(markdown), None, matters=True))
    return tuple(found)


def closing(cells: Iterable[tuple[str, str]]) -> int:
    """The position of the cell that shows where the story stands at the end: the last board, or the last code."""
    code = [(position, source) for position, (kind, source) in enumerate(cells) if kind == "code" and source.strip()]
    boards = [position for position, source in code if _LAST_LOOK in source]
    return (boards or [position for position, _ in code])[-1]


def title(cells: Iterable[tuple[str, str]]) -> str:
    """The first heading of the first cell."""
    return next((section(source) for _, source in cells if section(source)), "")


def section(markdown: str) -> str:
    """The last heading of a cell, as plain text; empty where it has none."""
    found = [match[2] for line in _FENCE.sub("", markdown).splitlines() if (match := _HEADING.match(line))]
    return plain(found[-1]) if found else ""


def prose(markdown: str) -> list[str]:
    """The sentences of a cell, as plain text: no headings, no drawings; of a title cell, what is quoted below it."""
    lines = _FENCE.sub("", markdown).splitlines()
    if lines and lines[0].startswith("# "):
        lines = [line.removeprefix("> ") for line in lines if line.startswith("> ")]
    paragraphs = [""]
    for line in lines:
        if _HEADING.match(line) or not line.strip() or _ITEM.match(line):
            paragraphs.append("")
        if not _HEADING.match(line):
            paragraphs[-1] = f"{paragraphs[-1]} {_ITEM.sub('', line).strip()}".strip()
    return [sentence for text in paragraphs if text for sentence in _SENTENCE_END.split(plain(text))]


def plain(markdown: str) -> str:
    """A line without its marks."""
    text = _LINK.sub(r"\1", markdown)
    while text != (text := _EMPHASIS.sub(r"\2", text)):
        pass
    return text.strip()


def paged(sentences: Iterable[str]) -> list[str]:
    """Sentences put together into as few captions as hold them."""
    pages: list[str] = []
    for sentence in sentences:
        if pages and len(pages[-1]) + 1 + len(sentence) <= PAGE_CHARACTERS:
            pages[-1] = f"{pages[-1]} {sentence}"
        else:
            pages.append(sentence)
    return pages
