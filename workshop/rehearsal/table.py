"""The report as people read it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from workshop.rehearsal import report as reports
from workshop.rehearsal.report import NotebookResult, Report


def show(report: Report, console: Console) -> None:
    """Print the table: notebook, seconds, budget, ✓ or ✗; and below it what went wrong."""
    table = Table(title="Ensaio", title_justify="left", title_style="bold")
    table.add_column("notebook")
    table.add_column("segundos", justify="right")
    table.add_column("orçamento", justify="right")
    table.add_column("células", justify="right")
    table.add_column("", justify="center")
    for result in report.notebooks:
        ran = result.status != reports.NOT_RUN
        table.add_row(
            result.name,
            f"{result.seconds:.0f}" if ran else "–",
            str(result.budget_seconds or "–"),
            f"{result.cells_run}/{result.cells}" if ran else "–",
            _mark(result),
        )
    if len(report.notebooks) > 1:
        table.add_section()
        table.add_row("total", f"{sum(result.seconds for result in report.notebooks):.0f}", "", "", "")
    console.print(table)
    phases = "  ".join(f"{name} {seconds:.0f} s" for name, seconds in report.phases.items())
    if phases:
        console.print(phases, style="dim", highlight=False)


def _mark(result: NotebookResult) -> str:
    if result.status == reports.NOT_RUN:
        return "[dim]não rodou[/dim]"
    return "[green]✓[/green]" if result.ok else "[red]✗[/red]"
