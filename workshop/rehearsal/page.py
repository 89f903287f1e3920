"""The report as a page: report.html beside report.json, one file that a browser opens without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from workshop import numbers
from workshop.rehearsal import history
from workshop.rehearsal import report as reports

PAGE_FILE: Final = "report.html"
TEMPLATE: Final = "page.html.jinja"
SLOWEST_SHOWN: Final = 8
_BAR, _GAP, _HEIGHT = 10, 3, 36
"""Of the small bars, in pixels."""

PHASES: Final = {"host": "máquina", "supply": "ferramentas e imagens", "notebooks": "notebooks"}
"""As people read them."""

Entry = Mapping[str, Any]


def write(folder: Path) -> Path | None:
    """Render the folder's report.json, compared with the rehearsals beside it; None where there is no report yet."""
    report = history.read(folder)
    if report is None:
        return None
    path = folder / PAGE_FILE
    path.write_text(render(report, history.before(folder)), encoding="utf-8")
    return path


def render(report: Entry, past: Sequence[Entry] = ()) -> str:
    """The page of one report; **past** has earlier ones, oldest first."""
    # Jinja takes a tenth of a second to import; commands that write no report do not wait for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"seconds": numbers.seconds, "length": numbers.length, "moment": moment}
    return environment.get_template(TEMPLATE).render(
        report=report,
        notebooks=[_notebook(entry, report, past) for entry in report["notebooks"]],
        talk=_talk(report),
        talk_trend=_trend([*map(_talk_seconds, past), _talk_seconds(report)], _talk(report)["budget_seconds"]),
        phases=PHASES,
        slowest=_slowest(report),
        compared=len(past),
        cold=reports.COLD_MEANS,
        status=_status_of_all(report),
        machine=_machine(report),
        supply=report.get("supply", []),
        versions={"Python": report.get("machine", {}).get("python", "–"), **report.get("versions", {})},
    )


def moment(text: str) -> str:
    """A time of report.json as day and hour, in UTC; empty where it never came."""
    return datetime.fromisoformat(text).strftime("%d/%m/%Y %H:%M UTC") if text else "–"


# -- What the page shows ----------------------------------------------------------------------------
def _notebook(entry: Entry, report: Entry, past: Sequence[Entry]) -> dict[str, Any]:
    budget = entry["budget_seconds"]
    cells = entry.get("cell_times") or entry.get("slowest", [])
    longest = max((cell["seconds"] for cell in cells), default=0)
    earlier = [_seconds_of(other, entry["name"]) for other in past]
    known = [value for value in earlier if value is not None]
    ended = history.passed(entry)
    took = history.talk_seconds(entry)
    return {
        **entry,
        "status": _status(entry, report),
        "share": _percent(took, budget) if budget else None,
        "cold": entry.get("cold_seconds", 0),
        "over": budget is not None and took > budget,
        "cell_times": [{**cell, "share": _percent(cell["seconds"], longest)} for cell in cells],
        "whole": bool(entry.get("cell_times")),
        "trend": _trend([*earlier, took if ended else None], budget),
        "usual": median(known) if known else None,
        "change": took - median(known) if known and ended else None,
    }


def _status(entry: Entry, report: Entry) -> tuple[str, str]:
    """Kind (for its colour) and words."""
    budget = entry["budget_seconds"]
    if entry["status"] == reports.NOT_RUN:
        return "none", "não rodou"
    if entry["status"] == reports.FAILED:
        # A notebook counts as failed from its start on, until it has run to its end.
        if entry["error"]:
            return "bad", "falhou"
        return ("bad", "interrompido") if report["finished"] else ("none", "rodando")
    if budget is not None and history.talk_seconds(entry) > budget:
        return "bad", "estourou o tempo"
    return ("good", "passou") if entry["cells_run"] == entry["cells"] else ("bad", "incompleto")


def _status_of_all(report: Entry) -> tuple[str, str]:
    if report["ok"]:
        return "good", "A palestra cabe no tempo"
    if not report["finished"]:
        return "none", "Em andamento"
    over = report["over_budget"] and not any(entry["error"] for entry in report["notebooks"])
    return "bad", "Estourou o tempo" if over else "Não passou"


def _talk(report: Entry) -> dict[str, Any]:
    """All notebooks with a budget together; reports of earlier versions do not have it written down."""
    parts = [entry for entry in report["notebooks"] if entry["budget_seconds"] is not None]
    budget = sum(entry["budget_seconds"] for entry in parts)
    spent = sum(map(history.talk_seconds, parts))
    return {"seconds": spent, "budget_seconds": budget, "share": _percent(spent, budget), "parts": len(parts)}


def _talk_seconds(report: Entry) -> float | None:
    parts = [entry for entry in report["notebooks"] if entry["budget_seconds"] is not None]
    return sum(map(history.talk_seconds, parts)) if parts and all(map(history.passed, parts)) else None


def _seconds_of(report: Entry, name: str) -> float | None:
    for entry in report["notebooks"]:
        if entry["name"] == name and history.passed(entry):
            return history.talk_seconds(entry)
    return None


def _slowest(report: Entry) -> list[dict[str, Any]]:
    cells = [
        {**cell, "notebook": entry["name"]}
        for entry in report["notebooks"]
        for cell in entry.get("cell_times") or entry.get("slowest", [])
    ]
    cells = sorted(cells, key=lambda cell: -cell["seconds"])[:SLOWEST_SHOWN]
    longest = cells[0]["seconds"] if cells else 0
    return [{**cell, "share": _percent(cell["seconds"], longest)} for cell in cells]


def _machine(report: Entry) -> dict[str, str]:
    found = report.get("machine", {})
    memory = [f"{numbers.decimal(found['memory_gib'])} GiB"] if "memory_gib" in found else []
    if "memory_used_peak_gib" in found:
        peak = found["memory_used_peak_gib"]
        ours = numbers.decimal(peak - found["memory_used_before_gib"])
        memory.append(f"em uso, no máximo, {numbers.decimal(peak)} GiB ({ours} GiB do ensaio)")
    engine = [found[key] for key in ("engine", "storage", "runtime") if key in found]
    if "cgroup" in found:
        engine.append(f"cgroup {found['cgroup']}")
    facts = {
        "processador": found.get("cpu", ""),
        "núcleos": str(found.get("cpus", "")),
        "memória": ", ".join(memory),
        "sistema": found.get("system", ""),
        "Docker": " · ".join(engine),
    }
    return {name: value for name, value in facts.items() if value}


def _percent(part: float, whole: float) -> float:
    return round(min(100 * part / whole, 100), 1) if whole else 0.0


def _trend(values: Sequence[float | None], budget: int | None) -> dict[str, Any]:
    """Small bars, one per rehearsal, the last one this; a rehearsal without a time leaves its place empty."""
    highest = max((value for value in values if value is not None), default=0) or 1
    bars = []
    for position, value in enumerate(values):
        tall = max(_HEIGHT * (value or 0) / highest, 1)
        last = position == len(values) - 1
        bars.append(
            {
                "x": position * (_BAR + _GAP),
                "y": round(_HEIGHT - tall, 1),
                "height": round(tall, 1),
                "kind": _bar_kind(value, budget, last=last),
                "label": "não terminou" if value is None else numbers.seconds(value),
            }
        )
    known = [value for value in values if value is not None]
    label = f"de {numbers.seconds(min(known))} a {numbers.seconds(max(known))}" if known else "sem tempos"
    width = max(len(values) * (_BAR + _GAP) - _GAP, 1)
    return {"bars": bars, "bar": _BAR, "width": width, "height": _HEIGHT, "label": label}


def _bar_kind(value: float | None, budget: int | None, *, last: bool) -> str:
    if value is None:
        return "none"
    if budget is not None and value > budget:
        return "bad"
    return "this" if last else "past"
