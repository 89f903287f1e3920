"""The runbook: its parts are the agenda's, and what it points at in the notebooks is there."""

from __future__ import annotations

import json
import re

import pytest

from workshop import paths
from workshop.rehearsal import agenda

RUNBOOK = paths.ROOT / "docs" / "talk" / "runbook.md"
HEADING = re.compile(r"^## (\d\d:\d\d) · (.+) · (\d+) min$", re.MULTILINE)
SHOWN = re.compile(r"\[\d\d\]\(\.\./\.\./notebooks/(?P<file>[\w.-]+)\)(?P<headings>(?:[\s,]+«[^»]+»)+)")
FIELDS = ("**Dizer.**", "**Mostrar.**", "**O público vê.**", "**O que pode dar errado.**", "**Passagem.**")


def parts() -> list[str]:
    """The text of each part of the talk."""
    text = RUNBOOK.read_text(encoding="utf-8")
    starts = [match.start() for match in HEADING.finditer(text)]
    end = text.index("\n## ", starts[-1] + 1)
    return [text[start:stop] for start, stop in zip(starts, [*starts[1:], end], strict=True)]


def test_its_parts_are_the_agendas() -> None:
    found = HEADING.findall(RUNBOOK.read_text(encoding="utf-8"))
    assert found == [(start, part.title, str(part.minutes)) for start, part in agenda.timetable()]


@pytest.mark.parametrize("part", [pytest.param(text, id=text.splitlines()[0][3:8]) for text in parts()])
def test_each_part_says_what_to_say_to_show_and_how_to_go_on(part: str) -> None:
    assert [field for field in FIELDS if field not in part] == []


def test_each_part_of_the_demonstration_shows_its_notebook() -> None:
    shown = [SHOWN.search(text) for text in parts()]
    numbers = [int(match["file"][:2]) if match else None for match in shown]
    assert numbers == [part.notebook for part in agenda.PARTS]


def test_what_it_shows_of_a_notebook_is_a_heading_there() -> None:
    for match in SHOWN.finditer(RUNBOOK.read_text(encoding="utf-8")):
        content = json.loads((paths.NOTEBOOKS / match["file"]).read_text(encoding="utf-8"))
        text = "\n".join("".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "markdown")
        there = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        for heading in re.findall(r"«([^»]+)»", match["headings"]):
            assert " ".join(heading.split()) in there, f"{match['file']} has no «{heading}»"
