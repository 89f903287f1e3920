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
from workshop.rehearsal import report as reports

LATEST: Final = paths.BENCHES / "latest.json"


@dataclass
class Measurement:
    """One thing that was measured again and again: **seconds** each time, **limit** for their median.

    **parts**: where the time went, in seconds since the beginning, once for each time.
    **most**: how many times the yardstick's median theirs may be.
    **requests**, **failed**: of a visitor who has not stopped asking meanwhile.
    """

    name: str
    title: str
    limit: float | None = None
    seconds: list[float] = field(default_factory=list)
    parts: list[dict[str, float]] = field(default_factory=list)
    most: float | None = None
    requests: int = 0
    failed: int = 0

    @property
    def median(self) -> float:
        """The time in the middle, which one slow run does not move; seconds."""
        return median(self.seconds)

    @property
    def over(self) -> bool:
        """Whether it takes longer than it may."""
        return self.limit is not None and self.median > self.limit

    def note(self, seconds: float, **parts: float) -> None:
        """Write one time down."""
        self.seconds.append(seconds)
        if parts:
            self.parts.append({name: round(value, 2) for name, value in parts.items()})


@dataclass
class Bench:
    """A whole run. **yardstick**: what every other measurement is compared with."""

    yardstick: Measurement
    measurements: list[Measurement]
    kargo: str
    machine: dict[str, Any] = field(default_factory=dict)
    started: str = field(default_factory=reports.now)
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
            if item.over:
                said.append(f"{item.title} levou {_decimal(item.median)} s; o limite é {item.limit:.0f} s.")
            if item.most is not None and self.ratio(item) > item.most:
                times = f"{_decimal(self.ratio(item))} × o kubectl set image; o limite é {item.most:.0f} ×."
                said.append(f"{item.title} levou {times}")
            if item.failed:
                said.append(f"{item.title}: {item.failed} de {item.requests} pedidos falharam; nenhum pode falhar.")
        return " ".join(said)

    def ratio(self, item: Measurement) -> float:
        """How many times the yardstick's median it takes."""
        return item.median / self.yardstick.median

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
                    "limit": item.limit,
                    "ratio": round(self.ratio(item), 2),
                    "parts": item.parts,
                    "requests": item.requests,
                    "failed_requests": item.failed,
                }
                for item in self.all
            ],
        }

    def write(self) -> Path:
        """Write it into a file of its own, to which `latest.json` leads."""
        self.finished = reports.now()
        paths.BENCHES.mkdir(parents=True, exist_ok=True)
        stamp = self.started.replace("-", "").replace(":", "").partition("+")[0]
        path = paths.BENCHES / f"{stamp}Z.json"
        path.write_text(json.dumps(self.as_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        new = LATEST.with_name(".latest")
        new.unlink(missing_ok=True)
        new.symlink_to(path.name)
        new.replace(LATEST)
        return path

    def show(self, console: Console) -> None:
        """Print the table."""
        times = len(self.yardstick.seconds)
        table = Table(title=f"Mediana de {times}", title_justify="left", title_style="bold")
        table.add_column("medida")
        for heading in ("mediana", "limite", "× kubectl"):
            table.add_column(heading, justify="right")
        table.add_column("cada vez", style="dim")
        table.add_column("", justify="center")
        for item in self.all:
            measured = item is self.yardstick
            table.add_row(
                item.title,
                f"{_decimal(item.median)} s",
                f"{item.limit:.0f} s" if item.limit else "–",
                "1" if measured else _decimal(self.ratio(item)),
                " ".join(map(_decimal, item.seconds)),
                "" if item.limit is None else "[red]✗[/red]" if item.over else "[green]✓[/green]",
            )
        console.print(table)
        machine = f"{self.machine['cpus']} CPUs · {_decimal(self.machine['memory_gib'])} GiB · {self.machine['system']}"
        if "node_memory_gib" in self.machine:
            machine += f" · o nó usa {_decimal(self.machine['node_memory_gib'])} GiB"
        console.print(f"{self.kargo} · {machine}", style="dim")
        for item in self.measurements:
            if item.requests:
                console.print(f"{item.title}: {item.requests} pedidos, {item.failed} falharam", style="dim")

    def demand(self) -> None:
        """Raise `WorkshopError` where something takes longer than it may."""
        if self.problem:
            raise WorkshopError(self.problem, fix="uptime   # a máquina tem mais o que fazer? `--no-limits` só mede")


def _decimal(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")
