"""The notebooks as they are committed: readable everywhere, nothing of one machine in them."""

from __future__ import annotations

import ast
import re

import nbformat
import pytest
from nbformat import NotebookNode

from tests.comparison import COMPARED, REASONS, VARIES
from workshop import paths
from workshop.rehearsal import overview, schedule
from workshop.rehearsal.schedule import Notebook
from workshop.story import points

MOST_OUTPUT_LINES = 50
MOST_CODE_LINES = 15
GENERATED_NAME = re.compile(r"\b[a-z]+(-[a-z]+)*-([0-9a-f]{8,10}-)?[bcdfghjklmnpqrstvwxz2456789]{5}\b")
"""Of a pod: its ReplicaSet's hash and five characters of Kubernetes' alphabet, or these alone for a Job's."""
STATES = {notebook.number for notebook in schedule.REHEARSAL if notebook.number}
"""Notebooks that start by getting to the state they need; 00 is where everything starts, 09 takes any."""


@pytest.fixture(params=schedule.ALL, ids=lambda notebook: notebook.path.stem)
def notebook(request: pytest.FixtureRequest) -> Notebook:
    return request.param


@pytest.fixture
def content(notebook: Notebook) -> NotebookNode:
    return nbformat.read(notebook.path, as_version=4)


def code(content: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in content.cells if cell.cell_type == "code"]


def outputs(content: NotebookNode) -> list[str]:
    """Each output as text."""
    texts = []
    for cell in code(content):
        for output in cell.outputs:
            texts += [output.text] if output.output_type == "stream" else map(str, output.get("data", {}).values())
    return texts


def test_there_is_no_other_notebook() -> None:
    found = sorted(path.name for path in paths.NOTEBOOKS.glob("*.ipynb"))
    assert found == [*(book.file for book in schedule.ALL), schedule.INDEX]


def test_the_index_leads_to_all_of_them_with_todays_times() -> None:
    index = nbformat.read(paths.NOTEBOOKS / schedule.INDEX, as_version=4)
    nbformat.validate(index)
    assert overview.links() in [cell.source for cell in index.cells]
    assert [cell.outputs for cell in code(index)] == [[]], "what it shows is of one machine and one moment"


def test_it_is_valid_and_for_any_python(content: NotebookNode) -> None:
    nbformat.validate(content)
    assert content.nbformat == 4
    assert content.nbformat_minor >= 5
    assert content.metadata.kernelspec == {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert set(content.metadata) == {"kernelspec", "language_info"}
    assert content.metadata.language_info == {"name": "python"}


def test_cells_have_stable_ids_and_no_traces_of_a_run(notebook: Notebook, content: NotebookNode) -> None:
    identifiers = [cell.id for cell in content.cells]
    assert len(set(identifiers)) == len(identifiers)
    assert all(identifier.startswith(f"{notebook.path.stem}-") for identifier in identifiers)
    assert all(set(cell.metadata) <= {"tags"} for cell in content.cells)


def test_it_opens_with_title_purpose_and_time(notebook: Notebook, content: NotebookNode) -> None:
    first = content.cells[0]
    assert first.cell_type == "markdown"
    title, _, purpose, *rest = first.source.splitlines()
    assert title == f"# {notebook.number:02} · {notebook.title}"
    assert purpose.startswith("> ")
    assert f"**Tempo:** {notebook.budget_text} · **Começa em:** " in "\n".join(rest)


def test_it_ends_with_what_was_seen(content: NotebookNode) -> None:
    assert content.cells[-1].cell_type == "markdown"
    assert "## O que vimos" in content.cells[-1].source


def test_it_gets_to_where_it_starts(notebook: Notebook, content: NotebookNode, monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[int] = []
    monkeypatch.setattr(points, "reach", reached.append)
    if notebook.number in STATES:
        exec(code(content)[0].source, {})  # noqa: S102
    assert reached == ([notebook.number] if notebook.number in STATES else [])
    assert not any("points.reach" in cell.source for cell in code(content)[notebook.number in STATES :])


def test_cells_are_short_and_none_is_empty(content: NotebookNode) -> None:
    for cell in content.cells:
        assert cell.source.strip()
        assert cell.source == cell.source.strip()
    for cell in code(content):
        assert len(cell.source.splitlines()) <= MOST_CODE_LINES, cell.id


def test_code_is_python_that_uses_each_name_that_it_imports(content: NotebookNode) -> None:
    imported: set[str] = set()
    used: set[str] = set()
    for cell in code(content):
        # IPython lets a cell await, as it is.
        tree = compile(cell.source, cell.id, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Name):
                used.add(node.id)
    assert imported <= used, f"imported in vain: {imported - used}"


def test_it_carries_the_outputs_of_a_rehearsal(content: NotebookNode) -> None:
    assert [cell.execution_count for cell in code(content)] == list(range(1, len(code(content)) + 1))
    assert not any(output.output_type == "error" for cell in code(content) for output in cell.outputs)


def test_outputs_are_short(content: NotebookNode) -> None:
    for text in outputs(content):
        assert len(text.splitlines()) <= MOST_OUTPUT_LINES


def test_nothing_of_one_machine_is_in_it(content: NotebookNode) -> None:
    everything = [*outputs(content), *(cell.source for cell in content.cells)]
    for text in everything:
        assert str(paths.ROOT) not in text
        found = re.search(r"(?<![\w.:}])/(?:root|home|work|Users|tmp)\b/?\S*", text)
        assert not found, found
        assert "\x1b" not in text


def test_nothing_secret_is_in_it(content: NotebookNode) -> None:
    for text in outputs(content):
        assert not re.search(r"(?i)(password|token|secret)(?!\w*_file\b)\w*\s*[=:]\s*\S{8,}", text)
        assert not re.search(r"://[^/\s:@]+:[^/\s@]+@", text), "a URL with a password"


# -- Comparison with the next run -------------------------------------------------------------------
def test_each_cell_is_compared_or_says_why_not(content: NotebookNode) -> None:
    known = {COMPARED, *(f"{VARIES}{reason}" for reason in REASONS)}
    for cell in code(content):
        tags = cell.metadata.get("tags", [])
        assert len(tags) == 1, f"{cell.id} has {tags}; it needs {COMPARED}, or {VARIES} and a reason"
        assert set(tags) <= known, f"{cell.id}: the reasons are {', '.join(REASONS)}"
        assert (tags == [f"{VARIES}nbval"]) == cell.source.endswith(";"), f"{cell.id}: nbval shows what `;` hides"
        assert (tags == [f"{VARIES}vazia"]) <= (not cell.outputs), f"{cell.id} does print something"


def test_what_is_compared_can_be(content: NotebookNode) -> None:
    for cell in code(content):
        if COMPARED in cell.metadata.get("tags", []):
            shown = [output.text if "text" in output else output.data["text/plain"] for output in cell.outputs]
            text = "".join(shown)
            assert text.strip(), f"{cell.id} prints nothing that could be compared"
            assert " linhas) …" not in text, f"{cell.id} is stored without its middle"
            found = GENERATED_NAME.search(text)
            assert not found, f"{cell.id} shows a name that Kubernetes generated: {found}"
