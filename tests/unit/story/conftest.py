"""What is said during a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workshop import voice


@pytest.fixture(name="told")
def fixture_told() -> Iterator[list[str]]:
    """Every line, as the audience hears it."""
    lines: list[str] = []
    with voice.heard_by(lines.append):
        yield lines
