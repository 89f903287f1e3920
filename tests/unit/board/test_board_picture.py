"""The drawing itself: a picture that keeps, can be read by everybody and from afar; and the same in a terminal."""

from __future__ import annotations

import io
import itertools
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from rich.console import Console

from tests import board_story as story
from workshop.board import picture, state, terminal
from workshop.board.live import Picture
from workshop.board.state import Board, Outage, Stage
from workshop.kargo.objects import Freight, Promotion, Snapshot, Step

SVG = "{http://www.w3.org/2000/svg}"
MOST_LINES = 50
"""Of an output in a notebook: see test_notebooks.py."""
SMALLEST_LETTERS = 17
"""Of the picture's 1200 units: the rest of a version that nobody has to read from the last row."""
WIDTHS = {
    "DEV": 2.29,
    "STG": 2.22,
    "PROD": 3.18,
    "● promovendo": 8.29,
    "● na fila": 4.71,
    "● voltando atrás": 9.43,
    "● voltou atrás": 8.04,
    "● interrompida": 8.60,
    "● sem resposta": 8.80,
    "● em transição": 8.54,
    "● saudável": 6.27,
}
"""Of bold DejaVu Sans, the widest font that may be there, as Chromium measures it: the letter's height is 1."""
LOST = Outage(story.NOW, "conexão recusada")
LONG = Board(
    Snapshot(freights=(Freight("f", ("1a2b3c4d",), "extraordinarily-knowledgeable-salamander", story.NOW),)),
    stages=(
        Stage("dev", "1a2b3c4d", alias="extraordinarily-knowledgeable-salamander", serving=("1a2b3c4d", "5d82f36d")),
        Stage("stg", running=Promotion("p", "stg", "f", "<&>", "Running", "po", story.NOW, steps=(Step("odd" * 9),))),
        Stage("prod", last=Promotion("prod.0123456789.1234567", "prod", "f", "", "Aborted", "po")),
    ),
    outage=LOST,
)
BOARDS = {name: state.of(moment()) for name, moment in story.MOMENTS.items()} | {
    "lost": state.of(story.everywhere(), LOST),
    "empty": Board(),
    "long": LONG,
}


@pytest.fixture(name="board", params=BOARDS.values(), ids=BOARDS)
def fixture_board(request: pytest.FixtureRequest) -> Board:
    return request.param


def drawn(board: Board) -> Element:
    return ElementTree.fromstring(picture.drawing(board, story.NOW))  # noqa: S314


def texts(board: Board) -> list[str]:
    return [node.text or "" for node in drawn(board).iter(f"{SVG}text")]


def marks(board: Board) -> list[str | None]:
    """How the pieces of the bar of steps are coloured."""
    return [node.get("class") for node in drawn(board).iter(f"{SVG}rect") if node.get("height") == "16"]


def test_it_is_an_image_and_nothing_else(board: Board) -> None:
    assert {node.tag.removeprefix(SVG) for node in drawn(board).iter()} <= {"svg", "style", "rect", "text"}
    written = picture.drawing(board, story.NOW)
    assert len(written.splitlines()) < MOST_LINES
    assert "http" not in written.replace("http://www.w3.org/2000/svg", "")
    assert not {"width", "height"} & set(drawn(board).keys()), "JupyterLab cuts off what is wider than its column"


def test_every_text_fits_and_is_large_enough(board: Board) -> None:
    for node in drawn(board).iter(f"{SVG}text"):
        size, words = float(node.get("font-size", 0)), node.text or ""
        start = float(node.get("x", 0))
        letter = 0.61 if "mono" in node.get("class", "") else 0.57
        width = {"start": 1.0, "middle": 0.5, "end": 0.0}[node.get("text-anchor", "start")] * letter * size * len(words)
        assert start + width <= picture.WIDTH, words
        assert board is LONG or size >= SMALLEST_LETTERS, words


def test_a_stage_s_name_leaves_room_for_what_is_said_of_it(board: Board) -> None:
    nodes = [node for node in drawn(board).iter(f"{SVG}text") if node.text]
    for name, said in itertools.pairwise(nodes):
        if name.text in WIDTHS and said.text in WIDTHS:
            wide = [WIDTHS[str(node.text)] * float(node.get("font-size", 0)) for node in (name, said)]
            assert sum(wide) + 8 <= float(said.get("x", 0)) - float(name.get("x", 0)), (name.text, said.text)


def test_every_colour_is_there_twice_and_stands_out() -> None:
    for choice in (0, 1):
        for name, colours in picture._COLOURS.items():
            if name not in ("base", "box", "rest"):
                assert contrast(colours[choice], picture._COLOURS["box"][choice]) >= 4.5, name
        band = picture._COLOURS["base"][choice]
        assert contrast(band, picture._COLOURS[picture.Tone.BACK][choice]) >= 4.5
        assert contrast(band, picture._COLOURS[picture.Tone.BAD][choice]) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast of two colours."""
    lights = []
    for colour in (one, other):
        parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_a_promotion_under_way_shows_its_steps() -> None:
    shown = texts(BOARDS["promoting"])
    for words in ("● promovendo", "→ 81dc5fc6 · automático · 6 s", "sync 7/9 · Argo CD e portão", "a caminho de dev"):
        assert words in shown
    assert "81dc5fc6 ainda não pronto" in shown
    assert marks(BOARDS["promoting"]) == ["good"] * 6 + ["busy"] + ["rest"] * 2


def test_the_way_back_has_its_own_colour() -> None:
    marks = [
        node.get("class") for node in drawn(BOARDS["turning-back"]).iter(f"{SVG}rect") if node.get("height") == "16"
    ]
    assert marks == ["good"] * 6 + ["bad"] + ["rest"] * 2 + ["back"] * 6 + ["rest"]


def test_a_rollback_is_called_what_it_is() -> None:
    shown = texts(BOARDS["rolled-back"])
    for words in ("● voltou atrás", f"↩ recusou {story.BAD}", "commit ROLLBACK 6d2daa9", "recusado em dev"):
        assert words in shown


def test_who_approved_and_when_is_there() -> None:
    shown = texts(BOARDS["everywhere"])
    for words in ("automático", "QA aprovou", "PO aprovou", "há 12 s", "kind-quoll", "● sincronizado"):
        assert words in shown


def test_a_server_that_is_gone_is_said_with_the_time() -> None:
    assert any(words.startswith("⚠ esperando a API do Kubernetes desde ") for words in texts(BOARDS["lost"]))


def test_a_notebook_gets_an_image_and_a_line() -> None:
    shown = Picture(BOARDS["start"], story.NOW)._repr_mimebundle_()
    assert set(shown) == {"image/svg+xml", "text/plain"}
    assert shown["text/plain"].startswith("dev c2258e5d saudável → stg")


def test_the_terminal_says_the_same(board: Board) -> None:
    console = Console(file=io.StringIO(), width=140)
    console.print(terminal.rendered(board, story.NOW))
    written = console.file.getvalue()  # type: ignore[attr-defined]
    for stage in board.stages:
        assert stage.name in written
    for words in ("rollback", "recusou 5d82f36d: commit ROLLBACK 6d2daa9") if board is BOARDS["rolled-back"] else ():
        assert words.lower() in written.lower()
    if board is BOARDS["promoting"]:
        assert "dev → 81dc5fc6 · automático · 6 s  ▰▰▰▰▰▰▶▱▱  sync 7/9 · Argo CD e portão" in written
    if board.outage:
        assert "esperando a API do Kubernetes desde" in written
