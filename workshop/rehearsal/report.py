"""What a rehearsal found, as data; written after every notebook, so that an interrupted one is on record."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from workshop.rehearsal.schedule import Notebook

PASSED: Final = "passed"
FAILED: Final = "failed"
NOT_RUN: Final = "not run"
SLOWEST_SHOWN: Final = 3
REPORT_FILE: Final = "report.json"


@dataclass
class CellTime:
    """How long one cell took; **source** is its first line of code."""

    index: int
    source: str
    seconds: float


@dataclass
class NotebookResult:
    """The outcome of one notebook."""

    name: str
    title: str
    budget_seconds: int | None
    cells: int = 0
    cells_run: int = 0
    status: str = NOT_RUN
    seconds: float = 0.0
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
    def over_budget(self) -> bool:
        """Whether the talk would not have had the time."""
        return self.budget_seconds is not None and self.seconds > self.budget_seconds

    @property
    def ok(self) -> bool:
        """Whether every cell ran, without an error, within the budget."""
        return self.status == PASSED and self.cells_run == self.cells and not self.over_budget


@dataclass
class Report:
    """A whole rehearsal."""

    notebooks: list[NotebookResult]
    started: str = field(default_factory=lambda: now())
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
    def talk_seconds(self) -> float:
        """What the notebooks that the talk has a budget for took together."""
        return sum(result.seconds for result in self.notebooks if result.budget_seconds is not None)

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
                return (
                    f"{result.name} levou {result.seconds:.0f} s; o roteiro da palestra dá {result.budget_seconds} s."
                )
        return ""

    def as_dict(self) -> dict[str, Any]:
        """The report as it is written to report.json."""
        return {
            "ok": self.ok,
            "started": self.started,
            "finished": self.finished,
            "machine": self.machine,
            "phases": {name: round(seconds, 1) for name, seconds in self.phases.items()},
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


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def slowest(cells: list[CellTime]) -> list[CellTime]:
    """The few cells that took longest, longest first."""
    return sorted(cells, key=lambda cell: -cell.seconds)[:SLOWEST_SHOWN]


def machine() -> dict[str, Any]:
    """What the numbers of this report were measured on."""
    return {
        "cpu": _cpu_model(),
        "cpus": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _cpu_model() -> str:
    """What the processor calls itself; on ARM, Linux does not say."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
