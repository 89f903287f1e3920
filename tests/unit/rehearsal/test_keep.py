"""Executed notebooks on their way back into the repository."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from workshop import paths
from workshop.errors import WorkshopError
from workshop.rehearsal import keep
from workshop.rehearsal.schedule import Notebook


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


def pair(*outputs: NotebookNode, source: str = "print(1)") -> tuple[NotebookNode, NotebookNode]:
    """A source notebook, and its run as papermill leaves it."""
    title, cell = new_markdown_cell("# título", id="book-00"), new_code_cell("print(1)", id="book-01")
    ran = new_code_cell(source, id="book-01", outputs=list(outputs), execution_count=17)
    ran.metadata.papermill = {"duration": 1.5, "start_time": "2026-01-16T19:00:00"}
    executed = new_notebook(cells=[new_markdown_cell("# título", id="book-00"), ran])
    executed.metadata.papermill = {"input_path": "/somewhere/book.ipynb"}
    return new_notebook(cells=[title, cell]), executed


def test_outputs_come_back_and_nothing_of_the_run_does() -> None:
    source, executed = pair(stream("a\n"), stream("b\n"))
    saved = keep.with_outputs(source, executed)
    cell = saved.cells[1]
    assert [output.text for output in cell.outputs] == ["a\nb\n"]
    assert cell.execution_count == 1
    assert "papermill" not in nbformat.writes(saved)
    assert saved.metadata.kernelspec.name == "python3"
    nbformat.validate(saved)


def test_paths_and_colours_are_taken_out() -> None:
    text = f"\x1b[32m{paths.ROOT}/k8s\x1b[0m and {Path.home()}/.kube in {paths.ROOT}\r\n"
    assert keep.clean_outputs([stream(text)])[0].text == "k8s and ~/.kube in .\n"


def test_a_port_of_one_call_is_taken_out_and_ours_stay() -> None:
    text = "http://localhost:35913/applications/stg-app http://localhost:8080 localhost:5001/x"
    assert keep.clean_outputs([stream(text)])[0].text == text.replace("35913", "PORTA")


def test_a_long_output_keeps_both_ends() -> None:
    text = "".join(f"{number}\n" for number in range(200))
    lines = keep.clean_outputs([stream(text)])[0].text.splitlines()
    assert len(lines) == keep.LINES_KEPT
    assert (lines[0], lines[-1]) == ("0", "199")
    assert any(line.startswith("… (") for line in lines)


def test_a_picture_stays_a_picture() -> None:
    shown = new_output("display_data", data={"text/html": "<svg/>", "text/plain": "dev 1a2b3c4d"}, metadata={"x": 1})
    saved = keep.clean_outputs([shown])[0]
    assert saved.data == {"text/html": "<svg/>", "text/plain": "dev 1a2b3c4d"}
    assert saved.metadata == {}


def test_a_run_of_an_older_source_is_refused() -> None:
    source, executed = pair(source="print(2)")
    with pytest.raises(WorkshopError, match="mudou depois do ensaio"):
        keep.with_outputs(source, executed)


def test_a_run_with_a_cell_less_is_refused() -> None:
    source, executed = pair(stream("a\n"))
    source.cells.append(new_code_cell("print(2)", id="book-02"))
    with pytest.raises(WorkshopError, match="mudou depois do ensaio"):
        keep.with_outputs(source, executed)


def test_text_may_have_changed_since_the_run() -> None:
    source, executed = pair(stream("a\n"))
    source.cells.insert(1, new_markdown_cell("Repare bem.", id="book-new"))
    source.cells[2].id = "book-02"
    assert keep.with_outputs(source, executed).cells[2].outputs[0].text == "a\n"


def test_a_failed_run_is_refused() -> None:
    source, executed = pair(new_output("error", ename="E", evalue="no", traceback=[]))
    with pytest.raises(WorkshopError, match="falhou no ensaio"):
        keep.with_outputs(source, executed)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(paths, "SECRETS", tmp_path / "secrets")
    for name in ("notebooks", "secrets", "run"):
        (tmp_path / name).mkdir()
    (tmp_path / "secrets" / "gitea-token").write_text("0123456789abcdef\n")
    return tmp_path


def test_a_secret_is_never_saved(installed: Path) -> None:
    book = Notebook(5, "05-book.ipynb", "Um livro")
    source, executed = pair(stream("token: 0123456789abcdef\n"))
    nbformat.write(source, book.path)
    nbformat.write(executed, installed / "run" / book.file)
    before = book.path.read_bytes()
    with pytest.raises(WorkshopError, match="segredo"):
        keep.save([installed / "run"], [book])
    assert book.path.read_bytes() == before


def test_saving_twice_changes_nothing(installed: Path) -> None:
    book = Notebook(5, "05-book.ipynb", "Um livro")
    source, executed = pair(stream("fine\n"))
    nbformat.write(source, book.path)
    nbformat.write(executed, installed / "run" / book.file)
    assert keep.save([installed / "run"], [book]) == [book]
    once = book.path.read_bytes()
    keep.save([installed / "run"], [book])
    assert book.path.read_bytes() == once
    assert b"fine" in once
