"""Steps that are told with their seconds, alone and together."""

from __future__ import annotations

import re
import threading

import pytest

from workshop import voice
from workshop.errors import WorkshopError
from workshop.steps import Steps


def test_a_step_is_told_with_its_seconds() -> None:
    told: list[str] = []
    with voice.heard_by(told.append):
        Steps().together({"feito": lambda: 7})
    assert [re.sub(r"\d+,\d", "N.N", line) for line in told] == ["   N.N s  feito"]


def test_steps_that_run_together_really_do() -> None:
    told: list[str] = []
    both_here = threading.Barrier(2, timeout=10)
    with voice.heard_by(told.append):
        Steps().together({"a": both_here.wait, "b": both_here.wait})
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

    with voice.heard_by(told.append), pytest.raises(WorkshopError, match="no"):
        Steps().together({"a": fail, "b": go_on})
    assert ended.is_set()
    assert [line.split()[-1] for line in told] == ["b"]


def test_what_a_step_says_is_heard_where_its_maker_is() -> None:
    told: list[str] = []
    with voice.heard_by(told.append):
        Steps().together({"a": lambda: voice.say("aqui")})
    assert told[0] == "aqui"
