"""The first page in JupyterLab: every notebook with its time, the last rehearsal, and where the story stands."""

from __future__ import annotations

from collections.abc import Mapping

from IPython.display import Markdown

from workshop import board, paths
from workshop import settings as config
from workshop.board import words
from workshop.errors import WorkshopError
from workshop.rehearsal import flows, history
from workshop.rehearsal.schedule import ALL, Notebook


def now() -> Markdown:
    """The page as of this moment."""
    return Markdown(f"{table(last_rehearsal())}\n\n{standing()}")


def links() -> str:
    """The notebooks with their budgets, as a table whose links lead to them."""
    return "\n".join(("| notebook | o que se vê | roteiro |", "|---|---|---|", *map(_row, ALL)))


def table(seconds: Mapping[str, float]) -> str:
    """The same, with what each took in the last rehearsal; **seconds**: by the notebook's name."""
    rows = (f"{_row(book)} {_mark(book, seconds)} |" for book in ALL)
    return "\n".join(("| notebook | o que se vê | roteiro | último ensaio |", "|---|---|---|---|", *rows))


def _row(book: Notebook) -> str:
    return f"| [{book.path.stem}]({book.file}) | {book.title} | {book.budget_text} |"


def _mark(book: Notebook, seconds: Mapping[str, float]) -> str:
    if book.path.stem not in seconds:
        return "–"
    took = seconds[book.path.stem]
    late = book.budget_seconds is not None and took > book.budget_seconds
    return f"{'✗' if late else '✓'} {took:.0f} s"


def last_rehearsal() -> dict[str, float]:
    """What each notebook that the last rehearsal ran to its end takes in the talk, by name; or nothing."""
    report = history.read(flows.LATEST) or {"notebooks": ()}
    return {book["name"]: history.talk_seconds(book) for book in report["notebooks"] if history.passed(book)}


def standing() -> str:
    """Which version is in each environment; or what to do where nothing answers."""
    if not paths.KUBECONFIG.exists():
        return "Ainda não há cluster: comece pelo notebook 00, ou rode `make up`."
    try:
        stages = board.read().stages
    except WorkshopError as error:
        return f"O cluster não responde ({error.message}): `workshop doctor` diz por quê."
    versions = " · ".join(
        f"[{stage.name}]({config.environment_url(stage.name)}) {words.serving(stage)}" for stage in stages
    )
    return f"No ar: {versions}"
