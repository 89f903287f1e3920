"""Runs jobs that wait for each other, some beside each other, until all have ended or one has failed."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

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


class Display(Protocol):
    """Shows what happens."""

    def started(self, progress: Progress) -> None: ...
    def ended(self, progress: Progress) -> None: ...
    def tick(self, everything: Sequence[Progress]) -> None: ...


def run_jobs(
    jobs: Iterable[Job], lanes: Mapping[str, int], display: Display, cancel: Callable[[], None]
) -> list[Progress]:
    """Run the jobs, in their order as far as needs and lanes allow.

    The first failure, or Ctrl-C, calls `cancel`, waits for what is running to end, and is raised.
    """
    everything = {job.id: Progress(job) for job in jobs}
    endings: queue.SimpleQueue[tuple[Progress, str | BaseException]] = queue.SimpleQueue()
    threads: list[threading.Thread] = []

    def work(progress: Progress) -> None:
        try:
            endings.put((progress, progress.job.work()))
        except BaseException as error:  # handed to the thread that waits, whatever it is
            endings.put((progress, error))

    def start_what_can() -> None:
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
                progress.state, progress.started = State.RUNNING, time.monotonic()
                thread = threading.Thread(target=work, args=(progress,), daemon=True)
                threads.append(thread)
                display.started(progress)
                thread.start()

    try:
        while True:
            start_what_can()
            if not any(progress.state in (State.WAITING, State.RUNNING) for progress in everything.values()):
                return list(everything.values())
            display.tick(list(everything.values()))
            try:
                progress, result = endings.get(timeout=TICK_SECONDS)
            except queue.Empty:
                continue
            progress.ended = time.monotonic()
            if isinstance(result, Skipped):
                progress.state, progress.result = State.SKIPPED, str(result)
            elif isinstance(result, BaseException):
                raise result
            else:
                progress.state, progress.result = State.DONE, result
            display.ended(progress)
    except BaseException:
        cancel()
        for thread in threads:
            thread.join()
        raise
