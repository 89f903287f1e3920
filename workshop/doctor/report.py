"""What the examination found, for people and for scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from workshop.doctor.check import SYMBOLS, Area, Verdict
from workshop.doctor.run import Repair, Result
from workshop.errors import FIX

_STYLES = {Verdict.GOOD: "green", Verdict.BAD: "bold red", Verdict.APART: "dim"}
_TITLE_WIDTH = 22


def show(areas: Sequence[Area], results: Sequence[Result], seconds: float, console: Console) -> None:
    """One line for each check under its heading, and under a line the command that helps."""
    found = {result.check.id: result for result in results}
    for area in areas:
        console.print(Text(f"\n{area.heading}", style="bold"))
        for check in area.checks:
            finding = found[check.id].finding
            style = _STYLES[finding.verdict]
            line = Text.assemble(
                (f"{SYMBOLS[finding.verdict]} ", style), f"{check.title:<{_TITLE_WIDTH}} ", (finding.sentence, style)
            )
            console.print(line, soft_wrap=True)
            if finding.fix:
                console.print(Text(f"  {FIX} {finding.fix}", style="cyan"), soft_wrap=True)
    console.print(Text(f"\n{summary(results)} ({seconds:.1f} s)", style="bold"))


def summary(results: Sequence[Result]) -> str:
    """All of it in one sentence."""
    faults = sum(result.is_fault for result in results)
    if not faults:
        return f"Tudo pronto: {len(results)} verificações."
    return f"{faults} de {len(results)} verificações com problema."


def as_json(areas: Sequence[Area], results: Sequence[Result], repairs: Sequence[Repair], seconds: float) -> str:
    """The same for scripts; `verdict` is ok, fault or optional."""
    headings = {check.id: area.heading for area in areas for check in area.checks}
    document = {
        "ok": not any(result.is_fault for result in results),
        "seconds": round(seconds, 2),
        "checks": [
            {
                "id": result.check.id,
                "heading": headings[result.check.id],
                "title": result.check.title,
                "verdict": str(result.finding.verdict),
                "sentence": result.finding.sentence,
                "fix": result.finding.fix,
                "seconds": round(result.seconds, 2),
            }
            for result in results
        ],
        "repairs": [
            {"id": repair.check.id, "problem": repair.problem, "lines": list(repair.lines)} for repair in repairs
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)
