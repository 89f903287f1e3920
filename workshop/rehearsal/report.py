"""What a rehearsal found, as data; written after every notebook, so that an interrupted one is on record."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from workshop.machine import description
from workshop.rehearsal.schedule import Notebook

PASSED: Final = "passed"
FAILED: Final = "failed"
NOT_RUN: Final = "not run"
SLOWEST_SHOWN: Final = 3
REPORT_FILE: Final = "report.json"
COLD_MEANS: Final = (
    "frios: o que a CI rodou pela primeira vez com estas entradas; o Docker guarda o resultado, "
    "a palestra não espera por isso, e o orçamento não conta."
)
"""`cold_seconds`, as people read it."""


@dataclass
class CellTime:
    """How long one cell took; **source** is its first line of code."""

    index: int
    source: str
    seconds: float


@dataclass
class NotebookResult:
    """The outcome of one notebook. **cold_seconds**: those of its seconds that a rehearsed talk does not wait for."""

    name: str
    title: str
    budget_seconds: int | None
    cells: int = 0
    cells_run: int = 0
    status: str = NOT_RUN
    seconds: float = 0.0
    cold_seconds: float = 0.0
    slowest: list[CellTime] = field(default_factory=list)
    cell_times: list[CellTime] = field(default_factory=list)
    error: str = ""
    failed_cell: str = ""

    @classmethod
    def waiting(cls, notebook: Notebook) -> NotebookResult:
        """The entry of a notebook that has not been run yet."""
        return cls(notebook.path.stem, notebook.title, notebook.budget_seconds)

    @property
    def started(self) -> bool:
        """Whether it was run at all, to its end or not."""
        return self.status != NOT_RUN

    @property
    def talk_seconds(self) -> float:
        """What it takes in the talk, which was rehearsed on the same machine."""
        return round(self.seconds - self.cold_seconds, 1)

    @property
    def over_budget(self) -> bool:
        """Whether the talk would not have had the time."""
        return self.budget_seconds is not None and self.talk_seconds > self.budget_seconds

    @property
    def ok(self) -> bool:
        """Whether every cell ran, without an error, within the budget."""
        return self.status == PASSED and self.cells_run == self.cells and not self.over_budget


@dataclass
class Report:
    """A whole rehearsal."""

    notebooks: list[NotebookResult]
    started: str = field(default_factory=description.now)
    finished: str = ""
    machine: dict[str, Any] = field(default_factory=dict)
    phases: dict[str, float] = field(default_factory=dict)
    supply: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the talk can be given like this."""
        return bool(self.notebooks) and all(result.ok for result in self.notebooks)

    @property
    def is_complete(self) -> bool:
        """Whether every notebook ran to its end, in time or not."""
        return bool(self.notebooks) and all(result.status == PASSED for result in self.notebooks)

    @property
    def seconds(self) -> float:
        """What all notebooks took together."""
        return sum(result.seconds for result in self.notebooks)

    @property
    def cold_seconds(self) -> float:
        """Those of them that would not be there a second time."""
        return sum(result.cold_seconds for result in self.notebooks)

    @property
    def talk_seconds(self) -> float:
        """What the notebooks that the talk has a budget for take together in the talk."""
        return sum(result.talk_seconds for result in self.notebooks if result.budget_seconds is not None)

    @property
    def talk_budget_seconds(self) -> int:
        """The budgets of these notebooks together."""
        return sum(result.budget_seconds or 0 for result in self.notebooks)

    @property
    def over_budget(self) -> list[str]:
        """The notebooks that took longer than the runbook gives them."""
        return [result.name for result in self.notebooks if result.over_budget]

    @property
    def problem(self) -> str:
        """One sentence about the first thing that went wrong, or nothing."""
        for result in self.notebooks:
            if result.status == FAILED:
                return f"{result.name}: {result.error}"
            if result.over_budget:
                cold = f", sem contar {result.cold_seconds:.0f} s frios" if result.cold_seconds else ""
                took = f"{result.name} levou {result.talk_seconds:.0f} s{cold}"
                return f"{took}; o roteiro da palestra dá {result.budget_seconds} s."
        return ""

    def as_dict(self) -> dict[str, Any]:
        """The report as it is written to report.json."""
        return {
            "ok": self.ok,
            "started": self.started,
            "finished": self.finished,
            "machine": self.machine,
            "phases": {name: round(seconds, 1) for name, seconds in self.phases.items()},
            "cold_seconds": round(self.cold_seconds, 1),
            "over_budget": self.over_budget,
            "problem": self.problem,
            "talk": {"seconds": round(self.talk_seconds, 1), "budget_seconds": self.talk_budget_seconds},
            "notebooks": [asdict(result) for result in self.notebooks],
            "supply": self.supply,
            "versions": self.versions,
        }

    def write(self, folder: Path) -> Path:
        """Write report.json into the rehearsal's folder."""
        path = folder / REPORT_FILE
        text = json.dumps(self.as_dict(), indent=2, ensure_ascii=False)
        path.write_text(f"{text}\n", encoding="utf-8")
        return path


def slowest(cells: list[CellTime]) -> list[CellTime]:
    """The few cells that took longest, longest first."""
    return sorted(cells, key=lambda cell: -cell.seconds)[:SLOWEST_SHOWN]
