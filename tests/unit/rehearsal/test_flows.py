"""Rehearsals in a row: how many, when they stop, what is said meanwhile."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from rich.console import Console

from workshop import cli, paths
from workshop.errors import WorkshopError
from workshop.rehearsal import flows, runner, schedule
from workshop.rehearsal.report import FAILED, PASSED, NotebookResult, Report
from workshop.rehearsal.schedule import Notebook


def good(seconds: float = 120.0) -> Report:
    return Report([NotebookResult("05-dev", "DEV", 300, cells=3, cells_run=3, status=PASSED, seconds=seconds)])


def bad() -> Report:
    broken = NotebookResult("05-dev", "DEV", 300, cells=3, cells_run=1, status=FAILED, seconds=9.0)
    broken.error = "dev não ficou pronto."
    return Report([broken])


Script = Callable[..., None]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Rehearsals end as told, one after the other."""

    def tell(*reports: Report) -> None:
        ends: Iterator[Report] = iter(reports)
        monkeypatch.setattr(flows, "rehearse", lambda notebooks, console: (next(ends), paths.REHEARSALS / "stamp"))

    return tell


def run(times: int, *, keep_going: bool = False) -> tuple[list[Report], str]:
    out = io.StringIO()
    made = flows.rehearse_repeatedly(
        schedule.select(only=[5]), times, Console(file=out, width=100), keep_going=keep_going
    )
    return made, out.getvalue()


def test_one_rehearsal_has_no_spread(script: Script) -> None:
    script(good())
    made, shown = run(1)
    assert len(made) == 1
    assert "Dispersão" not in shown
    assert "rehearsals/stamp/" in shown


def test_so_many_in_a_row_each_with_the_spread_so_far(script: Script) -> None:
    script(good(120), good(130), good(140))
    made, shown = run(3)
    assert len(made) == 3
    assert "Ensaio 3 de 3" in shown
    assert shown.count("Dispersão") == 3
    assert "faltam cerca de 2 min" in shown, "what the median says of the ones still to come"


def test_the_first_that_fails_is_the_last(script: Script) -> None:
    script(good(), bad(), good())
    made, _ = run(3)
    assert [report.ok for report in made] == [True, False]


def test_over_budget_is_a_failure_too(script: Script) -> None:
    script(good(301), good())
    assert len(run(2)[0]) == 1


def test_keep_going_makes_them_all(script: Script) -> None:
    script(good(), bad(), good())
    made, shown = run(3, keep_going=True)
    assert [report.ok for report in made] == [True, False, True]
    assert "2/3" in shown


@pytest.mark.parametrize(
    ("arguments", "reports", "words"),
    [
        ([], [bad()], ["05-dev: dev não ficou pronto."]),
        (["--times", "3"], [good(), bad()], ["1 de 2 ensaios", "dev não ficou pronto", "--times 3 --keep-going"]),
        (["--times", "3", "--keep-going"], [good(301), bad(), good()], ["2 de 3 ensaios", "levou 301 s"]),
    ],
)
def test_a_failure_is_the_commands_too(
    script: Script, monkeypatch: pytest.MonkeyPatch, arguments: list[str], reports: list[Report], words: list[str]
) -> None:
    script(*reports)
    options = {"times": 3 if "--times" in arguments else 1, "keep_going": "--keep-going" in arguments}
    monkeypatch.setattr(cli, "console", Console(file=io.StringIO()))
    with pytest.raises(WorkshopError) as caught:
        cli.rehearse(**options)
    said = str(caught.value)
    for word in words:
        assert word in said


def test_all_good_is_no_error(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "console", Console(file=io.StringIO()))
    script(good(), good())
    cli.rehearse(times=2)


# -- One rehearsal, with a real notebook ------------------------------------------------------------
@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """A notebook of one cell, in an installation that has all it needs."""
    notebook = Notebook(5, "05-book.ipynb", "Um livro", 300)
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(paths, "REHEARSALS", tmp_path / "rehearsals")
    monkeypatch.setattr(flows, "LATEST", tmp_path / "rehearsals" / "latest")
    monkeypatch.setattr(flows.machine, "ensure", lambda: None)
    monkeypatch.setattr(flows.engine, "described", lambda: {"engine": "27.0"})
    monkeypatch.setattr(flows.supply, "ensure", lambda only: [])
    nbformat.write(new_notebook(cells=[new_code_cell("print('oi')")]), notebook.path)
    return notebook


def test_a_rehearsal_leaves_its_report_and_its_page(book: Notebook) -> None:
    report, folder = flows.rehearse([book], Console(file=io.StringIO()))
    assert report.ok
    assert report.versions["git"][0].isdigit()
    assert report.versions["papermill"]
    assert report.machine["engine"] == "27.0"
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["ok"] is True
    assert "print(&#39;oi&#39;)" in (flows.LATEST / "report.html").read_text(encoding="utf-8")


def test_an_interrupted_one_has_its_page_too(book: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run_one", interrupted)
    with pytest.raises(KeyboardInterrupt):
        flows.rehearse([book], Console(file=io.StringIO()))
    assert "05-book" in (flows.LATEST / "report.html").read_text(encoding="utf-8")


def test_an_engine_that_does_not_describe_itself_fails_no_rehearsal(
    book: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow() -> dict[str, str]:
        raise WorkshopError("`docker info` não terminou em 20 s.")

    monkeypatch.setattr(flows.engine, "described", slow)
    report, _ = flows.rehearse([book], Console(file=io.StringIO()))
    assert report.ok
    assert "engine" not in report.machine
