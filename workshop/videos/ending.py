"""Where the story stands before a notebook is played and after it: what a recording has to have brought about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workshop import board
from workshop import settings as config
from workshop.board import words
from workshop.errors import WorkshopError
from workshop.kargo import promotions
from workshop.story import ci, points, repository

MOVES: Final = {5: "dev", 6: "stg", 7: "prod", 8: "dev"}
"""The notebook → the Stage that it brings to what `main` holds when it ends. Every other Stage stays where it is."""
_TAKES_BY_ITSELF: Final = "dev"
"""Once an image is there this Stage takes it, whether somebody looks on or not."""


@dataclass(frozen=True)
class Ending:
    """**stages**: the version in each environment. **on_screen**: texts that the last picture has to show."""

    stages: dict[str, str]
    on_screen: list[str]


def prepare(number: int) -> dict[str, str]:
    """Bring the workshop to where the notebook begins; the version in each environment then."""
    points.reach(number)
    found = versions()
    if number == 5 and found[_TAKES_BY_ITSELF] == repository.head()[:8]:
        # `points` leaves it, for the notebook runs all the same; on film nothing would be seen to arrive.
        points.reach(points.FIRST_OF_DEMO)
        points.reach(number)
        found = versions()
    return found


def versions() -> dict[str, str]:
    """The tag of what each environment has, as Kargo says."""
    return {stage: promotions.current_tag(stage) or "" for stage in config.ENVIRONMENTS}


def check(number: int, before: dict[str, str]) -> Ending:
    """Where the story has to stand after the notebook, compared with where it does.

    Raises `WorkshopError` where it stands elsewhere.
    """
    head, found = repository.head(), versions()
    tag = head[:8]
    if not ci.is_published(head):
        raise WorkshopError(f"As imagens de {tag} não estão no registro.", fix="workshop doctor")
    expected = {**before, **({MOVES[number]: tag} if number in MOVES else {})}
    if number not in MOVES:
        # Its image may have been found already.
        expected[_TAKES_BY_ITSELF] = found[_TAKES_BY_ITSELF]
    if wrong := [stage for stage in config.ENVIRONMENTS if found[stage] != expected[stage]]:
        told = "\n".join(f"{stage}: {found[stage] or '–'}, e não {expected[stage]}" for stage in wrong)
        raise WorkshopError(f"O notebook {number:02} não acabou onde devia.", details=told, fix="workshop doctor")
    return Ending(found, [words.line(board.read())] if number in MOVES else [tag])


def demand(ending: Ending, seen: str) -> None:
    """Raise `WorkshopError` where a text that has to be in the last picture is not."""
    if missing := [text for text in ending.on_screen if text not in seen]:
        raise WorkshopError(f"A última imagem não mostra «{'», «'.join(missing)}».", details=seen[-600:])
