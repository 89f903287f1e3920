"""Waiting: says for what, ends, and explains itself when it ends badly."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from workshop import paths, voice, wait
from workshop.errors import WorkshopError
from workshop.shell import kubectl


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(wait, "time", clock)
    return clock


@pytest.fixture
def said() -> Iterator[list[str]]:
    lines: list[str] = []
    with voice.heard_by(lines.append):
        yield lines


def test_what_is_already_so_says_nothing(clock: Clock, said: list[str]) -> None:
    assert wait.until("resposta da API", lambda: "yes", limit=10) == "yes"
    assert said == []


def test_what_takes_a_moment_says_nothing_either(clock: Clock, said: list[str]) -> None:
    wait.until("resposta da API", lambda: clock.now >= 101, limit=10)
    assert said == []


def test_a_wait_names_its_reason_and_its_end(clock: Clock, said: list[str]) -> None:
    wait.until("o pod pronto", lambda: clock.now >= 109, limit=10)
    assert said == ["… esperando: o pod pronto", "✓ o pod pronto (9 s)"]


def test_a_long_wait_goes_on_speaking(clock: Clock, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait, "HEARTBEAT_SECONDS", 15.0)
    wait.until("o pod pronto", lambda: clock.now >= 140, limit=60, every=1)
    assert said == [
        "… esperando: o pod pronto",
        "… esperando: o pod pronto (16 s de no máximo 60 s)",
        "… esperando: o pod pronto (32 s de no máximo 60 s)",
        "✓ o pod pronto (40 s)",
    ]


def test_the_limit_ends_it_with_a_diagnosis_and_a_fix(clock: Clock) -> None:
    with pytest.raises(WorkshopError) as caught:
        wait.until(
            "o pod pronto", lambda: None, limit=3, diagnosis=lambda: "Warning  BackOff", fix="kubectl get events"
        )
    assert caught.value.message == "Não aconteceu em 3 s: o pod pronto."
    assert caught.value.details == "Warning  BackOff"
    assert caught.value.fix == "kubectl get events"


def test_a_diagnosis_that_fails_changes_neither_message_nor_fix(clock: Clock) -> None:
    def broken() -> str:
        raise ValueError("no answer")

    with pytest.raises(WorkshopError) as caught:
        wait.until("o pod pronto", lambda: None, limit=3, diagnosis=broken, fix="kubectl get events")
    assert caught.value.message == "Não aconteceu em 3 s: o pod pronto."
    assert caught.value.fix == "kubectl get events"
    assert "no answer" in caught.value.details


def test_a_diagnosis_is_made_only_where_it_is_needed(clock: Clock) -> None:
    assert wait.until("já", lambda: True, limit=0, diagnosis=lambda: pytest.fail("nobody asked"))


def test_the_probe_is_asked_even_with_no_time_at_all(clock: Clock) -> None:
    assert wait.until("já", lambda: True, limit=0) is True


def test_an_error_of_the_probe_is_not_swallowed(clock: Clock) -> None:
    def broken() -> None:
        raise ValueError("not a number")

    with pytest.raises(ValueError, match="not a number"):
        wait.until("x", broken, limit=10)


def test_a_probe_that_hangs_does_not_make_the_wait_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "kubectl"
    slow.write_text("#!/bin/sh\nsleep 100\n")
    slow.chmod(0o755)
    monkeypatch.setattr(paths, "BIN", tmp_path)
    began = time.monotonic()
    with pytest.raises(WorkshopError) as caught, voice.unheard():
        wait.until("resposta do cluster", lambda: kubectl.ok("get nodes", limit=0.5), limit=1, fix="make up")
    assert time.monotonic() - began < 10  # and not 100
    assert (caught.value.message, caught.value.fix) == ("Não aconteceu em 1 s: resposta do cluster.", "make up")
