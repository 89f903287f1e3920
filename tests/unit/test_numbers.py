"""Numbers as Brazil writes them."""

from __future__ import annotations

import pytest

from workshop import numbers


@pytest.mark.parametrize(
    ("value", "shown"), [(0.04, "0,0 s"), (9.96, "10,0 s"), (99.94, "99,9 s"), (100.4, "100 s"), (1412.6, "1 413 s")]
)
def test_what_is_measured_has_a_tenth_where_that_says_something(value: float, shown: str) -> None:
    assert numbers.seconds(value).replace("\N{NO-BREAK SPACE}", " ") == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0 s"), (59.6, "1 min"), (300, "5 min"), (485, "8 min 05 s"), (521.2, "8 min 41 s")]
)
def test_lengths_are_minutes_and_seconds(value: float, shown: str) -> None:
    assert numbers.length(value) == shown


def test_decimals_have_a_comma_and_as_many_digits_as_are_asked_for() -> None:
    assert numbers.decimal(3.14159, 2) == "3,14"
    assert numbers.decimal(-0.5) == "-0,5"
