"""Waiting: says why, ends, and explains itself when it ends badly."""

from __future__ import annotations

import pytest

from workshop import wait
from workshop.errors import WorkshopError


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(wait, "time", clock)
    return clock


def test_what_is_already_so_says_nothing() -> None:
    said: list[str] = []
    assert wait.until("a API responde", lambda: "yes", limit=10, report=said.append) == "yes"
    assert said == []


def test_a_wait_names_its_reason_and_its_end(clock: Clock) -> None:
    said: list[str] = []
    wait.until("o pod está pronto", lambda: clock.now >= 105, limit=10, report=said.append)
    assert said[0] == "… o pod está pronto"
    assert said[-1].startswith("✓ o pod está pronto (")


def test_a_long_wait_goes_on_speaking(clock: Clock) -> None:
    said: list[str] = []
    wait.until("o pod está pronto", lambda: clock.now >= 160, limit=90, report=said.append)
    assert len(said) >= 4
    assert "of at most 90 s" in said[2] or "90 s" in said[2]


def test_the_limit_ends_it_with_a_diagnosis_and_a_fix() -> None:
    with pytest.raises(WorkshopError, match="o pod está pronto") as caught:
        wait.until(
            "o pod está pronto",
            lambda: None,
            limit=3,
            diagnosis=lambda: "Warning  BackOff",
            fix="kubectl get events",
            report=lambda line: None,
        )
    assert caught.value.details == "Warning  BackOff"
    assert caught.value.fix == "kubectl get events"


def test_the_probe_is_asked_even_with_no_time_at_all() -> None:
    assert wait.until("já", lambda: True, limit=0) is True


def test_an_error_of_the_probe_is_not_swallowed() -> None:
    def broken() -> None:
        raise ValueError("not a number")

    with pytest.raises(ValueError, match="not a number"):
        wait.until("x", broken, limit=10)
