"""What a bench found, as data and as a table."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from workshop import paths
from workshop.errors import WorkshopError
from workshop.machine import description
from workshop.numbers import decimal

LATEST: Final = paths.BENCHES / "latest.json"


@dataclass
class Measurement:
    """One thing that was measured again and again: **seconds** each time.

    **most**: how many times the yardstick's median theirs may be.
    **parts**: where the time went, in seconds since the beginning, once for each time.
    **requests**, **failed**: of a visitor who has not stopped asking meanwhile.
    """

    name: str
    title: str
    most: float | None = None
    seconds: list[float] = field(default_factory=list)
    parts: list[dict[str, float]] = field(default_factory=list)
    requests: int = 0
    failed: int = 0

    @property
    def median(self) -> float:
        """The time in the middle, which one slow run does not move; seconds."""
        return median(self.seconds)

    def note(self, seconds: float, **parts: float) -> None:
        """Write one time down."""
        self.seconds.append(seconds)
        if parts:
            self.parts.append({name: round(value, 2) for name, value in parts.items()})


@dataclass
class Bench:
    """A whole run. **yardstick**: what the others are compared with, for seconds are the machine's."""

    yardstick: Measurement
    measurements: list[Measurement]
    kargo: str
    machine: dict[str, Any] = field(default_factory=dict)
    started: str = field(default_factory=description.now)
    finished: str = ""

    @property
    def all(self) -> list[Measurement]:
        """In the order in which they are shown."""
        return [*self.measurements, self.yardstick]

    @property
    def problem(self) -> str:
        """A sentence about each thing that takes too long, or whose visitors were turned away; or nothing."""
        said = []
        for item in self.measurements:
            if self.is_over(item):
                times = f"{decimal(self.ratio(item))} × o kubectl set image; o limite é {item.most:.0f} ×."
                said.append(f"{item.title} levou {times}")
            if item.failed:
                failed = f"{item.failed} de {item.requests} requisições falharam; nenhuma pode falhar."
                said.append(f"{item.title}: {failed}")
        return " ".join(said)

    def ratio(self, item: Measurement) -> float:
        """How many times the yardstick's median it takes."""
        return item.median / self.yardstick.median

    def is_over(self, item: Measurement) -> bool:
        """Whether it takes longer than it may."""
        return item.most is not None and self.ratio(item) > item.most

    def as_dict(self) -> dict[str, Any]:
        """As it is written down."""
        return {
            "ok": not self.problem,
            "started": self.started,
            "finished": self.finished,
            "kargo": self.kargo,
            "machine": self.machine,
            "times": len(self.yardstick.seconds),
            "measurements": [
                {
                    "name": item.name,
                    "seconds": [round(value, 2) for value in item.seconds],
                    "median": round(item.median, 2),
                    "ratio": round(self.ratio(item), 2),
                    "most_ratio": item.most,
                    "parts": item.parts,
                    "requests": item.requests,
                    "failed_requests": item.failed,
                }
                for item in self.all
            ],
        }

    def write(self) -> Path:
        """Write it into a file of its own, to which `latest.json` leads."""
        self.finished = description.now()
        paths.BENCHES.mkdir(parents=True, exist_ok=True)
        stamp = self.started.replace("-", "").replace(":", "").partition("+")[0]
        path = paths.BENCHES / f"{stamp}Z.json"
        path.write_text(json.dumps(self.as_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        paths.lead(LATEST, path)
        return path

    def show(self, console: Console) -> None:
        """Print the table."""
        times = len(self.yardstick.seconds)
        table = Table(title=f"Mediana de {times}", title_justify="left", title_style="bold")
        table.add_column("medida")
        for heading in ("mediana", "× kubectl", "limite"):
            table.add_column(heading, justify="right")
        table.add_column("cada vez", style="dim")
        table.add_column("", justify="center")
        for item in self.all:
            table.add_row(
                item.title,
                f"{decimal(item.median)} s",
                "1" if item is self.yardstick else decimal(self.ratio(item)),
                f"{item.most:.0f}" if item.most else "–",
                " ".join(map(decimal, item.seconds)),
                "" if item.most is None else "[red]✗[/red]" if self.is_over(item) else "[green]✓[/green]",
            )
        console.print(table)
        machine = f"{self.machine['cpus']} CPUs · {decimal(self.machine['memory_gib'])} GiB · {self.machine['system']}"
        if "node_memory_gib" in self.machine:
            machine += f" · o nó usa {decimal(self.machine['node_memory_gib'])} GiB"
        console.print(f"{self.kargo} · {machine}", style="dim")
        for item in self.measurements:
            if item.requests:
                console.print(f"{item.title}: {item.requests} requisições, {item.failed} falharam", style="dim")

    def demand(self) -> None:
        """Raise `WorkshopError` where something takes longer than it may, or a visitor was turned away."""
        if self.problem:
            raise WorkshopError(self.problem, fix="uptime   # a máquina tem mais o que fazer? `--no-limits` só mede")
