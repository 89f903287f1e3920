"""Several pieces of work at the same time, each told with its seconds when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import as_completed
from typing import Any

from workshop import numbers, voice


class Steps:
    """A run of steps.

    Usage:

        steps = Steps()
        steps.together({"bancos esvaziados": empty, "imagens antigas esquecidas": forget})
    """

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the first step began."""
        return time.monotonic() - self._started

    def together(self, works: Mapping[str, Callable[[], Any]]) -> None:
        """Take several steps at the same time; each ends by itself, also where another one fails.

        Raises what the first one to fail has raised.
        """
        first: BaseException | None = None
        with voice.Crew(max_workers=len(works)) as crew:
            running = {crew.submit(_timed, work): what for what, work in works.items()}
            for future in as_completed(running):
                if error := future.exception():
                    first = first or error
                else:
                    # Told from here: in a notebook, what another thread prints may end up under another cell.
                    voice.say(f"  {numbers.decimal(future.result()):>4} s  {running[future]}")
        if first:
            raise first


def _timed(work: Callable[[], Any]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started
