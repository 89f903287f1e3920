"""The slides as presenterm reads them: they fit, they follow the agenda, and every slide says what to say."""

from __future__ import annotations

import math
import re

import pytest
import yaml

from workshop.docs import slides as export
from workshop.rehearsal import agenda

SLIDES = export.SOURCE
MARGIN_PERCENT, PADDING, GUTTER, FOOTER = 2, 2, 4, 2
"""At each side of a slide, within a block of code at each side, between two columns; and the rows below it all."""
MARGIN = math.ceil(export.COLUMNS * MARGIN_PERCENT / 100)
MOST_LINES = export.ROWS - FOOTER - 2
"""A title, which is as large as two rows, takes two rows more than its lines here."""
MOST_COLUMNS = export.COLUMNS - 2 * (MARGIN + PADDING)
LONGEST_TITLE = (export.COLUMNS - 2 * MARGIN) // 2
COMMANDS = {
    "pause", "end_slide", "jump_to_middle", "new_line", "new_lines", "column_layout", "column", "reset_layout",
    "incremental_lists", "no_footer", "font_size", "alignment", "speaker_note", "list_item_newlines",
}  # fmt: skip
"""https://mfontanini.github.io/presenterm/features/commands.html"""
COMMENT = re.compile(r"<!--(.*?)-->\n?", re.DOTALL)
SEPARATOR = "<!-- jump_to_middle -->"


def slides() -> list[str]:
    """The source of each slide, without the front matter, which makes the first one."""
    return export.sources(SLIDES.read_text(encoding="utf-8"))[1:]


def title(slide: str) -> str:
    found = re.search(r"^(.+)\n===$", slide, re.MULTILINE)
    return found[1] if found else ""


def commands(slide: str) -> list[object]:
    """The comments that presenterm takes for commands, read as it reads them."""
    return [yaml.safe_load(comment) for comment in COMMENT.findall(slide) if not comment.strip().startswith("//")]


def note(slide: str) -> str:
    found = [command["speaker_note"] for command in commands(slide) if isinstance(command, dict)
             and "speaker_note" in command]  # fmt: skip
    return "\n".join(found)


EVERY = [pytest.param(slide, id=f"{number}-{title(slide)}") for number, slide in enumerate(slides(), start=2)]


def test_the_parts_of_the_talk_are_the_agendas() -> None:
    parts = [(title(slide), note(slide).splitlines()[0]) for slide in slides() if SEPARATOR in slide]
    assert parts == [(part.title, f"{start} · {part.minutes} min") for start, part in agenda.timetable()]


def test_the_front_matter_names_talk_and_speaker() -> None:
    front = yaml.safe_load(SLIDES.read_text(encoding="utf-8").split("---\n")[1])
    assert {"title", "sub_title", "author", "date"} <= set(front)
    assert front["theme"]["override"]["default"]["margin"] == {"percent": MARGIN_PERCENT}


@pytest.mark.parametrize("slide", EVERY)
def test_it_has_a_title_and_says_what_to_say(slide: str) -> None:
    assert title(slide)
    assert note(slide).strip()


@pytest.mark.parametrize("slide", EVERY)
def test_its_comments_are_commands_that_presenterm_knows(slide: str) -> None:
    for command in commands(slide):
        name = command if isinstance(command, str) else next(iter(command))  # type: ignore[call-overload]
        assert name in COMMANDS, f"presenterm knows no {name}"


@pytest.mark.parametrize("slide", EVERY)
def test_it_fits_the_screen(slide: str) -> None:
    longest = 0
    for share, lines in columns(slide):
        longest = max(longest, len(lines))
        for line in lines:
            shown = re.sub(r"\*\*|`|\]\([^)]*\)|\[(?=[^\]]*\]\()", "", line)
            most = MOST_COLUMNS * share - (GUTTER if share < 1 else 0)
            assert len(shown) <= most, f"{len(shown)} columns of {most:.0f}: {line}"
    assert longest <= MOST_LINES, f"{longest} lines of {MOST_LINES}"
    assert len(title(slide)) <= LONGEST_TITLE


def columns(slide: str) -> list[tuple[float, list[str]]]:
    """What is shown of a slide, column by column with its share of the width; without columns, all of it.

    The fences of a block count: where they stand, presenterm pads it.
    """
    parts: list[tuple[float, list[str]]] = [(1.0, [])]
    shares: list[float] = []
    above = 0
    for line in re.sub(r"<!--\s*(?://|speaker_note).*?-->\n?", "", slide, flags=re.DOTALL).strip().splitlines():
        if layout := re.fullmatch(r"<!-- column_layout: \[(.+)\] -->", line):
            sizes = [int(size) for size in layout[1].split(",")]
            shares = [size / sum(sizes) for size in sizes]
            above = len(parts[0][1])
        elif column := re.fullmatch(r"<!-- column: (\d+) -->", line):
            parts.append((shares[int(column[1])], [""] * above))
        elif line == "<!-- reset_layout -->":
            deepest = max(len(lines) for _, lines in parts)
            parts.append((1.0, [""] * deepest))
        elif not line.startswith("<!--") and (line or parts[-1][1][-1:] != [""]):
            # However many empty lines there are, comments between them or not, it is one.
            parts[-1][1].append(line)
    return parts
