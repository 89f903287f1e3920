"""Runs notebooks with papermill: each cell timed, its output shown while it comes, each notebook limited."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from rich.console import Console
from traitlets.config import Config

from workshop import paths
from workshop import settings as config
from workshop.errors import FAILED, WorkshopError
from workshop.machine import description
from workshop.rehearsal import report as reports
from workshop.rehearsal.narrator import Narrator, first_line
from workshop.rehearsal.report import CellTime, NotebookResult, Report
from workshop.rehearsal.schedule import Notebook
from workshop.story import cold

KERNEL: Final = "python3"
KERNEL_START_SECONDS: Final = 120
AUTOSAVE_SECONDS: Final = 30


class _Times:
    """Start and end of each code cell, as nbclient's hooks tell them."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator
        self._started = 0.0
        self.cells: list[CellTime] = []
        self.running: str = ""

    def starts(self, cell: nbformat.NotebookNode, cell_index: int) -> None:
        self.running = first_line(cell.source)
        self._started = time.monotonic()
        self._narrator.cell_starts(cell.source)

    def ends(self, cell: nbformat.NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        seconds = time.monotonic() - self._started
        self._narrator.cell_ends()
        if execute_reply["content"]["status"] == "ok":
            self.cells.append(CellTime(cell_index, first_line(cell.source), round(seconds, 1)))
            self.running = ""


def run(
    notebooks: Sequence[Notebook],
    folder: Path,
    console: Console,
    before: Callable[[Report], None] | None = None,
) -> Report:
    """Run the notebooks in order, until one fails; keep them, executed, and the report in `folder`.

    **before**: what has to happen first; the time it takes goes into the report's phases.
    """
    folder.mkdir(parents=True, exist_ok=True)
    report = Report([NotebookResult.waiting(notebook) for notebook in notebooks], machine=description.machine())
    report.write(folder)
    try:
        with _memory_peak(report), _venv_kernel(), _quiet_libraries():
            if before:
                before(report)
            started = time.monotonic()
            with Narrator(console) as narrator:
                for notebook, result in zip(notebooks, report.notebooks, strict=True):
                    run_one(notebook, result, folder, narrator)
                    report.write(folder)
                    if result.status != reports.PASSED:
                        break
            report.phases["notebooks"] = time.monotonic() - started
    finally:
        report.finished = description.now()
        report.write(folder)
    return report


def run_one(notebook: Notebook, result: NotebookResult, folder: Path, narrator: Narrator) -> None:
    """Run one notebook and fill in its result. A failure of the notebook is a result, not an exception."""
    source = _read(notebook)
    result.cells = sum(1 for cell in source.cells if cell.cell_type == "code" and cell.source.strip())
    narrator.notebook_starts(notebook, result.cells)
    times = _Times(narrator)
    began, started = time.time(), time.monotonic()
    deadline = started + notebook.limit_seconds
    result.status = reports.FAILED
    try:
        with _local_kernel() as kernel:
            papermill.execute_notebook(
                str(notebook.path),
                str(folder / notebook.file),
                kernel_name=KERNEL,
                cwd=str(paths.ROOT),
                progress_bar=False,
                autosave_cell_every=AUTOSAVE_SECONDS,
                start_timeout=KERNEL_START_SECONDS,
                config=kernel,
                extra_arguments=["--log-level=50"],
                stdout_file=narrator,
                stderr_file=narrator,
                # The limit is the notebook's: each cell gets what is left of it.
                timeout_func=lambda cell: max(1, int(deadline - time.monotonic())),
                coalesce_streams=True,
                on_cell_execute=times.starts,
                on_cell_executed=times.ends,
            )
        result.status = reports.PASSED
    except PapermillExecutionError as error:
        result.error = (error.evalue or error.ename).removeprefix(f"{FAILED} ")
        result.failed_cell = error.source
    except CellTimeoutError:
        limit = f"{notebook.limit_seconds} s"
        result.error = f"a célula `{times.running}` ainda rodava quando acabou o limite do notebook, {limit}."
        result.failed_cell = times.running
    except DeadKernelError:
        result.error = f"o kernel do Python terminou durante a célula `{times.running}`."
        result.failed_cell = times.running
    finally:
        result.seconds = round(time.monotonic() - started, 1)
        result.cold_seconds = min(cold.since(began), result.seconds)
        result.cells_run = len(times.cells)
        result.slowest = reports.slowest(times.cells)
        result.cell_times = times.cells
        narrator.notebook_ends(result)


def _read(notebook: Notebook) -> nbformat.NotebookNode:
    try:
        content: nbformat.NotebookNode = nbformat.read(notebook.path, as_version=4)
    except FileNotFoundError:
        raise WorkshopError(
            f"O notebook {notebook.file} não está em {paths.NOTEBOOKS.name}/.",
            fix=f"git checkout -- {paths.NOTEBOOKS.name}/{notebook.file}",
        ) from None
    except (nbformat.reader.NotJSONError, nbformat.validator.NotebookValidationError) as error:
        raise WorkshopError(
            f"O notebook {notebook.file} não é um notebook válido: {str(error).splitlines()[0]}",
            fix=f"git checkout -- {paths.NOTEBOOKS.name}/{notebook.file}",
        ) from None
    return content


@contextmanager
def _local_kernel() -> Iterator[Config]:
    """The kernel is spoken to over sockets in a folder of their own.

    jupyter_client would put them into the working folder, where a run that is killed leaves them; and the path of a
    socket may have no more than 107 characters (unix(7)), which a run's folder can have.
    """
    with tempfile.TemporaryDirectory(prefix="workshop-kernel-") as sockets:
        yield Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/socket"}})


@contextmanager
def _venv_kernel() -> Iterator[None]:
    """`python3` is the kernel of this very environment, whatever else the user has installed; and nobody looks on."""
    ours = str(Path(sys.prefix) / "share" / "jupyter")
    path = os.pathsep.join(filter(None, [ours, os.environ.get("JUPYTER_PATH")]))
    # A terminal of JupyterLab is live, and a run that is started in it is not.
    wanted = {"JUPYTER_PATH": path, config.LIVE_VARIABLE: "0"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """What papermill and asyncio log of a kernel that ends early, the report says in a sentence."""
    loggers = [logging.getLogger(name) for name in ("papermill", "asyncio")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextmanager
def _memory_peak(report: Report) -> Iterator[None]:
    """Note the most memory that the whole machine used meanwhile, over what it used at the start."""
    stop = threading.Event()
    before = peak = _used_memory_gib()

    def watch() -> None:
        nonlocal peak
        while not stop.wait(2.0):
            peak = max(peak, _used_memory_gib())

    thread = threading.Thread(target=watch, name="memory", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        report.machine["memory_used_before_gib"] = round(before, 2)
        report.machine["memory_used_peak_gib"] = round(peak, 2)


def _used_memory_gib() -> float:
    path = Path("/proc/meminfo")
    if not path.exists():
        return 0.0
    fields = dict(line.split(":", 1) for line in path.read_text(encoding="ascii").splitlines())
    kilobytes = int(fields["MemTotal"].split()[0]) - int(fields["MemAvailable"].split()[0])
    return kilobytes / 2**20
