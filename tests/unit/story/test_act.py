"""What the audience sees of a CI run: one line per step, and honest about the engine's cache."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest

from workshop.story import act


def follow(*entries: dict | str) -> tuple[act.Failed, list[str], str]:
    """Feed act's lines; the failed step, the lines told, the log."""
    lines = [entry if isinstance(entry, str) else json.dumps(entry) + "\n" for entry in entries]
    told: list[str] = []
    log = io.StringIO()
    failed = act._follow(SimpleNamespace(stdout=lines), log, told.append)
    return failed, told, log.getvalue()


def line(msg: str = "", **more: str) -> dict:
    return {"job": "CI/Verificar", "step": "Verificar backend", "stage": "Main", "msg": msg, **more}


def printed(msg: str, **more: str) -> dict:
    """What the step's own command printed."""
    return line(msg, **more) | {"raw_output": True}


def test_a_step_that_ran_is_told_with_its_seconds() -> None:
    failed, told, _ = follow(line(" ---> Using cache\n"), line(" ---> Running in 1a2b\n"), line(stepResult="success"))
    assert not failed.step
    assert told == ["  ✓ Verificar backend (0 s)"]


def test_a_step_answered_by_the_cache_says_so() -> None:
    _, told, _ = follow(line(" ---> Using cache\n"), line(stepResult="success"))
    assert told == ["  ✓ Verificar backend (0 s, do cache: nada mudou desde a última vez)"]


def test_a_failed_step_is_named_and_every_line_is_kept() -> None:
    failed, told, log = follow("not json\n", printed("1 failed\n"), line(stepResult="failure"))
    assert failed == act.Failed("Verificar backend", ("1 failed",))
    assert told == ["  ✗ Verificar backend (0 s)"]
    assert "not json" in log
    assert "1 failed" in log


def test_only_the_failed_steps_own_last_lines_are_shown() -> None:
    lines = [printed(f"line {number}\n") for number in range(100)]
    beside = printed("from another job\n") | {"job": "CI/Frontend", "step": "eslint"}
    failed, _, _ = follow(*lines, beside, line("Failure - Main"), line(stepResult="failure"))
    assert failed.lines == tuple(f"line {number}" for number in range(75, 100))


def test_the_builders_own_lines_do_not_hide_why_a_check_failed() -> None:
    noise = [printed("Step 39/39 : RUN black\n"), printed(" ---> Running in 1a2b\n"), printed(" ---> Using cache\n")]
    failed, _, log = follow(*noise, printed("would reformat x.py\n"), line(stepResult="failure"))
    assert failed.lines == ("would reformat x.py",)
    assert "Step 39/39" in log


def test_set_up_and_clean_up_of_act_are_not_told() -> None:
    _, told, _ = follow(line(stepResult="success") | {"stage": "Post"})
    assert told == []


@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_the_event_says_that_main_is_meant(event: str) -> None:
    assert "main" in json.dumps(act._payload(event))
