"""The Portuguese of notebooks and documents: no word that neither the dictionary nor the field knows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import spelling
from workshop import paths
from workshop.rehearsal import schedule


@pytest.fixture(autouse=True, scope="module")
def hunspell() -> None:
    if shutil.which("hunspell") is None:
        pytest.fail(f"hunspell is not here: sudo apt-get install {' '.join(spelling.PACKAGES)}")


@pytest.mark.parametrize("notebook", schedule.ALL, ids=lambda notebook: notebook.path.stem)
def test_a_notebook_is_spelled_well(notebook: schedule.Notebook) -> None:
    assert spelling.unknown(spelling.notebook_prose(notebook.path)) == []


@pytest.mark.parametrize("document", [*spelling.documents()], ids=lambda file: str(file.relative_to(paths.ROOT)))
def test_a_document_is_spelled_well(document: Path) -> None:
    assert spelling.unknown(spelling.prose(document.read_text(encoding="utf-8"))) == []


def test_a_misspelled_word_is_found_and_code_is_not_read() -> None:
    text = "A **promoção** do `kubctl` parou, e a proomoção [voltou](docs/nao-existe.md).\n```\nxyzzy\n```\n"
    assert spelling.unknown(spelling.prose(text)) == ["proomoção"]


def test_our_own_words_are_sorted_and_needed() -> None:
    words = spelling.OURS.read_text(encoding="utf-8").splitlines()
    assert words == sorted(set(words), key=str.casefold)
    text = "\n".join(
        [spelling.notebook_prose(notebook.path) for notebook in schedule.ALL]
        + [spelling.prose(file.read_text(encoding="utf-8")) for file in spelling.documents()]
    ).casefold()
    assert [word for word in words if word.casefold() not in text] == []
