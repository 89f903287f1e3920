"""The notebooks where a presenter has them: in JupyterLab, in a real browser, the board moving while cells run."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.live import lab
from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop.board.visitor import served_version
from workshop.kargo import guests, objects, promotions, warehouse
from workshop.rehearsal import schedule
from workshop.story import points, repository

LIMIT_SECONDS: Final = 2.0
"""From a change in the cluster until the page shows it."""
CELL_SECONDS: Final = 180.0
CELLS: Final = ("from workshop import board\n\nboard.show()", "import time\n\ntime.sleep(60)")
pytestmark = [pytest.mark.phase(Phase.MOVES_THE_STORY), pytest.mark.timeout(900)]

Open = Callable[[Path], Page]


@pytest.fixture(name="open_in_lab")
def fixture_open_in_lab(rehearsal: Rehearsal, tmp_path: Path) -> Iterator[Open]:
    """Opens a copy of a notebook: what runs in it must not end up in the tree."""
    with contextlib.ExitStack() as until_the_end:

        def open_in_lab(notebook: Path) -> Page:
            book = Path(shutil.copy(notebook, tmp_path)).name
            return until_the_end.enter_context(lab.opened(tmp_path, book))

        yield open_in_lab


def test_it_moves_while_another_cell_runs(open_in_lab: Open, tmp_path: Path) -> None:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (tmp_path / "written").mkdir()
    nbformat.write(book, tmp_path / "written" / "board.ipynb")
    page = open_in_lab(tmp_path / "written" / "board.ipynb")
    first, second = page.locator(".jp-CodeCell").nth(0), page.locator(".jp-CodeCell").nth(1)
    first.click()
    page.keyboard.press("Shift+Enter")
    image = first.locator(lab.BOARD)
    image.wait_for()
    box, column = image.bounding_box(), first.bounding_box()
    assert box is not None
    assert column is not None
    assert box["x"] + box["width"] <= column["x"] + column["width"], "it is cut off"
    page.keyboard.press("Shift+Enter")
    expect(second.locator(".jp-InputPrompt")).to_have_text("[*]:")

    with guests.hosting() as visitors:
        tag = visitors.publish(visitors.held["dev"])
        warehouse.ask()
        promotions.freight_for(tag)
        told = time.monotonic()
        while tag not in page.evaluate(lab.SHOWN):
            assert time.monotonic() - told < LIMIT_SECONDS
            time.sleep(0.05)
        expect(second.locator(".jp-InputPrompt")).to_have_text("[*]:")
        promotions.wait_for_promotion("dev", tag)
    assert second.locator(".jp-OutputArea-output").count() == 0


def test_notebook_05_as_it_is_stepped_through(open_in_lab: Open) -> None:
    """From the start of the demo, so that the new version comes to dev under the eyes of the audience."""
    points.reach(4)
    page = open_in_lab(_notebook(5).path)
    frames: dict[str, None] = {}

    def look(_: Locator) -> None:
        if page.locator(lab.BOARD).count():
            frames[page.evaluate(lab.SHOWN)] = None

    lab.step_through(page, CELL_SECONDS, look)
    assert len(frames) > 1, "the board has not moved"
    tag = repository.head()[:8]
    assert tag in list(frames)[-1]
    assert served_version("dev") == tag
    assert served_version("stg") == repository.first()[:8]


def test_notebook_06_waits_for_the_qas_button(open_in_lab: Open) -> None:
    """What stg goes from and to is there to be read; nothing is promoted before it is pressed."""
    points.reach(6)
    old, new = repository.first()[:8], repository.head()[:8]
    page = open_in_lab(_notebook(6).path)
    asked: list[str] = []

    def press(cell: Locator) -> None:
        button = cell.get_by_role("button", name="Aprovar")
        if button.count() and not asked:
            asked.append(cell.locator(".jp-OutputArea").inner_text())
            time.sleep(LIMIT_SECONDS)
            assert promotions.newest("stg", objects.look().freight(new)) is None
            button.click()

    lab.step_through(page, CELL_SECONDS, press)
    assert f"QA: stg vai de {old} para {new}?" in asked[0]
    made = promotions.newest("stg", objects.look().freight(new))
    assert made is not None
    assert made.actor == "qa"
    assert served_version("stg") == new


def _notebook(number: int) -> schedule.Notebook:
    (found,) = schedule.select(only=[number])
    return found
