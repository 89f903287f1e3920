"""Numbers as people write them in Brazil: one place, whoever shows them."""

from __future__ import annotations

from typing import Final

_THOUSANDS: Final = "\N{NO-BREAK SPACE}"
_WHOLE_FROM: Final = 100
"""Seconds from which a tenth of one says nothing any more."""


def decimal(value: float, digits: int = 1) -> str:
    """`1 413,5`."""
    return f"{value:,.{digits}f}".replace(",", _THOUSANDS).replace(".", ",")


def seconds(value: float) -> str:
    """`9,4 s`, `413 s`: what is measured."""
    return f"{decimal(value, 1 if value < _WHOLE_FROM else 0)} s"


def length(value: float) -> str:
    """`41 s`, `5 min`, `8 min 05 s`: a time, in seconds, that somebody waits for."""
    minutes, rest = divmod(round(value), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
