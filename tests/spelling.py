"""Portuguese text as people read it, and the words of it that no dictionary has."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import nbformat

from workshop import paths

DICTIONARY: Final = "pt_BR"
PACKAGES: Final = ("hunspell", "hunspell-pt-br")
OURS: Final = Path(__file__).with_name("palavras.txt")
"""Names and terms of the field, one a line: what is right although no dictionary has it."""

_NAMES: Final = "licencas.md"
_NOT_TEXT: Final = (
    re.compile(r"^---\n.*?\n---$", re.DOTALL | re.MULTILINE),
    re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE),
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"``[^`]*``|`[^`\n]*`"),
    re.compile(r"\]\([^)]*\)"),
    re.compile(r"<[^>\n]+>"),
    re.compile(r"https?://\S+"),
    re.compile(r"&\w+;"),
    re.compile(r"[\w./*-]*[/_.@=0-9][\w./*-]*\w"),
)
"""Front matter, code, comments, targets of links, tags, addresses, entities; and paths, versions, identifiers."""


def prose(markdown: str) -> str:
    """The text without what is not Portuguese by nature."""
    for pattern in _NOT_TEXT:
        markdown = pattern.sub(" ", markdown)
    return markdown


def notebook_prose(path: Path) -> str:
    """The text of a notebook's Markdown cells."""
    cells = nbformat.read(path, as_version=4).cells
    return prose("\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))


def documents() -> Iterator[Path]:
    """The Portuguese documents of the repository, but for the list of other people's names."""
    yield paths.ROOT / "README.pt-BR.md"
    yield from (file for file in sorted((paths.ROOT / "docs").rglob("*.md")) if file.name != _NAMES)


def unknown(text: str) -> list[str]:
    """The words that neither hunspell's dictionary nor ours has, each once, sorted."""
    done = subprocess.run(
        ["hunspell", "-d", DICTIONARY, "-i", "utf-8", "-l"],
        input=text, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    known = {word.casefold() for word in _lines(OURS)}
    return sorted({word for word in done.stdout.split() if word.casefold() not in known})


def _lines(file: Path) -> Iterable[str]:
    return (line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
