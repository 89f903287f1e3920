"""`python -m workshop.docs`: what it refreshes, and what it says where a document cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from workshop import paths
from workshop.docs import __main__ as program
from workshop.docs import files, generated

MARKED = "<!-- gerado: a -->\nold\n<!-- fim -->\n"


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only document that there is."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(files, "documents", lambda: [tmp_path / "a.md"])
    monkeypatch.setattr(generated, "MADE", {"a": lambda: "new"})
    return tmp_path / "a.md"


def test_a_document_is_refreshed_and_named_once(document: Path) -> None:
    document.write_text(MARKED, encoding="utf-8")
    first, second = (CliRunner().invoke(program.app, ["sync"]) for _ in range(2))
    assert (first.exit_code, first.stdout) == (0, "a.md\n")
    assert "new" in document.read_text(encoding="utf-8")
    assert (second.exit_code, second.stdout) == (0, "")


def test_one_that_cannot_be_is_named_with_what_is_wrong_and_left_alone(document: Path) -> None:
    text = MARKED.replace("gerado: a", "gerado: b")
    document.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(program.app, ["sync"])
    assert done.exit_code == 1
    assert done.stderr.startswith("✗ a.md: Nada gera 'b'.\n→ ")
    assert document.read_text(encoding="utf-8") == text
