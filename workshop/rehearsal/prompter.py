"""The presenter's own window: what the runbook says of the part that is on stage, and how much of its time is left.

In a terminal, so that neither the audience's screen nor the notebooks' outputs have any of it. The first cell of each
notebook, run by hand in JupyterLab, notes which part has begun (`workshop.story.points`).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.markdown import Markdown
from rich.text import Text

from workshop import paths
from workshop.errors import WorkshopError
from workshop.rehearsal import agenda

RUNBOOK: Final = paths.ROOT / "docs" / "talk" / "runbook.md"
_LATE, _SOON = "bold red", "bold yellow"
_SOON_SECONDS: Final = 60


@dataclass(frozen=True)
class OnStage:
    """Which notebook was begun last, and when, in seconds since 1970."""

    notebook: int
    began: float


def on_stage() -> OnStage | None:
    """What the last first cell has noted; None where none was run by hand yet."""
    try:
        noted = json.loads(paths.ON_STAGE.read_text(encoding="utf-8"))
        return OnStage(int(noted["notebook"]), float(noted["began"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def notes(notebook: int) -> str:
    """The runbook's section on that notebook's part of the talk, without its heading.

    Raises `WorkshopError` where the talk has no such part.
    """
    for start, part in agenda.timetable():
        if part.notebook == notebook:
            text = RUNBOOK.read_text(encoding="utf-8")
            _, _, after = text.partition(f"## {start} · {part.title} · {part.minutes} min\n")
            return after.partition("\n## ")[0].strip()
    known = ", ".join(f"{part.notebook:02}" for part in agenda.PARTS if part.notebook)
    raise WorkshopError(f"O roteiro não tem notas para o notebook {notebook:02}.", fix=f"workshop notes   # {known}")


def shown(notebook: int) -> Markdown:
    """The same, as a terminal shows it."""
    return Markdown(notes(notebook))


def clock(notebook: int, seconds: float) -> Text:
    """How much is left of a part that has lasted so many seconds; how much too much, where nothing is."""
    part = next(part for part in agenda.PARTS if part.notebook == notebook)
    left = part.minutes * 60 - seconds
    minutes, rest = divmod(int(abs(left)), 60)
    style = _LATE if left < 0 else _SOON if left < _SOON_SECONDS else "bold green"
    words = "além do tempo" if left < 0 else "restam"
    return Text(f"{notebook:02} · {part.title} · {words} {minutes}:{rest:02} de {part.minutes} min", style=style)


def page(now: float) -> Group | Text:
    """What the window shows at that moment."""
    current = on_stage()
    if current is None or agenda.budget_seconds(current.notebook) is None:
        return Text("Aguardando a primeira célula de um notebook da demonstração…", style="dim")
    return Group(clock(current.notebook, now - current.began), Text(), shown(current.notebook))


def follow(console: Console) -> None:
    """Show the page until Ctrl-C."""
    with Live(page(time.time()), console=console, screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(1)
            live.update(page(time.time()), refresh=True)
