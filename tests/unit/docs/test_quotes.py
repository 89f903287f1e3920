"""Excerpts: by what they say, and an error where it is said no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workshop.docs import quotes
from workshop.docs.quotes import Reference
from workshop.errors import WorkshopError

YAML = "# top\nspec:\n  steps:\n  - uses: a\n    config:\n\n      x: 1\n  - uses: b\nend: true\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(YAML)
    cells = [
        {"outputs": [{"output_type": "stream", "text": ["$ first\n", "one  \n", "$ second\n", "two\n"]}]},
        {"source": ["no outputs"]},
        {"outputs": [{"output_type": "stream", "text": ["$ third\n"]}]},
    ]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells}))
    return tmp_path


@pytest.mark.parametrize("text", ["a/b.yaml", 'a/b.yaml, de "x y"', 'a/b.yaml, de "x" até "y"'])
def test_a_reference_is_read_as_it_is_written(text: str) -> None:
    assert str(quotes.parse(text)) == text


@pytest.mark.parametrize("text", ["", 'a.yaml de "x"', 'a.yaml, até "y"', 'a.yaml, de "x" e mais'])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(WorkshopError, match="não é uma referência"):
        quotes.parse(text)


def test_without_words_it_is_the_whole_file(root: Path) -> None:
    assert quotes.excerpt(Reference("a.yaml"), root) == YAML


def test_one_word_quotes_the_block_that_it_begins(root: Path) -> None:
    assert quotes.excerpt(Reference("a.yaml", "- uses: a"), root) == "- uses: a\n  config:\n\n    x: 1\n"


def test_two_words_quote_what_lies_between_and_both(root: Path) -> None:
    assert quotes.excerpt(Reference("a.yaml", "config:", "uses: b"), root) == "  config:\n\n    x: 1\n- uses: b\n"


@pytest.mark.parametrize(("words", "expected"), [("$ first", "$ first\none\n"), ("$ second", "$ second\ntwo\n")])
def test_a_notebook_is_quoted_command_by_command(root: Path, words: str, expected: str) -> None:
    assert quotes.excerpt(Reference("n.ipynb", words), root) == expected


@pytest.mark.parametrize(
    "reference",
    [Reference("gone.yaml"), Reference("a.yaml", "not there"), Reference("a.yaml", "end:", "uses: a")],
    ids=str,
)
def test_what_is_not_there_any_more_is_an_error(root: Path, reference: Reference) -> None:
    with pytest.raises(WorkshopError, match="é citado, e"):
        quotes.excerpt(reference, root)
