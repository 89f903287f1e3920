"""Steps that are told with their seconds, alone and together."""

from __future__ import annotations

import re
import threading

import pytest

from workshop.errors import WorkshopError
from workshop.steps import Steps


def test_a_step_is_told_with_its_seconds_and_gives_what_it_made() -> None:
    told: list[str] = []
    assert Steps(told.append).one("feito", lambda: 7) == 7
    assert [re.sub(r"\d+\.\d", "N.N", line) for line in told] == ["   N.N s  feito"]


def test_steps_that_run_together_really_do() -> None:
    told: list[str] = []
    both_here = threading.Barrier(2, timeout=10)
    Steps(told.append).together({"a": both_here.wait, "b": both_here.wait})
    assert sorted(line.split()[-1] for line in told) == ["a", "b"]


def test_a_failure_lets_the_others_end_and_is_raised_then() -> None:
    told: list[str] = []
    failed, ended = threading.Event(), threading.Event()

    def fail() -> None:
        failed.set()
        raise WorkshopError("no")

    def go_on() -> None:
        assert failed.wait(10)
        ended.set()

    with pytest.raises(WorkshopError, match="no"):
        Steps(told.append).together({"a": fail, "b": go_on})
    assert ended.is_set()
    assert [line.split()[-1] for line in told] == ["b"]
