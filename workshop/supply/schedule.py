"""Runs jobs that wait for each other, some beside each other, until all have ended or one has failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from workshop.voice import Crew

TICK_SECONDS = 0.25


class Skipped(Exception):
    """A job could not do its part, and somebody will find another way; what waits for it is skipped too."""


class State(Enum):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Job:
    """Something to do. **lane** bounds how many run at once; **work** returns what to call the result."""

    id: str
    title: str
    verb: str
    lane: str
    needs: tuple[str, ...]
    work: Callable[[], str] = field(compare=False)


@dataclass
class Progress:
    """A job's state, for whoever shows it."""

    job: Job
    state: State = State.WAITING
    result: str = ""
    waits_for: tuple[str, ...] = ()
    started: float = 0.0
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it has been running, or ran."""
        if self.state is State.WAITING:
            return 0.0
        return (self.ended or time.monotonic()) - self.started

    def begin(self) -> None:
        """It runs from now on."""
        self.state, self.started = State.RUNNING, time.monotonic()

    def end(self, work: Future[str]) -> None:
        """It has ended: with a result, or skipped. Raises what its work raised."""
        self.ended = time.monotonic()
        try:
            self.result, self.state = work.result(), State.DONE
        except Skipped as reason:
            self.result, self.state = str(reason), State.SKIPPED


class Display(Protocol):
    """Shows what happens."""

    def started(self, progress: Progress) -> None: ...
    def ended(self, progress: Progress) -> None: ...
    def tick(self, everything: Sequence[Progress]) -> None: ...


def run_jobs(
    jobs: Iterable[Job], lanes: Mapping[str, int], display: Display, cancel: Callable[[], None]
) -> list[Progress]:
    """Run the jobs, in their order as far as needs and lanes allow; they speak to whom their caller speaks.

    The first failure, or Ctrl-C, calls `cancel`, waits for what is running to end, and is raised.
    """
    everything = {job.id: Progress(job) for job in jobs}
    running: dict[Future[str], Progress] = {}
    # Its end waits for the threads.
    with Crew(max_workers=sum(lanes.values())) as crew:
        try:
            while True:
                for progress in _startable(everything, lanes):
                    progress.begin()
                    display.started(progress)
                    running[crew.submit(progress.job.work)] = progress
                if not running:
                    return list(everything.values())
                display.tick(list(everything.values()))
                for ended in wait(running, TICK_SECONDS, FIRST_COMPLETED).done:
                    progress = running.pop(ended)
                    progress.end(ended)
                    display.ended(progress)
        except BaseException:
            cancel()
            raise


def _startable(everything: Mapping[str, Progress], lanes: Mapping[str, int]) -> Iterator[Progress]:
    """What may start now, in its order: nothing that it waits for, and room in its lane beside what just started."""
    for progress in everything.values():
        if progress.state is not State.WAITING:
            continue
        needs = [everything[key] for key in progress.job.needs if key in everything]
        if any(other.state is State.SKIPPED for other in needs):
            progress.state = State.SKIPPED
            continue
        progress.waits_for = tuple(other.job.id for other in needs if other.state is not State.DONE)
        lane = progress.job.lane
        busy = sum(other.state is State.RUNNING and other.job.lane == lane for other in everything.values())
        if not progress.waits_for and busy < lanes[lane]:
            yield progress
