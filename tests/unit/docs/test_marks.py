"""Marks: what stands below them is replaced, and nothing else."""

from __future__ import annotations

import pytest

from workshop.docs import marks
from workshop.errors import WorkshopError

QUOTED = 'before\n<!-- trecho: gitops/kargo/project.yaml, de "kind: Project" -->\n```yaml\nold\n```\nafter\n'
MADE = "before\n<!-- gerado: a -->\nold\n<!-- fim -->\nafter\n"


def test_a_quote_is_the_source_as_it_is() -> None:
    assert marks.refreshed(QUOTED, {}) == QUOTED.replace("old", "kind: Project")


def test_in_slides_the_mark_is_a_comment_of_presenterm() -> None:
    text = QUOTED.replace("<!-- trecho", "<!-- // trecho")
    assert marks.refreshed(text, {}) == text.replace("old", "kind: Project")


def test_what_is_made_stands_between_its_marks() -> None:
    assert marks.refreshed(MADE, {"a": lambda: "new\n"}) == MADE.replace("old", "\nnew\n")


def test_refreshing_twice_changes_nothing() -> None:
    once = marks.refreshed(QUOTED + MADE, {"a": lambda: "new"})
    assert marks.refreshed(once, {"a": lambda: "new"}) == once


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (QUOTED.replace("```yaml\n", "text\n```yaml\n"), "bloco de código"),
        (QUOTED.replace("kind: Project", "gone"), "nenhuma linha contém"),
        (QUOTED.replace("gitops/kargo/project.yaml", "docs/cli.md").replace("kind: Project", "```"), "mais longa"),
        (MADE.replace("gerado: a", "gerado: b"), "Nada gera 'b'"),
    ],
)
def test_a_mark_that_cannot_be_kept_is_an_error(text: str, words: str) -> None:
    with pytest.raises(WorkshopError, match=words):
        marks.refreshed(text, {"a": lambda: ""})


def test_scripts_are_the_marked_blocks_alone() -> None:
    text = "<!-- executa -->\n```bash\none\ntwo\n```\n```bash\nthree\n```\n<!-- executa -->\n```bash\nfour\n```\n"
    assert marks.scripts(text) == ["one\ntwo\n", "four\n"]


def test_a_mark_without_a_script_is_an_error() -> None:
    with pytest.raises(WorkshopError, match="não tem um bloco `bash`"):
        marks.scripts("<!-- executa -->\n\n```bash\none\n```\n")
