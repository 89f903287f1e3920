"""Waits are shortened and say so, pauses give way to the limit, and nothing else is touched."""

from __future__ import annotations

import pytest

from workshop.errors import WorkshopError
from workshop.videos import cut
from workshop.videos.cut import Piece, Span


def test_what_fits_is_shown_as_it_was() -> None:
    spans = [Span(100, 103, 0), Span(103, 108, 0, waits=True), Span(108, 110, 1)]
    assert cut.cut(spans, 60) == [Piece(100, 103, 0), Piece(103, 108, 0), Piece(108, 110, 1)]


def test_a_long_wait_goes_faster_in_its_middle_and_keeps_its_length_in_mind() -> None:
    first, middle, last = cut.cut([Span(0, 40, 0, waits=True)], 60)
    assert (first.speed, last.speed) == (1, 1)
    assert middle.speed in cut.SPEEDS
    assert middle.real == 40
    assert middle.seconds <= cut.BETWEEN
    assert (first.start, first.end, middle.end, last.end) == (0, middle.start, last.start, 40)


def test_a_wait_that_is_watched_is_shown_more_slowly() -> None:
    (_, plain, _), (_, watched, _) = (cut.cut([Span(0, 40, 0, waits=True, watched=on)], 60) for on in (False, True))
    assert watched.speed < plain.speed


def test_pauses_give_way_to_the_limit_in_proportion_and_from_their_end() -> None:
    pieces = cut.cut([Span(0, 10, 0), Span(10, 15, 0, waits=True), Span(15, 35, 1)], 26)
    assert [round(piece.seconds, 3) for piece in pieces] == [7, 5, 14]
    assert [piece.start for piece in pieces] == [0, 10, 15]
    assert cut.length(pieces) == pytest.approx(26)


def test_a_pause_stays_long_enough_to_be_seen() -> None:
    pieces = cut.cut([Span(0, 0.8, 0), Span(0.8, 20, 0)], 10)
    assert pieces[0].seconds == cut.SHORTEST_PAUSE


def test_a_film_that_nobody_could_read_is_refused() -> None:
    with pytest.raises(WorkshopError, match="teria 100 s, e cabem 20"):
        cut.cut([Span(0, 100, 0)], 20)


def shown(pieces: list[Piece], begun: float, recorded: float) -> float:
    """What ffmpeg makes of the expression."""
    expression = cut.expression(pieces, begun).removesuffix("/TB")
    return float(
        eval(  # noqa: S307
            expression, {"T": recorded - begun, "clip": lambda value, low, high: min(max(value, low), high)}
        )
    )


def test_the_expression_says_when_a_frame_is_shown() -> None:
    pieces = [Piece(1010, 1020, 0), Piece(1020, 1060, 0, speed=4, real=40), Piece(1070, 1071, 1)]
    when = {1005: 0, 1010: 0, 1015: 5, 1020: 10, 1040: 15, 1060: 20, 1065: 20, 1070.5: 20.5, 1071: 21, 1100: 21}
    assert {at: shown(pieces, 1000, at) for at in when} == pytest.approx(when)
