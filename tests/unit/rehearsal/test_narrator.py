"""What the terminal shows while cells run."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from workshop.rehearsal import narrator
from workshop.rehearsal.narrator import Narrator, first_line


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('kubectl("get pods")', 'kubectl("get pods")'),
        ("# why\nfrom workshop import board\n\nboard.show()", "board.show()"),
        ("from workshop import board", "from workshop import board"),
        ("", ""),
    ],
)
def test_a_cell_is_called_by_its_first_deed(source: str, shown: str) -> None:
    assert first_line(source) == shown


def test_output_comes_line_by_line_without_colours_and_redraws() -> None:
    out = io.StringIO()
    with Narrator(Console(file=out, width=60)) as teller:
        teller.write("one\nt")
        teller.write("wo\n10%\r50%\r100%\n")
        teller.write("\x1b[31mred\x1b[0m\n[bold]not markup[/bold]\nunfinished")
        teller.cell_ends()
    lines = [line.strip() for line in out.getvalue().splitlines()]
    assert lines == ["│ one", "│ two", "│ 100%", "│ red", "│ [bold]not markup[/bold]", "│ unfinished"]


def test_silence_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrator, "HEARTBEAT_SECONDS", 0.5)
    out = io.StringIO()
    with Narrator(Console(file=out, width=100)) as teller:
        teller.cell_starts("time.sleep(99)")
        time.sleep(2.5)
    assert "ainda roda, há" in out.getvalue()
