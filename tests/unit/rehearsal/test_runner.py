"""Real, small notebooks through the real runner."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from rich.console import Console

from workshop import paths
from workshop.errors import WorkshopError
from workshop.rehearsal import runner, schedule
from workshop.rehearsal.report import FAILED, NOT_RUN, PASSED, Report
from workshop.rehearsal.schedule import Notebook

Book = Callable[..., Notebook]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """Makes a notebook of code cells, scheduled with a budget."""
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)

    def make(*cells: str, number: int = 5, budget: int | None = 300) -> Notebook:
        notebook = Notebook(number, f"{number:02}-book.ipynb", "Um livro", budget)
        content = new_notebook(cells=[new_markdown_cell("# título"), *map(new_code_cell, cells)])
        content.metadata.kernelspec = {"name": "somebody-elses", "display_name": "x", "language": "python"}
        nbformat.write(content, notebook.path)
        return notebook

    return make


def run(*notebooks: Notebook, folder: Path) -> tuple[Report, str]:
    out = io.StringIO()
    report = runner.run(notebooks, folder, Console(file=out, width=100))
    return report, out.getvalue()


def test_a_good_notebook(book: Book, tmp_path: Path) -> None:
    notebook = book("import sys\nprint(sys.prefix)", "# a comment\nprint('two\\nlines')", "1 + 1")
    report, shown = run(notebook, folder=tmp_path / "run")
    result = report.notebooks[0]
    assert report.ok
    assert (result.status, result.cells, result.cells_run) == (PASSED, 3, 3)
    assert "[ 2/3] print('two" in shown
    assert "│ lines" in shown
    assert runner.sys.prefix in shown, "the kernel is not this environment's"
    executed = nbformat.read(tmp_path / "run" / notebook.file, as_version=4)
    assert [cell.execution_count for cell in executed.cells if cell.cell_type == "code"] == [1, 2, 3]
    written = json.loads((tmp_path / "run" / "report.json").read_text())
    assert written["ok"] is True
    assert written["machine"]["memory_used_peak_gib"] > 0
    assert [cell["index"] for cell in written["notebooks"][0]["cell_times"]] == [1, 2, 3]


def test_a_failing_cell_stops_the_run_with_its_sentence(book: Book, tmp_path: Path) -> None:
    bad = book(
        "from workshop.errors import WorkshopError",
        "raise WorkshopError('O pod não ficou pronto.', fix='kubectl get pods', details='BackOff')",
        "print('never')",
        number=5,
    )
    after = book("1", number=6)
    report, _ = run(bad, after, folder=tmp_path / "run")
    first, second = report.notebooks
    assert not report.ok
    assert (first.status, first.cells_run) == (FAILED, 1)
    assert first.error.startswith("O pod não ficou pronto.")
    assert "kubectl get pods" in first.error
    assert "raise WorkshopError" in first.failed_cell
    assert second.status == NOT_RUN


def test_a_cell_that_never_ends_is_ended_by_the_notebooks_limit(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "COLD_SECONDS", 0)
    notebook = book("print('begun', flush=True)", "import time; time.sleep(600)", budget=1)
    report, _ = run(notebook, folder=tmp_path / "run")
    result = report.notebooks[0]
    assert result.status == FAILED
    assert "ainda rodava" in result.error
    assert "time.sleep(600)" in result.error
    assert result.seconds < 60


def test_what_a_pipeline_did_for_the_first_time_is_known(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = tmp_path / "cold.jsonl"
    monkeypatch.setattr(paths, "COLD", noted)
    noted.write_text('{"ended": 1000.0, "seconds": 500.0}\n', encoding="utf-8")
    pipeline = (
        "import time; from pathlib import Path; from workshop import paths; from workshop.story import cold\n"
        f"paths.COLD = Path({str(noted)!r}); time.sleep(3); cold.note(2.5)"
    )
    report, shown = run(book(pipeline, budget=3), book("print()", number=6), folder=tmp_path / "run")
    assert [result.cold_seconds for result in report.notebooks] == [2.5, 0]
    assert "(2 s frios)" in shown
    first = report.notebooks[0]
    assert first.seconds > 3
    assert first.talk_seconds == pytest.approx(first.seconds - 2.5)


def test_a_kernel_that_dies_is_a_sentence(book: Book, tmp_path: Path) -> None:
    notebook = book("import os; os._exit(3)")
    report, _ = run(notebook, folder=tmp_path / "run")
    assert report.notebooks[0].status == FAILED
    assert "kernel" in report.notebooks[0].error


def test_it_runs_from_any_folder_and_leaves_no_socket_there(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, project = tmp_path / "elsewhere", tmp_path / "project"
    elsewhere.mkdir()
    project.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr(paths, "ROOT", project)
    monkeypatch.setattr(runner, "KERNEL_START_SECONDS", 15)
    # While the kernel runs: a run that is killed cannot tidy up.
    notebook = book(f"from pathlib import Path\nassert not [*Path({str(elsewhere)!r}).iterdir(), *Path().iterdir()]")
    report, shown = run(notebook, folder=tmp_path / "run")
    assert report.ok, shown


def test_what_comes_before_is_timed_and_its_failure_is_on_record(book: Book, tmp_path: Path) -> None:
    def before(report: Report) -> None:
        report.phases["supply"] = 1.0
        raise WorkshopError("Docker does not answer.")

    folder = tmp_path / "run"
    with pytest.raises(WorkshopError):
        runner.run([book("1")], folder, Console(file=io.StringIO()), before)
    written = json.loads((folder / "report.json").read_text())
    assert written["ok"] is False
    assert written["finished"]
    assert written["phases"] == {"supply": 1.0}


def test_a_missing_notebook_names_the_way_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    with pytest.raises(WorkshopError, match=r"05-gone\.ipynb") as caught:
        run(Notebook(5, "05-gone.ipynb", "x"), folder=tmp_path / "run")
    assert "git checkout" in caught.value.fix


def test_a_broken_notebook_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    (tmp_path / "05-broken.ipynb").write_text("<<<<<<< HEAD")
    with pytest.raises(WorkshopError, match="não é um notebook válido"):
        run(Notebook(5, "05-broken.ipynb", "x"), folder=tmp_path / "run")
