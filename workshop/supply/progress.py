"""What a person sees while the supply works: a live display on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich import progress as bars
from rich.console import Console
from rich.table import Column

from workshop import numbers, voice
from workshop.supply.schedule import Display, Progress, State

HEARTBEAT_SECONDS = 30.0
NEXT_SHOWN = 2


class Lines:
    """One line when something starts or ends, and every 30 seconds at least one on what is under way."""

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write, self._clock = write, clock
        self._last = clock()

    def started(self, progress: Progress) -> None:
        """Say what begins."""
        self._say(f"▸ {doing(progress)}")

    def ended(self, progress: Progress) -> None:
        """Say what has ended, and how."""
        self._say(ending(progress))

    def tick(self, everything: Sequence[Progress]) -> None:
        """Say what is under way, if nothing was said for a while."""
        if self._clock() - self._last >= HEARTBEAT_SECONDS:
            self._say(heartbeat(everything))

    def _say(self, line: str) -> None:
        self._write(line)
        self._last = self._clock()


class Live:
    """A row for each thing that runs and one for all of them, redrawn in place; what has ended scrolls away above."""

    def __init__(self, rows: bars.Progress) -> None:
        self._rows = rows
        self._whole = rows.add_task("")
        self._row: dict[str, bars.TaskID] = {}

    def started(self, progress: Progress) -> None:
        """Add its row."""
        self._row[progress.job.id] = self._rows.add_task(doing(progress), total=None)

    def ended(self, progress: Progress) -> None:
        """Leave a line above the rows instead of its own."""
        self._rows.remove_task(self._row.pop(progress.job.id))
        self._rows.console.print(ending(progress), highlight=False, markup=False)

    def tick(self, everything: Sequence[Progress]) -> None:
        """Say how much of all is done, and what comes next."""
        self._rows.update(
            self._whole,
            description=overview(everything),
            completed=_count(everything, State.DONE),
            total=len(everything),
        )


@contextmanager
def display() -> Iterator[Display]:
    """The live rows on a terminal where nobody listens, else lines."""
    console = Console()
    if voice.has_listener() or not console.is_terminal or console.is_jupyter:
        yield Lines(voice.say)
        return
    rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    columns = (
        bars.BarColumn(20),
        bars.TimeElapsedColumn(),
        bars.TextColumn("{task.description}", markup=False, table_column=rest),
    )
    with bars.Progress(*columns, console=console, expand=True, transient=True) as rows:
        yield Live(rows)


def doing(progress: Progress) -> str:
    """`imagem redis: construindo`."""
    return f"{progress.job.title}: {progress.job.verb}"


def ending(progress: Progress) -> str:
    """`✓ imagem redis: construída em 41 s`."""
    if progress.state is State.SKIPPED:
        return f"– {progress.job.title}: {progress.result}"
    return f"✓ {progress.job.title}: {progress.result} em {numbers.length(progress.seconds)}"


def heartbeat(everything: Sequence[Progress]) -> str:
    """`… kube-apiserver: compilando há 1 min 02 s · 3 de 30 prontos · espera: kube-proxy (por binário kube-proxy)`."""
    running = (item for item in everything if item.state is State.RUNNING)
    each = (f"{doing(item)} há {numbers.length(item.seconds)}" for item in running)
    return f"… {'; '.join(each)} · {overview(everything)}"


def overview(everything: Sequence[Progress]) -> str:
    """`3 de 30 prontos · espera: kube-proxy (por binário kube-proxy) e mais 4`."""
    waiting = [item for item in everything if item.state is State.WAITING]
    line = f"{_count(everything, State.DONE)} de {len(everything)} prontos"
    if waiting:
        titles = {item.job.id: item.job.title for item in everything}
        line += f" · espera: {'; '.join(_waits(item, titles) for item in waiting[:NEXT_SHOWN])}"
    if len(waiting) > NEXT_SHOWN:
        line += f" e mais {len(waiting) - NEXT_SHOWN}"
    return line


def _waits(item: Progress, titles: dict[str, str]) -> str:
    """A waiting item with what it waits for: other items, or its turn."""
    return f"{item.job.title} (por {', '.join(titles[key] for key in item.waits_for) or 'sua vez'})"


def _count(everything: Sequence[Progress], state: State) -> int:
    return sum(item.state is state for item in everything)
