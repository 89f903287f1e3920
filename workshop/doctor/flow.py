"""What `workshop doctor` does: examine, show; where it is asked to, repair and examine again."""

from __future__ import annotations

import contextlib
import sys
import time

from rich.console import Console

from workshop import doctor, voice
from workshop.doctor import report
from workshop.doctor.check import Area
from workshop.doctor.run import Repair, Result, examine, heal


def run(console: Console, *, fix: bool = False, as_json: bool = False) -> bool:
    """Examine this machine, and say what was found; whether nothing is wrong (any more)."""
    areas = doctor.areas()
    results, seconds = _examine(areas)
    repairs: list[Repair] = []
    if fix and any(result.is_fault for result in results):
        if not as_json:
            report.show(areas, results, seconds, console)
            console.print()
        # What repairs print themselves must not get between the lines of the JSON document.
        quiet = contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext()
        with quiet, voice.heard_by(_teller(console, as_json)):
            repairs = heal([check for area in areas for check in area.checks], results)
        results, seconds = _examine(areas)
    if as_json:
        print(report.as_json(areas, results, repairs, seconds))
    else:
        report.show(areas, results, seconds, console)
    return not any(result.is_fault for result in results)


def _examine(areas: tuple[Area, ...]) -> tuple[list[Result], float]:
    started = time.monotonic()
    results = examine([check for area in areas for check in area.checks])
    return results, time.monotonic() - started


def _teller(console: Console, as_json: bool) -> voice.Listener:
    teller = Console(stderr=True, highlight=False) if as_json else console
    return lambda line: teller.print(line, style="dim", markup=False, soft_wrap=True)
