"""Captions: where in the film, what they say, and how ASS and SRT want it."""

from __future__ import annotations

import pytest

from workshop.videos import captions
from workshop.videos.captions import Line
from workshop.videos.cut import Piece
from workshop.videos.script import Scene

SCENES = (
    Scene("Título", ("a" * 100, "b" * 50), (0,), 1),
    Scene("Seção", ("third()",), (), 2, is_code=True),
)
PIECES = (Piece(0, 6, 0), Piece(6, 30, 0, speed=8, real=31), Piece(30, 33, 1))


def test_the_captions_cover_the_film_without_a_gap() -> None:
    said = [line for line in captions.lines(PIECES, SCENES, "Título") if not line.note]
    assert said[0].start == 0
    assert said[-1].end == pytest.approx(12)
    assert [line.end for line in said[:-1]] == pytest.approx([line.start for line in said[1:]])


def test_the_pages_of_a_scene_share_its_time_by_their_length() -> None:
    first, second, third = (line for line in captions.lines(PIECES, SCENES, "Título") if not line.note)
    assert (first.end - first.start, second.end - second.start) == pytest.approx((6, 3))
    assert (third.text, third.is_code) == ("third()", True)


def test_the_heading_leads_from_the_title_to_the_section() -> None:
    headings = [line.heading for line in captions.lines(PIECES, SCENES, "Título") if not line.note]
    assert headings == ["Título", "Título", "Título  ›  Seção"]


def test_time_that_goes_faster_says_so_and_how_long_it_was() -> None:
    (note,) = (line for line in captions.lines(PIECES, SCENES, "Título") if line.note)
    assert note.note == "acelerado 8×  ·  31 s ao todo"
    assert (note.start, note.end) == pytest.approx((6, 9))


def test_ass_gets_every_line_in_its_style() -> None:
    text = captions.as_ass(
        [Line(1, 62.5, "Título", "Olá"), Line(2, 3, "T", "x()", is_code=True), Line(2, 3, "", "", note="n")]
    )
    assert "Dialogue: 0,0:00:01.00,0:01:02.50,Text,Olá" in text
    assert "Dialogue: 0,0:00:01.00,0:01:02.50,Heading,Título" in text
    assert ",Code,x()" in text
    assert ",Note,n" in text
    assert f"PlayResX: {captions.WIDTH}" in text


def test_code_does_not_become_a_command_of_ass() -> None:
    text = captions.as_ass([Line(0, 1, "", r"f(\n, {a})", is_code=True)])
    assert "Code,f(\\\u2060n, \\{a\\})" in text


def test_srt_has_one_caption_at_a_time_and_no_notes() -> None:
    text = captions.as_srt(
        [Line(0, 1.5, "Título", "Olá"), Line(1, 2, "", "", note="n"), Line(3661.25, 3662, "T", "fim")]
    )
    assert text == ("1\n00:00:00,000 --> 00:00:01,500\nTítulo\nOlá\n\n2\n01:01:01,250 --> 01:01:02,000\nT\nfim\n")
