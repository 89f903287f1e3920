"""The board where a presenter has it: in JupyterLab, in a real browser, moving while another cell runs."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.live.app.conftest import free_port
from tests.live.browser import browser
from tests.live.conftest import Rehearsal
from workshop import settings as config
from workshop.delivery import guests, promotions, warehouse
from workshop.rehearsal import lab

BOOK: Final = "board.ipynb"
LIMIT_SECONDS: Final = 2.0
"""From a change in the cluster until the page shows it."""
PATIENCE_MS: Final = 90_000
CELLS: Final = ("from workshop import board\n\nboard.show()", "import time\n\ntime.sleep(60)")
SHOWN: Final = "() => decodeURIComponent(document.querySelector('.jp-RenderedSVG img').src)"
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(name="page")
def fixture_page(rehearsal: Rehearsal, tmp_path: Path) -> Iterator[Page]:
    """JupyterLab with a notebook of two cells."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, tmp_path / BOOK)
    port, token = free_port(), secrets.token_hex(16)
    command = [str(tmp_path) if part == str(config.NOTEBOOKS) else part for part in lab.command(port)]
    with (tmp_path / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--no-browser"],
            env={**os.environ, **lab.environment(), "JUPYTER_TOKEN": token}, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _wait_for(f"http://127.0.0.1:{port}/api", server)
            with browser() as chromium:
                page = chromium.new_page(viewport={"width": 1400, "height": 1000})
                page.set_default_timeout(PATIENCE_MS)
                page.goto(f"http://127.0.0.1:{port}/lab/tree/{BOOK}?token={token}")
                yield page
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        assert server.poll() is None, "JupyterLab has ended"
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    pytest.fail(f"{url} does not answer")


def test_it_moves_while_another_cell_runs(page: Page) -> None:
    first, second = page.locator(".jp-CodeCell").nth(0), page.locator(".jp-CodeCell").nth(1)
    first.click()
    # Until the kernel is there, JupyterLab asks which one to take.
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("Shift+Enter")
    image = first.locator(".jp-RenderedSVG img")
    image.wait_for()
    box, column = image.bounding_box(), first.bounding_box()
    assert box is not None
    assert column is not None
    assert box["x"] + box["width"] <= column["x"] + column["width"], "it is cut off"
    page.keyboard.press("Shift+Enter")
    expect(second.locator(".jp-InputPrompt")).to_have_text("[*]:")

    with guests.hosting(lambda _: None) as visitors:
        tag = visitors.publish(visitors.held["dev"])
        warehouse.ask()
        promotions.freight_for(tag, report=lambda _: None)
        told = time.monotonic()
        while tag not in page.evaluate(SHOWN):
            assert time.monotonic() - told < LIMIT_SECONDS
            time.sleep(0.05)
        expect(second.locator(".jp-InputPrompt")).to_have_text("[*]:")
        promotions.wait_for_promotion("dev", tag, report=lambda _: None)
    assert second.locator(".jp-OutputArea-output").count() == 0
