"""The presenter's own window: the runbook's words, the time that is left, and nothing before anything was begun."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from workshop import paths
from workshop.errors import WorkshopError
from workshop.rehearsal import agenda, prompter

PARTS = [part for part in agenda.PARTS if part.notebook]


@pytest.fixture(autouse=True)
def _noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "ON_STAGE", tmp_path / "on-stage.json")


def shown(now: float) -> str:
    """The page, as a terminal has it."""
    console = Console(file=io.StringIO(), width=120)
    console.print(prompter.page(now))
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.notebook:02}")
def test_each_part_has_its_own_notes_and_no_other(part: agenda.Part) -> None:
    text = prompter.notes(part.notebook or 0)
    assert f"{part.notebook:02}](../../notebooks/" in text
    assert text.count("**Dizer.**") == text.count("**Passagem.**") == 1
    assert "\n## " not in text


def test_a_notebook_outside_of_the_talk_has_none() -> None:
    with pytest.raises(WorkshopError, match="notebook 01") as caught:
        prompter.notes(1)
    assert "04, 05" in caught.value.fix


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "restam 5:00 de 5 min"), (241.4, "restam 0:58 de 5 min"), (307, "além do tempo 0:07 de 5 min")],
)
def test_the_clock_counts_down_and_then_up(seconds: float, words: str) -> None:
    clock = prompter.clock(6, seconds)
    assert clock.plain == f"06 · Demo: Promoção para STG (aprovação QA) · {words}"


def test_the_page_follows_what_was_begun_last() -> None:
    assert "Aguardando" in shown(1000.0)
    paths.ON_STAGE.write_text('{"notebook": 7, "began": 940.0}', encoding="utf-8")
    assert "restam 4:00 de 5 min" in shown(1000.0)
    assert "Dizer." in shown(1000.0)
    paths.ON_STAGE.write_text('{"notebook": 3, "began": 940.0}', encoding="utf-8")
    assert "Aguardando" in shown(1000.0)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"notebook": "x", "began": 1}'])
def test_a_note_that_cannot_be_read_is_none(text: str) -> None:
    paths.ON_STAGE.write_text(text, encoding="utf-8")
    assert prompter.on_stage() is None
