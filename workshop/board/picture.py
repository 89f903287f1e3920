"""The board as one inline drawing: it needs no script, so it is kept in the notebook as it was."""

from __future__ import annotations

from html import escape
from typing import Final

from workshop.board.state import StageState, read

# Catppuccin, as the application wears it.
BASE: Final = "#1e1e2e"
SURFACE: Final = "#313244"
TEXT: Final = "#cdd6f4"
SUBTEXT: Final = "#a6adc8"
GREEN: Final = "#a6e3a1"
PEACH: Final = "#fab387"
RED: Final = "#f38ba8"
OVERLAY: Final = "#6c7086"
APPROVAL: Final = {"dev": "automática", "stg": "aprovação da QA", "prod": "aprovação da PO"}

_WIDTH, _HEIGHT, _BOX, _GAP = 760, 170, 220, 40


def show(states: list[StageState] | None = None) -> None:
    """Show dev · stg · prod with their versions; in a terminal, as text."""
    # IPython takes a second to import, and the command line reads this module too.
    from IPython.display import display  # noqa: PLC0415

    display(Board(states if states is not None else read()))


class Board:
    """The drawing, as a notebook displays it."""

    def __init__(self, states: list[StageState]) -> None:
        self._states = states

    def _repr_html_(self) -> str:
        return drawing(self._states)

    def __repr__(self) -> str:
        return " → ".join(f"{state.stage} {state.served or '–'} {verdict(state)[0]}" for state in self._states)


def verdict(state: StageState) -> tuple[str, str]:
    """What to say about an environment, and in which colour."""
    if not state.served:
        return "sem resposta", RED if state.tag else OVERLAY
    if state.rolled_back:
        return "voltou atrás", PEACH
    if not state.tag:
        return "no ar", GREEN
    return ("saudável", GREEN) if state.is_well else ("em transição", PEACH)


def drawing(states: list[StageState]) -> str:
    """The SVG of the three environments."""
    boxes = "".join(_box(state, 10 + index * (_BOX + _GAP)) for index, state in enumerate(states))
    arrows = "".join(
        f'<text x="{10 + index * (_BOX + _GAP) - _GAP / 2}" y="93" fill="{SUBTEXT}" font-size="24" '
        f'text-anchor="middle">→</text>'
        for index in range(1, len(states))
    )
    label = escape(", ".join(f"{state.stage}: {state.served or 'nada'}" for state in states))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" aria-label="{label}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="system-ui, sans-serif">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="14" fill="{BASE}"/>{boxes}{arrows}</svg>'
    )


def _box(state: StageState, left: int) -> str:
    words, colour = verdict(state)
    middle = left + _BOX / 2
    return (
        f'<rect x="{left}" y="15" width="{_BOX}" height="140" rx="10" fill="{SURFACE}" '
        f'stroke="{colour}" stroke-width="2"/>'
        f'<text x="{middle}" y="45" fill="{TEXT}" font-size="18" font-weight="700" text-anchor="middle">'
        f"{escape(state.stage.upper())}</text>"
        f'<text x="{middle}" y="87" fill="{colour}" font-size="26" font-family="ui-monospace, monospace" '
        f'text-anchor="middle">{escape(state.served or "–")}</text>'
        f'<text x="{middle}" y="116" fill="{colour}" font-size="14" text-anchor="middle">'
        f"● {escape(words)}</text>"
        f'<text x="{middle}" y="140" fill="{SUBTEXT}" font-size="12" text-anchor="middle">'
        f"{escape(APPROVAL.get(state.stage, ''))}</text>"
    )
