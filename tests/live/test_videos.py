"""The player that records the backup videos, in JupyterLab in a real browser: what it does with a notebook of ours.

The videos themselves are recorded with `make videos`, which takes half an hour; tests/unit/videos looks at them.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import nbformat
import pytest
from playwright.sync_api import Page

from tests.live.phases import Phase
from workshop.errors import WorkshopError
from workshop.rehearsal import lab
from workshop.story import consent
from workshop.videos import browser, manifest, script
from workshop.videos.player import Player

BOOK: Final = "book.ipynb"
QUESTION: Final = f"""import asyncio
import ipywidgets

pressed = asyncio.Event()
button = ipywidgets.Button(description={consent.BUTTON!r})
button.on_click(lambda _: pressed.set())
display(button)
await pressed.wait()
await asyncio.sleep(1.5)
print("pressed")"""
pytestmark = [pytest.mark.phase(Phase.BESIDE), pytest.mark.timeout(300)]


@pytest.fixture(scope="module", name="served")
def fixture_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, lab.Lab]]:
    """JupyterLab as the recorder starts it, on an empty folder."""
    folder = tmp_path_factory.mktemp("notebooks")
    with lab.serving(folder, folder.with_suffix(".log")) as running:
        yield folder, running


@pytest.fixture(name="page")
def fixture_page() -> Iterator[Page]:
    with browser.headless() as chromium:
        yield chromium.new_page(viewport={"width": 1440, "height": 711})


def player(page: Page, served: tuple[Path, lab.Lab], *cells: str, limit: float = 60) -> Player:
    """A player at the beginning of a notebook; a cell that starts with `#` is Markdown."""
    folder, running = served
    made = [
        (nbformat.v4.new_markdown_cell if source.startswith("#") else nbformat.v4.new_code_cell)(source)
        for source in cells
    ]
    book = nbformat.v4.new_notebook(cells=made)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, folder / BOOK)
    scenes = script.scenes(manifest.cells(json.loads(nbformat.writes(book))))
    found = Player(page, scenes, name=BOOK, limit=limit)
    found.open(running.url(BOOK, alone=True))
    return found


def test_it_runs_every_cell_presses_the_button_and_ends_where_it_should(
    page: Page, served: tuple[Path, lab.Lab]
) -> None:
    # The button stays where it is, and the cell after it takes its time: it has none of its own to press.
    slow = "import time\n\ntime.sleep(2)\nprint('dois' * 2)"
    playing = player(page, served, "# Título", "print('um')", QUESTION, slow, "# Fim")
    spans = playing.walk(closing=3)

    assert "pressed" in playing.seen()
    assert "doisdois" in playing.seen()
    assert {span.scene for span in spans} == {0, 1, 2, 3}
    assert all(before.end <= after.start for before, after in itertools.pairwise(spans))
    assert sum(span.waits for span in spans) == 4, "one for each cell, and one more after the button"


def test_a_cell_that_fails_ends_the_recording_with_its_words(page: Page, served: tuple[Path, lab.Lab]) -> None:
    playing = player(page, served, "# Título", "print('um')", "raise ValueError('sem disco')", "print('nunca')")
    with pytest.raises(WorkshopError, match="raise ValueError") as refused:
        playing.walk(closing=3)
    assert "sem disco" in refused.value.details
    assert "nunca\n" not in playing.seen()


def test_a_cell_that_hangs_ends_it_too_and_says_what_was_printed_last(page: Page, served: tuple[Path, lab.Lab]) -> None:
    hanging = "import time\n\nprint('quase', flush=True)\ntime.sleep(60)"
    playing = player(page, served, "# Título", hanging, limit=12)
    with pytest.raises(WorkshopError, match="limite, 12 s") as refused:
        playing.walk(closing=1)
    assert "quase" in refused.value.details
