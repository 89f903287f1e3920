"""Steps that say how long they took: one after the other, or together where none needs what another one makes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, TypeVar

Value = TypeVar("Value")
Report = Callable[[str], None]


class Steps:
    """A run of steps, each told with its seconds when it ends.

    Usage:

        steps = Steps(print)
        steps.one("repositório semeado", lambda: story.seed(print))
        steps.together({"bancos esvaziados": empty, "imagens antigas esquecidas": forget})
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the first step began."""
        return time.monotonic() - self._started

    def one(self, what: str, work: Callable[[], Value]) -> Value:
        """Take a step; returns what it returns. What it raises goes through, and nothing is told."""
        value, seconds = _timed(work)
        self._tell(what, seconds)
        return value

    def together(self, works: Mapping[str, Callable[[], Any]]) -> None:
        """Take several steps at the same time; each ends by itself, also where another one fails.

        Raises what the first one to fail has raised.
        """
        first: BaseException | None = None
        with ThreadPoolExecutor(max_workers=len(works)) as pool:
            running = {pool.submit(_timed, work): what for what, work in works.items()}
            for future in as_completed(running):
                if error := future.exception():
                    first = first or error
                else:
                    # Told from here: in a notebook, what another thread prints may end up under another cell.
                    self._tell(running[future], future.result()[1])
        if first:
            raise first

    def _tell(self, what: str, seconds: float) -> None:
        self._report(f"  {seconds:4.1f} s  {what}")


def _timed(work: Callable[[], Value]) -> tuple[Value, float]:
    started = time.monotonic()
    value = work()
    return value, time.monotonic() - started
