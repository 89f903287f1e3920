"""The board as one drawing: SVG that needs no script and brings its own light and dark, for a notebook that is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import Final

from workshop import settings as config
from workshop.board import words
from workshop.board.state import Board, Stage
from workshop.board.words import Tone
from workshop.kargo import api
from workshop.kargo.objects import Freight, Promotion, Step

FREIGHT_SHOWN: Final = 3
WIDTH: Final = 1200
HEIGHT: Final = 614
_MARGIN: Final = 20
_PADDING: Final = 20
_TOP, _TOP_HEIGHT = 62, 166
_STAGES, _STAGE_HEIGHT, _STAGE_WIDTH, _STAGE_GAP = 250, 344, 364, 34
_STRIP_HEIGHT: Final = 100
_NAME_WIDTH: Final = 144
"""Of a Stage's name in capitals, and what stays free beside it."""
_WAREHOUSE_WIDTH, _ARROW_WIDTH, _FREIGHT_GAP = 226, 44, 16
_FREIGHT_WIDTH: Final = (
    WIDTH - 2 * _MARGIN - _WAREHOUSE_WIDTH - _ARROW_WIDTH - (FREIGHT_SHOWN - 1) * _FREIGHT_GAP
) / FREIGHT_SHOWN
_LETTER, _BOLD_LETTER, _MONO_LETTER = 0.54, 0.57, 0.61
"""Of a letter's height: how wide it is on the average, in the widest of the fonts that may be there."""
_COLOURS: Final = {
    # Catppuccin, as the application wears it: Latte (its colours a little darker, for contrast), Mocha.
    "base": ("#eff1f5", "#1e1e2e"),
    "box": ("#ffffff", "#313244"),
    "text": ("#4c4f69", "#cdd6f4"),
    "soft": ("#5c5f77", "#a6adc8"),
    "rest": ("#ccd0da", "#45475a"),
    Tone.GOOD: ("#2f7a1f", "#a6e3a1"),
    Tone.BUSY: ("#1a5fe0", "#89b4fa"),
    Tone.BACK: ("#a8480a", "#fab387"),
    Tone.BAD: ("#c00d34", "#f38ba8"),
    Tone.IDLE: ("#6c6f85", "#9ca2ba"),
}
_MARKS: Final = {
    api.SUCCEEDED: Tone.GOOD,
    api.RUNNING: Tone.BUSY,
    **dict.fromkeys(api.BAD, Tone.BAD),
}


def drawing(board: Board, now: datetime) -> str:
    """The SVG of a board; ages are counted up to **now**, which it shows too."""
    parts = [
        # Without a size of its own it is as wide as there is room: JupyterLab cuts off what is wider.
        f'<svg xmlns="http://www.w3.org/2000/svg" class="wb" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(words.line(board))}">',
        f"<style>{_style()}</style>",
        f'<rect class="base" width="{WIDTH}" height="{HEIGHT}" rx="18"/>',
        _header(board, now),
        _warehouse(board),
        *(_freight(one, board, now, _freight_left(index)) for index, one in enumerate(board.freight[:FREIGHT_SHOWN])),
        *(_stage(one, now, _stage_left(index)) for index, one in enumerate(board.stages)),
        *(
            _text(_stage_left(index) - _STAGE_GAP / 2, _STAGES + 100, "→", 28, "soft", anchor="middle")
            for index in range(1, len(board.stages))
        ),
        "</svg>",
    ]
    return "\n".join(parts)


def _header(board: Board, now: datetime) -> str:
    left, bottom = _MARGIN + 4, 44
    if board.outage:
        width = WIDTH - 2 * _MARGIN - 160
        said = _text(left, bottom, f"⚠ {words.outage(board.outage)}", 28, Tone.BAD, width=width, bold=True)
    else:
        said = _text(left, bottom, f"Projeto {config.PROJECT}", 26, "soft")
    return said + _text(WIDTH - _MARGIN - 4, bottom, f"às {words.clock(now)}", 24, "soft", anchor="end")


def _warehouse(board: Board) -> str:
    said = words.warehouse(board.warehouse)
    left, width = _MARGIN, _WAREHOUSE_WIDTH
    inside = width - 2 * _PADDING
    return (
        _box(left, _TOP, width, _TOP_HEIGHT, said.tone)
        + _text(left + _PADDING, _TOP + 42, "Warehouse", 26, "soft", width=inside)
        + _text(left + _PADDING, _TOP + 90, board.warehouse.name if board.warehouse else words.NOTHING, 40, "text",
                width=inside, bold=True)
        + _text(left + _PADDING, _TOP + 146, said.words, 26, said.tone, width=inside)
        + _text(left + width + _ARROW_WIDTH / 2, _TOP + 92, "→", 34, "soft", anchor="middle")
    )  # fmt: skip


def _freight(freight: Freight, board: Board, now: datetime, left: float) -> str:
    said = words.place(freight, board)
    inside = _FREIGHT_WIDTH - 2 * _PADDING
    return (
        _box(left, _TOP, _FREIGHT_WIDTH, _TOP_HEIGHT, said.tone)
        + _text(left + _PADDING, _TOP + 48, freight.tag, 40, "text", width=inside, mono=True, bold=True)
        + _text(left + _PADDING, _TOP + 82, freight.alias, 24, "soft", width=inside)
        + _text(left + _PADDING, _TOP + 112, words.age(freight.created, now), 24, "soft", width=inside)
        + _text(left + _PADDING, _TOP + 148, said.words, 26, said.tone, width=inside, bold=True)
    )


def _stage(stage: Stage, now: datetime, left: float) -> str:
    said = words.verdict(stage)
    start, end, inside = left + _PADDING, left + _STAGE_WIDTH - _PADDING, _STAGE_WIDTH - 2 * _PADDING
    waiting = words.arriving(stage)
    health, sync = words.health(stage), words.sync(stage)
    return "".join(
        (
            _box(left, _STAGES, _STAGE_WIDTH, _STAGE_HEIGHT, said.tone, width=4),
            _text(start, _STAGES + 47, stage.name.upper(), 36, "text", bold=True),
            _text(
                end, _STAGES + 46, f"● {said.words}", 24, said.tone, width=inside - _NAME_WIDTH, anchor="end", bold=True
            ),
            _text(
                start,
                _STAGES + 112,
                words.serving(stage),
                60,
                health.tone if stage.serving else said.tone,
                width=inside,
                mono=True,
                bold=True,
            ),
            _text(start, _STAGES + 147, waiting or stage.alias, 24, Tone.BUSY if waiting else "soft", width=inside),
            _text(start, _STAGES + 186, f"● {health.words}", 26, health.tone, width=inside),
            _text(start, _STAGES + 222, f"● {sync.words}", 26, sync.tone, width=inside),
            _strip(stage, now, left),
        )
    )


def _strip(stage: Stage, now: datetime, left: float) -> str:
    """What happens to the environment: a Promotion with its steps, a rollback; or who had brought what is there."""
    top, start, inside = _STAGES + _STAGE_HEIGHT - _STRIP_HEIGHT, left + _PADDING, _STAGE_WIDTH - 2 * _PADDING
    tone = words.verdict(stage).tone
    if stage.running:
        return (
            _steps(stage.running, start, top, inside)
            + _text(start, top + 52, words.under_way(stage.running, now), 24, tone, width=inside, bold=True)
            + _text(start, top + 83, words.step(stage.running), 24, "text", width=inside)
        )
    refused, became = words.refusal(stage)
    if refused:
        band = f'x="{left + 2:.1f}" y="{top}" width="{_STAGE_WIDTH - 4}" height="{_STRIP_HEIGHT - 2}" rx="10"'
        return (
            f'<rect class="{tone}" {band}/>'
            + _text(start, top + 44, f"↩ {refused}", 30, "base", width=inside, bold=True)
            + _text(start, top + 78, became, 24, "base", width=inside)
        )
    return _text(start, top + 44, words.approval(stage), 28, "text", width=inside, bold=True) + _text(
        start, top + 78, words.age(stage.since, now) if stage.tag else "", 24, "soft", width=inside
    )


def _steps(promotion: Promotion, left: float, top: float, width: float) -> str:
    """A bar with one piece for each step."""
    gap = 4
    each = (width - gap * (len(promotion.way) - 1)) / max(1, len(promotion.way))
    return "".join(
        f'<rect class="{_mark(step)}" x="{left + index * (each + gap):.1f}" y="{top + 2}" width="{each:.1f}" '
        f'height="16" rx="4"/>'
        for index, step in enumerate(promotion.way)
    )


def _mark(step: Step) -> str:
    tone = _MARKS.get(step.status, "rest")
    return Tone.BACK if step.is_way_back and tone in (Tone.GOOD, Tone.BUSY) else tone


def _stage_left(index: int) -> float:
    return _MARGIN + index * (_STAGE_WIDTH + _STAGE_GAP)


def _freight_left(index: int) -> float:
    return _MARGIN + _WAREHOUSE_WIDTH + _ARROW_WIDTH + index * (_FREIGHT_WIDTH + _FREIGHT_GAP)


def _box(left: float, top: float, across: float, down: float, tone: str, *, width: int = 2) -> str:
    return (
        f'<rect class="box line-{tone}" x="{left:.1f}" y="{top}" width="{across:.1f}" height="{down}" rx="12" '
        f'stroke-width="{width}"/>'
    )


def _text(
    x: float,
    y: float,
    said: str,
    size: float,
    colour: str,
    *,
    width: float = 0,
    anchor: str = "start",
    mono: bool = False,
    bold: bool = False,
) -> str:
    """One line of text; where it would be wider than **width** it is set smaller."""
    if not said:
        return ""
    if width:
        letter = _MONO_LETTER if mono else _BOLD_LETTER if bold else _LETTER
        size = min(size, width / (len(said) * letter))
    return (
        f'<text class="{colour}{" mono" if mono else ""}" x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}"'
        + (f' text-anchor="{anchor}"' if anchor != "start" else "")
        + (' font-weight="700"' if bold else "")
        + f">{escape(said)}</text>"
    )


def _style() -> str:
    """Every colour twice. By classes and not by variables, which programs that are no browsers do not know."""
    letters = (
        ".wb{font-family:system-ui,'Segoe UI','DejaVu Sans',sans-serif}"
        ".wb .mono{font-family:ui-monospace,'DejaVu Sans Mono',monospace}"
    )
    light, dark = ("".join(_rules(choice)) for choice in (0, 1))
    return f"{letters}{light}@media (prefers-color-scheme:dark){{{dark}}}"


def _rules(choice: int) -> Iterable[str]:
    for name, colours in _COLOURS.items():
        yield f".wb .{name}{{fill:{colours[choice]}}}"
        if isinstance(name, Tone):
            yield f".wb .line-{name}{{stroke:{colours[choice]}}}"
