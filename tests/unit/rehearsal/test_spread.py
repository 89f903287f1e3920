"""What several rehearsals in a row say together."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from workshop.rehearsal import spread, table
from workshop.rehearsal.report import FAILED, PASSED, NotebookResult, Report


def result(name: str, seconds: float, status: str = PASSED, budget: int | None = 300) -> NotebookResult:
    return NotebookResult(name, "título", budget, cells=4, cells_run=4, status=status, seconds=seconds)


def rehearsal(dev: float, stg: float) -> Report:
    return Report([result("05-dev", dev), result("06-stg", stg)])


BROKEN = Report([result("05-dev", 900.0, FAILED), NotebookResult("06-stg", "título", 300)])


def test_it_is_the_shortest_the_middle_and_the_longest() -> None:
    dev, stg = spread.per_notebook([rehearsal(10, 30), rehearsal(40, 31), rehearsal(12, 32)])
    assert (dev.name, dev.lowest, dev.middle, dev.highest) == ("05-dev", 10, 12, 40)
    assert (stg.lowest, stg.middle, stg.highest) == (30, 31, 32)


def test_a_run_that_failed_is_counted_and_its_time_is_not() -> None:
    dev, stg = spread.per_notebook([rehearsal(10, 30), BROKEN])
    assert (dev.ran, dev.seconds) == (2, (10,))
    assert (stg.ran, stg.seconds) == (1, (30,)), "a notebook that was never started is no run"


def test_the_whole_has_only_whole_rehearsals() -> None:
    whole = spread.of_the_whole([rehearsal(10, 30), BROKEN, rehearsal(20, 30)])
    assert (whole.ran, whole.seconds) == (3, (40, 50))


def test_nothing_that_ended_is_no_time() -> None:
    (dev,) = spread.per_notebook([BROKEN])
    assert (dev.lowest, dev.middle, dev.highest) == (0, 0, 0)


@pytest.mark.parametrize(("longest", "over"), [(300.0, False), (300.1, True)])
def test_one_run_over_the_budget_is_seen(longest: float, over: bool) -> None:
    assert spread.per_notebook([rehearsal(10, 30), rehearsal(longest, 30)])[0].over_budget is over


def test_what_was_cold_is_no_difference() -> None:
    first = rehearsal(310, 30)
    first.notebooks[0].cold_seconds = 290
    reports = [first, rehearsal(20, 30)]
    dev, _ = spread.per_notebook(reports)
    assert dev.seconds == (20, 20)
    assert not dev.over_budget
    assert spread.of_the_whole(reports).seconds == (50, 50)


def test_the_table_shows_them() -> None:
    out = io.StringIO()
    table.show_spread([rehearsal(10, 30), BROKEN, rehearsal(41.4, 30)], Console(file=out, width=100))
    shown = out.getvalue()
    assert "3 ensaios" in shown
    line = next(line for line in shown.splitlines() if "05-dev" in line)
    assert [word for word in line.split() if word != "│"] == ["05-dev", "2/3", "10", "26", "41", "300"]
    assert "total" in shown
