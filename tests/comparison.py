"""Which cells' outputs are compared with the next run's, and how: nbval, with one file of what may differ.

Each code cell of notebooks/ carries one tag: that its output is compared, or why it cannot be.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import nbformat

from workshop import paths
from workshop import settings as config
from workshop.rehearsal import schedule

SANITIZE: Final = Path(__file__).with_name("nbval-sanitize.cfg")
COMPARED: Final = "nbval-check-output"
VARIES: Final = "saida-variavel:"
REASONS: Final = {
    "estado": "does and says what was missing; on the next run nothing is",
    "kargo": "Kargo and its stand-in differ here",
    "maquina": "this machine's engine, and where its tools and images came from",
    "nbval": "ends with `;`, which IPython heeds only in runs that it remembers, and nbval's it does not",
    "ordem": "Argo CD lists resources in any order",
    "pods": "names that Kubernetes generates",
    "tempo": "how much there is to say, and in which order, depends on how fast things go",
    "vazia": "prints nothing",
}
"""What may follow `VARIES` in a tag."""

_CELL_SECONDS: Final = max(notebook.limit_seconds for notebook in schedule.REHEARSAL)


@dataclass(frozen=True)
class Outcome:
    """What nbval found. **passed**: how many cells; **failures**: the words about each that is not as it was."""

    exit_code: int
    passed: int
    failures: tuple[str, ...]


def run(notebooks: Sequence[Path], folder: Path, limit: float) -> Outcome:
    """Run notebooks again, each in a kernel of its own, until a cell fails or says something else than it had said.

    **folder**: takes the record. **limit**: seconds, for all of them.
    """
    record = folder / "nbval.xml"
    command = [
        sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-p", "pytest_timeout", "-p", "no:cacheprovider",
        "--nbval-lax", "--nbval-current-env", f"--nbval-sanitize-with={SANITIZE}",
        f"--nbval-cell-timeout={_CELL_SECONDS}", f"--timeout={_CELL_SECONDS + 60}",
        "--exitfirst", "-vv", "--color=no", f"--junitxml={record}", *map(str, notebooks),
    ]  # fmt: skip
    # nbval reads its files in the locale's encoding; the suite's other plugins are slow to load, and not needed.
    variables = {
        **os.environ, "PYTHONUTF8": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", config.LIVE_VARIABLE: "0",
    }  # fmt: skip
    exit_code = subprocess.run(command, cwd=paths.ROOT, env=variables, timeout=limit, check=False).returncode
    cases = list(ElementTree.parse(record).iter("testcase"))  # noqa: S314 (pytest wrote it just now)
    # After a cell that did not end in time, nbval expects the others to fail, and pytest calls that skipped.
    troubles = [trouble for case in cases for trouble in case if trouble.tag in ("failure", "error", "skipped")]
    words = tuple(f"{trouble.get('message', '')}\n{trouble.text or ''}" for trouble in troubles)
    return Outcome(exit_code, len(cases) - len(words), words)


def code_cells(notebook: Path) -> list[nbformat.NotebookNode]:
    """The cells that nbval runs, in their order."""
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
