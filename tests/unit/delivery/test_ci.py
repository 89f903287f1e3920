"""What the audience sees of a CI run: one line per step, and honest about the engine's cache."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest

from workshop.delivery import ci


def follow(*entries: dict | str) -> tuple[str, list[str], str]:
    """Feed act's lines; the failed step, the lines told, the log."""
    lines = [entry if isinstance(entry, str) else json.dumps(entry) + "\n" for entry in entries]
    told: list[str] = []
    log = io.StringIO()
    failed = ci._follow(SimpleNamespace(stdout=lines), log, told.append)
    return failed, told, log.getvalue()


def line(msg: str = "", **more: str) -> dict:
    return {"job": "CI/Verificar", "step": "Verificar backend", "stage": "Main", "msg": msg, **more}


def test_a_step_that_ran_is_told_with_its_seconds() -> None:
    failed, told, _ = follow(line(" ---> Using cache\n"), line(" ---> Running in 1a2b\n"), line(stepResult="success"))
    assert not failed
    assert told == ["  ✓ Verificar backend (0 s)"]


def test_a_step_answered_by_the_cache_says_so() -> None:
    _, told, _ = follow(line(" ---> Using cache\n"), line(stepResult="success"))
    assert told == ["  ✓ Verificar backend (0 s, do cache: nada mudou desde a última vez)"]


def test_a_failed_step_is_named_and_every_line_is_kept() -> None:
    failed, told, log = follow("not json\n", line("1 failed\n"), line(stepResult="failure"))
    assert failed == "Verificar backend"
    assert told == ["  ✗ Verificar backend"]
    assert "not json" in log
    assert "1 failed" in log


def test_set_up_and_clean_up_of_act_are_not_told() -> None:
    _, told, _ = follow(line(stepResult="success") | {"stage": "Post"})
    assert told == []


@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_the_event_says_that_main_is_meant(event: str) -> None:
    assert "main" in json.dumps(ci._payload(event))
