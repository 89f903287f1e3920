"""What a person sees while the supply works: a live table on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from workshop import voice
from workshop.supply.schedule import Display, Progress, State

HEARTBEAT_SECONDS = 30.0
NEXT_SHOWN = 6


class Lines:
    """One line when something starts or ends, and every 30 seconds at least one on what is under way."""

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write, self._clock = write, clock
        self._last = clock()

    def started(self, progress: Progress) -> None:
        """Say what begins."""
        self._say(f"▸ {progress.job.title}: {progress.job.verb}")

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


class LiveTable:
    """What runs and what waits, redrawn in place; what has ended scrolls away above it."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def started(self, progress: Progress) -> None:
        """The table shows it."""

    def ended(self, progress: Progress) -> None:
        """Leave a line above the table."""
        self._live.console.print(ending(progress), highlight=False)

    def tick(self, everything: Sequence[Progress]) -> None:
        """Redraw."""
        self._live.update(table(everything), refresh=True)


@contextmanager
def display() -> Iterator[Display]:
    """The live table on a terminal where nobody listens, else lines."""
    console = Console()
    if not voice.has_listener() and console.is_terminal and not console.is_jupyter:
        with Live(console=console, auto_refresh=False, transient=True) as live:
            yield LiveTable(live)
    else:
        yield Lines(voice.say)


def ending(progress: Progress) -> str:
    """`✓ imagem redis: construída em 41 s`."""
    if progress.state is State.SKIPPED:
        return f"– {progress.job.title}: {progress.result}"
    return f"✓ {progress.job.title}: {progress.result} em {duration(progress.seconds)}"


def heartbeat(everything: Sequence[Progress]) -> str:
    """`… kube-apiserver: compilando há 62 s · espera: kube-proxy (binário kube-proxy); 3 de 30 prontos`."""
    running = [item for item in everything if item.state is State.RUNNING]
    waiting = [item for item in everything if item.state is State.WAITING]
    done = sum(item.state is State.DONE for item in everything)
    parts = [f"{item.job.title}: {item.job.verb} há {duration(item.seconds)}" for item in running]
    line = f"… {'; '.join(parts)} · {done} de {len(everything)} prontos"
    if waiting:
        names = [waits(item, everything) for item in waiting[:2]]
        more = f" e mais {len(waiting) - 2}" if len(waiting) > 2 else ""
        line += f" · espera: {'; '.join(names)}{more}"
    return line


def waits(item: Progress, everything: Sequence[Progress]) -> str:
    """A waiting item with what it waits for."""
    titles = {other.job.id: other.job.title for other in everything}
    return f"{item.job.title} (por {reason(item, titles)})"


def reason(item: Progress, titles: dict[str, str]) -> str:
    """What an item waits for: other items, or its turn."""
    return ", ".join(titles[key] for key in item.waits_for) or "sua vez"


def table(everything: Sequence[Progress]) -> Table:
    """Everything that runs, and what comes next."""
    done = sum(item.state is State.DONE for item in everything)
    titles = {item.job.id: item.job.title for item in everything}
    result = Table(title=f"{done} de {len(everything)} prontos", title_justify="left", box=None, pad_edge=False)
    for name in ("item", "estado", "tempo", "espera por"):
        result.add_column(name, overflow="ellipsis", no_wrap=True)
    for item in everything:
        if item.state is State.RUNNING:
            result.add_row(item.job.title, item.job.verb, duration(item.seconds), "", style="bold")
    waiting = [item for item in everything if item.state is State.WAITING]
    for item in waiting[:NEXT_SHOWN]:
        result.add_row(item.job.title, "espera", "", reason(item, titles), style="dim")
    if len(waiting) > NEXT_SHOWN:
        result.add_row(f"e mais {len(waiting) - NEXT_SHOWN}", "", "", "", style="dim")
    return result


def duration(seconds: float) -> str:
    """`62 s`, `3 min 05 s`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"
