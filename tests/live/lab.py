"""JupyterLab as `make lab` starts it, in a real browser, for the tests that look at what a presenter sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Locator, Page, expect

from workshop.rehearsal import lab
from workshop.videos import browser

PATIENCE_MS: Final = 90_000
BOARD: Final = ".jp-RenderedSVG img"
SHOWN: Final = f"() => decodeURIComponent(document.querySelector('{BOARD}').src)"
"""The picture of the board, as SVG."""
_CELLS: Final = """() => jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code').map(cell => cell.model.toJSON())"""
_HAS_RUN: Final = """number => jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code')[number].model.executionCount !== null"""


@contextmanager
def opened(folder: Path, book: str) -> Iterator[Page]:
    """A notebook of that folder in JupyterLab, its kernel ready; JupyterLab ends with it."""
    with lab.serving(folder, folder / "lab.log") as running, browser.headless() as chromium:
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(running.url(book))
        page.locator(".jp-CodeCell").first.click()
        # Until the kernel is there, JupyterLab asks which one to take.
        ready = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first
        expect(ready).to_be_visible(timeout=PATIENCE_MS)
        yield page


def cells(page: Page) -> list[dict[str, Any]]:
    """The code cells of the notebook that is open, as JupyterLab would save them now."""
    found: list[dict[str, Any]] = page.evaluate(_CELLS)
    return found


def step_through(page: Page, limit: float, meanwhile: Callable[[Locator], None]) -> None:
    """Run the notebook as a presenter does, cell by cell with Shift+Enter, until one fails.

    **limit**: seconds for a cell. **meanwhile**: called again and again while a cell runs.
    """
    page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    for number, source in enumerate([cell["source"] for cell in cells(page)]):
        shown = page.locator(".jp-CodeCell").nth(number)
        shown.locator(".jp-InputPrompt").click()
        page.keyboard.press("Shift+Enter")
        deadline = time.monotonic() + limit
        # Not `cells`, which brings every picture along: the cell that is waited for needs the cores itself.
        while not page.evaluate(_HAS_RUN, number):
            assert time.monotonic() < deadline, f"still running after {limit:.0f} s:\n{source}"
            meanwhile(shown)
            time.sleep(0.2)
        failed = [output for output in cells(page)[number]["outputs"] if output["output_type"] == "error"]
        assert not failed, f"{source}\n{failed[0]['ename']}: {failed[0]['evalue']}"
