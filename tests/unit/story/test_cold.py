"""What a pipeline did for the first time: only passed checks that the engine had to run, while nothing else ran."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workshop import paths
from workshop.story import cold

PYRIGHT, ESLINT = ("Backend", "pyright"), ("Frontend", "eslint")
KEPT = ["Step 1/2 : FROM sources", " ---> 1a2b", "Step 2/2 : RUN pyright", " ---> Using cache"]
RUN = ["Step 1/2 : FROM sources", " ---> 1a2b", "Step 2/2 : RUN pyright", " ---> Running in 3c4d"]
LABEL = ["Step 1/2 : RUN pyright", " ---> Using cache", "Step 2/2 : LABEL commit=1a2b", " ---> Running in 3c4d"]

Clock = Callable[[float], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the time, in seconds."""
    now = [0.0]
    monkeypatch.setattr(cold.time, "monotonic", lambda: now[0])

    def set_to(moment: float) -> None:
        now[0] = moment

    return set_to


def step(watch: cold.Watch, clock: Clock, lines: list[str], *, until: float, passed: bool = True) -> None:
    """A step of the backend that begins now."""
    for line in lines:
        watch.reads(PYRIGHT, line)
    clock(until)
    watch.ends(PYRIGHT, passed=passed)


@pytest.mark.parametrize(("lines", "seconds"), [(RUN, 8), (KEPT, 0), (LABEL, 0), ([], 0)])
def test_a_step_is_cold_where_the_engine_had_to_run_it(clock: Clock, lines: list[str], seconds: float) -> None:
    watch = cold.Watch()
    watch.reads(PYRIGHT, "")
    step(watch, clock, lines, until=8)
    assert watch.seconds() == seconds


def test_a_check_that_fails_is_not_kept_and_counts(clock: Clock) -> None:
    watch = cold.Watch()
    step(watch, clock, RUN, until=8, passed=False)
    assert watch.seconds() == 0


def test_two_jobs_at_a_time_are_not_counted_twice(clock: Clock) -> None:
    watch = cold.Watch()
    for line in RUN:
        watch.reads(ESLINT, line)
    step(watch, clock, RUN, until=8)
    clock(10)
    watch.ends(ESLINT, passed=True)
    assert watch.seconds() == 10


def test_the_time_in_which_another_step_had_to_run_anyway_is_the_talks(clock: Clock) -> None:
    watch = cold.Watch()
    clock(2)
    watch.reads(ESLINT, "npm run lint")
    clock(0)
    for line in RUN:
        watch.reads(PYRIGHT, line)
    clock(5)
    watch.ends(ESLINT, passed=False)
    clock(8)
    watch.ends(PYRIGHT, passed=True)
    assert watch.seconds() == 2 + 3


def test_what_was_noted_is_found_by_who_rehearses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "COLD", tmp_path / "ci" / "cold.jsonl")
    assert cold.since(0) == 0
    for moment, seconds in ((100.0, 20.0), (200.0, 4.25), (300.0, 0.0), (400.0, 1.0)):
        monkeypatch.setattr(cold.time, "time", lambda moment=moment: moment)
        cold.note(seconds)
    assert cold.since(150) == pytest.approx(5.2)
    assert cold.since(401) == 0
