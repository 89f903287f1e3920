"""Excerpts of the project's own files, for documents that quote them.

An excerpt is named by what it says, not by line numbers, so that a comment added above it does not move it.
"""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workshop import paths
from workshop.errors import WorkshopError

_REFERENCE: Final = re.compile(r'(?P<file>[^,"]+?)(?:, de "(?P<first>[^"]+)"(?: até "(?P<last>[^"]+)")?)?')
_PROMPT: Final = "$ "
"""How a notebook's output begins where a command was echoed."""


@dataclass(frozen=True)
class Reference:
    """Which lines of which file.

    **first**: the excerpt begins at the first line that contains this; empty: at the top, and it is the whole file.
    **last**: it ends with the next line that contains this; empty: with what belongs to its first line, which is all
    that is indented below it or, in a notebook, all that the command printed.
    """

    file: str
    first: str = ""
    last: str = ""

    def __str__(self) -> str:
        return self.file + (f', de "{self.first}"' if self.first else "") + (f' até "{self.last}"' if self.last else "")


def parse(text: str) -> Reference:
    """The reference that a mark in a document spells: `FILE`, `FILE, de "A"`, or `FILE, de "A" até "B"`.

    Raises `WorkshopError` where it is none.
    """
    match = _REFERENCE.fullmatch(text.strip())
    if match is None:
        raise WorkshopError(
            f"Isto não é uma referência: {text}", fix='escreva ARQUIVO, ou ARQUIVO, de "A", ou ARQUIVO, de "A" até "B"'
        )
    return Reference(match["file"], match["first"] or "", match["last"] or "")


def excerpt(reference: Reference, root: Path = paths.ROOT) -> str:
    """The lines that are meant, without their common indentation, each ended.

    Raises `WorkshopError` where the file is not there, or does not contain the words any more.
    """
    path = root / reference.file
    if not path.is_file():
        raise WorkshopError(f"{reference} é citado, e esse arquivo não existe.")
    lines = _outputs(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8").splitlines()
    if reference.first:
        begin = _find(lines, reference.first, 0, reference)
        if reference.last:
            end = _find(lines, reference.last, begin, reference) + 1
        else:
            end = _end_of_output(lines, begin) if path.suffix == ".ipynb" else _end_of_block(lines, begin)
        lines = lines[begin:end]
    text = textwrap.dedent("\n".join(lines)).strip("\n")
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _find(lines: list[str], words: str, start: int, reference: Reference) -> int:
    for index in range(start, len(lines)):
        if words in lines[index]:
            return index
    raise WorkshopError(f"{reference} é citado, e nenhuma linha contém mais {words!r}.")


def _end_of_block(lines: list[str], begin: int) -> int:
    """Behind the last line that is indented deeper than the first; blank lines within belong to it."""
    depth = _depth(lines[begin])
    end = begin + 1
    for index in range(begin + 1, len(lines)):
        if lines[index].strip():
            if _depth(lines[index]) <= depth:
                break
            end = index + 1
    return end


def _end_of_output(lines: list[str], begin: int) -> int:
    """Before the next command, or the next cell, which a blank line separates."""
    for index in range(begin + 1, len(lines)):
        if lines[index].startswith(_PROMPT) or not lines[index].strip():
            return index
    return len(lines)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _outputs(notebook: Path) -> list[str]:
    """What the cells of a notebook printed, a blank line between two cells."""
    lines: list[str] = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            if output["output_type"] == "stream":
                lines += ["", *"".join(output["text"]).splitlines()]
    return lines
