"""A real browser for the tests: Chromium as the distribution has it, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, sync_playwright

from workshop.supply import host

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS: Final = (
    # Nothing but the pages under test: no updates, no background requests of the browser's own.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-gpu",
)


def chromium() -> Path:
    """The browser's program; installed with apt where we may, else the test fails with what to install."""
    for attempt in ("look", "look again"):
        for name in PROGRAMS:
            if found := shutil.which(name):
                return Path(found)
        if attempt == "look" and os.geteuid() == 0 and shutil.which("apt-get"):
            host.apt_install("chromium", "fonts-dejavu-core", report=lambda line: print(line))
        else:
            break
    pytest.fail("no Chromium on this machine: sudo apt-get install chromium")


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, headless. As root it has no sandbox of its own; the pages are ours."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(chromium()), args=[*FLAGS, *sandbox])
        try:
            yield running
        finally:
            running.close()
