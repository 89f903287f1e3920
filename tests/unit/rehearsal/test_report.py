"""When a rehearsal counts as good, and what is written down about it."""

from __future__ import annotations

import io
import json
import platform
from pathlib import Path

import pytest
from rich.console import Console

from workshop import paths
from workshop.machine import description
from workshop.rehearsal import table
from workshop.rehearsal.report import FAILED, PASSED, CellTime, NotebookResult, Report, slowest


def passed(name: str = "05-dev", budget: int | None = 300, seconds: float = 12.3) -> NotebookResult:
    return NotebookResult(name, "título", budget, cells=4, cells_run=4, status=PASSED, seconds=seconds)


def failed(name: str = "06-stg") -> NotebookResult:
    return NotebookResult(
        name, "título", 300, cells=4, cells_run=2, status=FAILED, seconds=9.0, error="stg não ficou pronto."
    )


def test_all_passed_within_budget_is_ok() -> None:
    assert Report([passed(), passed("00-preflight", budget=None, seconds=5000)]).ok


@pytest.mark.parametrize("seconds", [300.0, 0.0])
def test_the_budget_itself_is_within_the_budget(seconds: float) -> None:
    assert Report([passed(seconds=seconds)]).over_budget == []


def test_over_budget_is_not_ok_and_says_by_how_much() -> None:
    report = Report([passed(), passed("08-rollback", seconds=300.1)])
    assert not report.ok
    assert report.over_budget == ["08-rollback"]
    assert report.problem == "08-rollback levou 300 s; o roteiro da palestra dá 300 s."


def test_what_was_cold_is_not_held_against_the_talk() -> None:
    first = passed(seconds=330.0)
    first.cold_seconds = 41.4
    report = Report([first])
    assert report.ok
    assert report.as_dict()["cold_seconds"] == 41.4
    assert report.as_dict()["talk"]["seconds"] == 288.6


def test_over_budget_without_what_was_cold_says_both() -> None:
    slow = passed(seconds=350.0)
    slow.cold_seconds = 41.4
    assert not Report([slow]).ok
    assert Report([slow]).problem == "05-dev levou 309 s, sem contar 41 s frios; o roteiro da palestra dá 300 s."


def test_a_failure_is_not_ok_and_names_notebook_and_reason() -> None:
    report = Report([passed(), failed(), NotebookResult("07-prod", "título", 300)])
    assert not report.ok
    assert report.problem == "06-stg: stg não ficou pronto."


def test_a_notebook_that_did_not_run_whole_is_not_ok() -> None:
    partial = passed()
    partial.cells_run = 3
    assert not Report([partial]).ok


def test_nothing_run_is_not_ok() -> None:
    assert not Report([]).ok
    assert not Report([NotebookResult("00-preflight", "título", None)]).ok


def test_the_slowest_cells_come_first_and_are_few() -> None:
    cells = [CellTime(index, f"cell {index}", seconds) for index, seconds in enumerate((1.0, 9.0, 3.0, 7.0))]
    assert [cell.seconds for cell in slowest(cells)] == [9.0, 7.0, 3.0]


def test_the_written_report_has_what_readers_ask_for(tmp_path: Path) -> None:
    report = Report([passed(), failed()], machine={"cpus": 2}, phases={"supply": 780.04})
    written = json.loads(report.write(tmp_path).read_text(encoding="utf-8"))
    assert written["ok"] is False
    assert written["phases"] == {"supply": 780.0}
    assert written["machine"]["cpus"] == 2
    keys = {"name", "status", "seconds", "budget_seconds", "cells", "cells_run"}
    assert all(keys <= set(entry) for entry in written["notebooks"])
    assert written["problem"] == "06-stg: stg não ficou pronto."


def test_the_talk_is_the_notebooks_that_have_a_budget() -> None:
    report = Report([passed("00-preflight", budget=None, seconds=5000), passed(), passed("04-ci", budget=600)])
    assert report.as_dict()["talk"] == {"seconds": 24.6, "budget_seconds": 900}


def test_the_machine_is_named() -> None:
    described = description.machine()
    assert described["cpu"]
    assert described["cpus"] >= 1
    assert described["memory_gib"] > 0
    assert platform.release() in described["system"]


def test_a_link_is_led_to_something_else_in_one_step(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        paths.lead(tmp_path / "latest", tmp_path / name)
        assert (tmp_path / "latest").resolve() == tmp_path / name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "one", "two"]


def test_the_table_says_what_was_cold_and_only_then() -> None:
    def shown(report: Report) -> str:
        out = io.StringIO()
        table.show(report, Console(file=out, width=100))
        return out.getvalue()

    cold = passed(seconds=330.0)
    cold.cold_seconds = 41.4
    lines = shown(Report([cold, passed("06-stg")])).splitlines()
    assert [line.replace("│", " ").split()[1:3] for line in lines if "05-dev" in line] == [["330", "41"]]
    assert any(line.startswith("frios: ") for line in lines)
    assert "frios" not in shown(Report([passed()]))


def test_the_table_shows_seconds_against_budget() -> None:
    out = io.StringIO()
    report = Report([passed(), failed(), NotebookResult("07-prod", "título", 300)])
    table.show(report, Console(file=out, width=100))
    shown = out.getvalue()
    assert "05-dev" in shown
    assert "✓" in shown
    assert "✗" in shown
    assert "não rodou" in shown
    assert "2/4" in shown
