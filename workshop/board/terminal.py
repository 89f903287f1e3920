"""The board in a terminal: tables that rich draws, with what happens under them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from workshop.board import words
from workshop.board.picture import FREIGHT_SHOWN
from workshop.board.state import Board, Stage
from workshop.board.words import Tone
from workshop.kargo import api
from workshop.kargo.objects import Step

_STYLES: Final = {
    Tone.GOOD: "green",
    Tone.BUSY: "cyan",
    Tone.BACK: "yellow",
    Tone.BAD: "bold red",
    Tone.IDLE: "dim",
}
_MARKS: Final = {api.SUCCEEDED: "▰", api.RUNNING: "▶", api.SKIPPED: "·", "": "▱"}


def rendered(board: Board, now: datetime) -> Group:
    """The same as the picture shows; ages are counted up to **now**."""
    parts: list[RenderableType] = []
    if board.outage:
        parts.append(Text(f"⚠ {words.outage(board.outage)}", style=_STYLES[Tone.BAD]))
    parts += [_freight(board, now), _stages(board, now)]
    parts += [line for stage in board.stages if (line := _happening(stage, now))]
    return Group(*parts)


def _freight(board: Board, now: datetime) -> RenderableType:
    seen = words.warehouse(board.warehouse)
    title = Text.assemble("Warehouse ", board.warehouse.name if board.warehouse else words.NOTHING, ": ", _said(seen))
    table = Table(title=title, title_justify="left")
    for heading in ("Freight", "alias", "idade", "onde"):
        table.add_column(heading)
    for one in board.freight[:FREIGHT_SHOWN]:
        table.add_row(one.tag, one.alias, words.age(one.created, now), _said(words.place(one, board)))
    return table


def _stages(board: Board, now: datetime) -> RenderableType:
    table = Table()
    for heading in ("ambiente", "no ar", "como vai", "saúde", "sincronia", "promovido", "por quem"):
        table.add_column(heading)
    for stage in board.stages:
        table.add_row(
            stage.name,
            words.serving(stage),
            _said(words.verdict(stage)),
            _said(words.health(stage)),
            _said(words.sync(stage)),
            stage.tag or words.NOTHING,
            " · ".join(filter(None, (words.approval(stage), words.age(stage.since, now)))) or words.NOTHING,
        )
    return table


def _happening(stage: Stage, now: datetime) -> Text | None:
    """What goes on in an environment, or went wrong there last."""
    style = _STYLES[words.verdict(stage).tone]
    if stage.running:
        bar = "".join(_mark(step) for step in stage.running.way)
        said = f"{words.under_way(stage.running, now)}  {bar}  {words.step(stage.running)}"
        return Text(f"{stage.name} {said}", style=style)
    refused, became = words.refusal(stage)
    if refused:
        return Text(f"{stage.name} ↩ {refused}: {became}", style=style)
    waiting = words.arriving(stage)
    return Text(f"{stage.name}: {waiting}", style=_STYLES[Tone.BUSY]) if waiting else None


def _mark(step: Step) -> str:
    return _MARKS.get(step.status, "✗")


def _said(said: words.Said) -> Text:
    return Text(said.words, style=_STYLES[said.tone])
