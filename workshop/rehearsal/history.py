"""The rehearsals before this one, as far as they can still be read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from workshop.rehearsal.report import PASSED, REPORT_FILE

COMPARED: Final = 12
"""With so many earlier rehearsals a report compares: as many bars as can be told apart."""


def read(folder: Path) -> dict[str, Any] | None:
    """The report of one rehearsal; None where there is none, or not a whole one."""
    try:
        report = json.loads((folder / REPORT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) and report.get("notebooks") else None


def before(folder: Path, most: int = COMPARED) -> Sequence[Mapping[str, Any]]:
    """The reports beside this folder that are older than it, oldest first."""
    older = sorted(other for other in folder.parent.iterdir() if other.is_dir() and not other.is_symlink())
    reports = [read(other) for other in older if other.name < folder.name]
    # One that was ended before any notebook ran to its end has no time to compare with.
    return [report for report in reports if report and any(map(passed, report["notebooks"]))][-most:]


def talk_seconds(entry: Mapping[str, Any]) -> float:
    """What that notebook takes in the talk; reports of earlier versions do not say what was cold."""
    return round(float(entry["seconds"]) - float(entry.get("cold_seconds", 0)), 1)


def passed(entry: Mapping[str, Any]) -> bool:
    """Whether that notebook ran to its end."""
    return entry.get("status") == PASSED
