"""What a person sees while notebooks run: which one, which cell, for how long, and what it prints."""

from __future__ import annotations

import re
import threading
import time
from typing import Final

from rich.console import Console
from rich.text import Text

from workshop import numbers
from workshop.rehearsal.report import NotebookResult
from workshop.rehearsal.schedule import Notebook

HEARTBEAT_SECONDS: Final = 20.0
"""After so much silence the narrator says that a cell still runs."""
WORTH_SAYING_SECONDS: Final = 1.0
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def first_line(source: str) -> str:
    """The first line of a cell that does something."""
    lines = [line.strip() for line in source.splitlines()]
    code = [line for line in lines if line and not line.startswith(("#", "%", "from ", "import "))]
    return (code or lines or [""])[0]


class Narrator:
    """Tells the terminal, and is the file that papermill writes a cell's output to.

    Usage:

        with Narrator(console) as narrator:
            narrator.notebook_starts(notebook, cells=12)
            narrator.cell_starts('kubectl("get pods")')
            narrator.write("output\\n")
            narrator.cell_ends()
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cells = 0
        self._position = 0
        self._cell_started: float | None = None
        self._last_word = time.monotonic()
        self._unfinished = ""
        self._stop = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="narrator", daemon=True)

    def __enter__(self) -> Narrator:
        self._heart.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._heart.join()

    def notebook_starts(self, notebook: Notebook, cells: int) -> None:
        """Announce a notebook and how much it has to do."""
        self._cells, self._position = cells, 0
        line = Text("\n▶ ", style="bold cyan")
        line.append(f"{notebook.number:02} {notebook.title}", style="bold")
        line.append(f"  ({notebook.budget_text}, {cells} células)", style="dim")
        self._say(line)

    def cell_starts(self, source: str) -> None:
        """Announce the next cell."""
        self._position += 1
        self._cell_started = time.monotonic()
        self._say(Text(f"  [{self._position:>2}/{self._cells}] {first_line(source)}"))

    def cell_ends(self) -> None:
        """Say how long the cell took, where that is worth a line."""
        self._end_of_output()
        if self._cell_started is None:
            return
        seconds = time.monotonic() - self._cell_started
        self._cell_started = None
        if seconds >= WORTH_SAYING_SECONDS:
            self._say(Text(f"          {numbers.seconds(seconds)}", style="dim green"))

    def notebook_ends(self, result: NotebookResult) -> None:
        """Say how the notebook ended."""
        self._end_of_output()
        self._cell_started = None
        mark, style = ("✓", "bold green") if result.ok else ("✗", "bold red")
        cold = f" ({result.cold_seconds:.0f} s frios)" if result.cold_seconds else ""
        self._say(Text(f"  {mark} {result.seconds:.0f} s{cold}", style=style))

    # -- the file that papermill writes to ---------------------------------------------------------------
    def write(self, text: str) -> int:
        """A piece of a cell's output; whole lines are shown dimmed."""
        *lines, self._unfinished = (self._unfinished + text).split("\n")
        for line in lines:
            self._show(line)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back but an unfinished line."""

    # -- inside -----------------------------------------------------------------------------------------
    def _end_of_output(self) -> None:
        if self._unfinished:
            self._show(self._unfinished)
            self._unfinished = ""

    def _show(self, line: str) -> None:
        # A program that redraws its line sends carriage returns: only the last state is worth a line here.
        text = _ESCAPES.sub("", line.rstrip("\r").rpartition("\r")[2])
        self._say(Text(f"          │ {text}", style="dim"))

    def _say(self, line: Text) -> None:
        self._last_word = time.monotonic()
        self._console.print(line, soft_wrap=True, highlight=False)

    def _beat(self) -> None:
        while not self._stop.wait(1.0):
            started = self._cell_started
            if started is None or time.monotonic() - self._last_word < HEARTBEAT_SECONDS:
                continue
            seconds = time.monotonic() - started
            self._say(
                Text(
                    f"          … célula {self._position}/{self._cells} ainda roda, há {seconds:.0f} s",
                    "dim yellow",
                )
            )
