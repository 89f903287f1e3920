"""The report as people read it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from workshop.rehearsal import spread
from workshop.rehearsal.report import COLD_MEANS, NotebookResult, Report
from workshop.rehearsal.spread import Spread


def show(report: Report, console: Console) -> None:
    """Print the table: notebook, seconds, budget, ✓ or ✗; and below it what went wrong."""
    table = Table(title="Ensaio", title_justify="left", title_style="bold")
    table.add_column("notebook")
    table.add_column("segundos", justify="right")
    if report.cold_seconds:
        table.add_column("frios", justify="right")
    table.add_column("orçamento", justify="right")
    table.add_column("células", justify="right")
    table.add_column("", justify="center")
    for result in report.notebooks:
        table.add_row(
            result.name,
            f"{result.seconds:.0f}" if result.started else "–",
            *([_cold(result.cold_seconds)] if report.cold_seconds else ()),
            str(result.budget_seconds or "–"),
            f"{result.cells_run}/{result.cells}" if result.started else "–",
            _mark(result),
        )
    if len(report.notebooks) > 1:
        table.add_section()
        cold = [_cold(report.cold_seconds)] if report.cold_seconds else []
        table.add_row("total", f"{report.seconds:.0f}", *cold, "", "", "")
    console.print(table)
    if report.cold_seconds:
        console.print(COLD_MEANS, style="dim", highlight=False, soft_wrap=True)
    phases = "  ".join(f"{name} {seconds:.0f} s" for name, seconds in report.phases.items())
    if phases:
        console.print(phases, style="dim", highlight=False)


def show_spread(rehearsals: Sequence[Report], console: Console) -> None:
    """Print how much the notebooks' times differ from one of these rehearsals to the next, in seconds."""
    table = Table(title=f"Dispersão: {_count(len(rehearsals))}", title_justify="left", title_style="bold")
    table.add_column("notebook")
    for heading in ("até o fim", "mínimo", "mediana", "máximo", "orçamento"):
        table.add_column(heading, justify="right")
    for row in spread.per_notebook(rehearsals):
        table.add_row(*_spread_cells(row))
    table.add_section()
    table.add_row(*_spread_cells(spread.of_the_whole(rehearsals)))
    console.print(table)


def _spread_cells(row: Spread) -> tuple[str, ...]:
    ended = f"{len(row.seconds)}/{row.ran}"
    if len(row.seconds) < row.ran:
        ended = f"[red]{ended}[/red]"
    budget = str(row.budget_seconds or "–")
    if not row.seconds:
        return row.name, ended, "–", "–", "–", budget
    highest = f"{row.highest:.0f}"
    if row.over_budget:
        highest = f"[red]{highest}[/red]"
    return row.name, ended, f"{row.lowest:.0f}", f"{row.middle:.0f}", highest, budget


def _count(rehearsals: int) -> str:
    return "1 ensaio" if rehearsals == 1 else f"{rehearsals} ensaios"


def _cold(seconds: float) -> str:
    return f"{seconds:.0f}" if seconds else "–"


def _mark(result: NotebookResult) -> str:
    if not result.started:
        return "[dim]não rodou[/dim]"
    return "[green]✓[/green]" if result.ok else "[red]✗[/red]"
