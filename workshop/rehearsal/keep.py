"""Executed notebooks back into notebooks/: the outputs of a real rehearsal, without this machine in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import nbformat
from nbformat import NotebookNode

from workshop import paths
from workshop.errors import WorkshopError
from workshop.rehearsal.schedule import ALL, Notebook

LINES_KEPT: Final = 46
LINES_AT_END: Final = 10
METADATA: Final = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_PASSING_PORT = re.compile(r"(?<=localhost:)(?:3[2-9]|[45]\d|6[0-5])\d{3}\b")
"""A port that the system chose for one call (`argocd --core` serves itself on one): other on every run."""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def latest_run(notebook: Notebook, folders: Iterable[Path]) -> Path | None:
    """The newest executed copy of a notebook in these folders, or None."""
    found = [folder / notebook.file for folder in folders if (folder / notebook.file).exists()]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def save(folders: Iterable[Path], notebooks: Iterable[Notebook] = ALL) -> list[Notebook]:
    """Copy outputs of executed notebooks into notebooks/ and return the notebooks that got some.

    Raises `WorkshopError` where a run failed, is of an older source, or shows a secret; then nothing is
    written.
    """
    folders = list(folders)
    secrets = _secrets()
    saved: dict[Notebook, NotebookNode] = {}
    for notebook in notebooks:
        executed = latest_run(notebook, folders)
        if executed is None:
            continue
        source = nbformat.read(notebook.path, as_version=4)
        saved[notebook] = with_outputs(source, nbformat.read(executed, as_version=4), notebook.file)
        _refuse_secrets(saved[notebook], secrets, notebook.file)
    for notebook, content in saved.items():
        nbformat.write(content, notebook.path)
    return list(saved)


def with_outputs(source: NotebookNode, executed: NotebookNode, name: str = "notebook") -> NotebookNode:
    """The source with the outputs of its run, cell by cell, cleaned."""
    cells, runs = _code(source), _code(executed)
    if [cell.source for cell in cells] != [run.source for run in runs]:
        raise WorkshopError(f"{name} mudou depois do ensaio: o código não é mais o que rodou.", fix="make rehearse")
    for cell in source.cells:
        cell.metadata = NotebookNode({"tags": cell.metadata.tags} if cell.metadata.get("tags") else {})
    for count, (cell, run) in enumerate(zip(cells, runs, strict=True), start=1):
        if any(output.output_type == "error" for output in run.outputs):
            raise WorkshopError(f"{name} falhou no ensaio, na célula {cell.id}.", fix="make rehearse")
        cell.execution_count = count
        cell.outputs = clean_outputs(run.outputs)
    source.metadata = nbformat.from_dict(METADATA)
    return source


def _code(content: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in content.cells if cell.cell_type == "code"]


def clean_outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs that are the same on every machine: one per stream, no colours, no paths, not too long."""
    cleaned: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            if cleaned and cleaned[-1].output_type == "stream" and cleaned[-1].name == output.name:
                cleaned[-1].text += output.text
                continue
            cleaned.append(nbformat.v4.new_output("stream", name=output.name, text=output.text))
            continue
        data = {kind: _anonymous(value) for kind, value in output.data.items()}
        count = {"execution_count": None} if output.output_type == "execute_result" else {}
        cleaned.append(nbformat.v4.new_output(output.output_type, data=data, metadata={}, **count))
    for output in cleaned:
        if output.output_type == "stream":
            output.text = _shorten(_anonymous(output.text))
    return cleaned


def _anonymous(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = _PASSING_PORT.sub("PORTA", _ESCAPES.sub("", value).replace("\r\n", "\n"))
    for path, name in ((f"{paths.ROOT}/", ""), (str(paths.ROOT), "."), (str(Path.home()), "~")):
        text = text.replace(path, name)
    return text


def _shorten(text: str) -> str:
    lines = text.splitlines()
    if len(lines) <= LINES_KEPT:
        return text
    left_out = len(lines) - LINES_KEPT + 1
    head = lines[: LINES_KEPT - LINES_AT_END - 1]
    return "\n".join([*head, f"… ({left_out} linhas) …", *lines[-LINES_AT_END:]]) + "\n"


def _secrets() -> list[str]:
    if not paths.SECRETS.is_dir():
        return []
    texts = [path.read_text(errors="replace").strip() for path in paths.SECRETS.rglob("*") if path.is_file()]
    return [text for text in texts if len(text) >= 8]


def _refuse_secrets(content: NotebookNode, secrets: list[str], name: str) -> None:
    shown = nbformat.writes(content)
    if any(secret in shown for secret in secrets):
        raise WorkshopError(
            f"{name} mostra um segredo desta instalação nas suas saídas; nada foi gravado.",
            fix=f"mude a célula de {name} que o mostra e rode `make rehearse`",
        )
