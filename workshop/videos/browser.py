"""A real browser: Chromium as the distribution has it, driven by Playwright.

Playwright is of the group `dev` of pyproject.toml, which `make bootstrap` installs: only who records or tests has it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workshop.errors import WorkshopError
from workshop.machine import apt

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES: Final = ("chromium", "fonts-dejavu-core")
FLAGS: Final = (
    # Nothing but the pages that are asked for: no updates, no background requests of the browser's own.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-gpu",
)
_KIOSK: Final = (
    # The page and nothing else, on the whole screen: no frame, no bars, no bubble about what drives it.
    "--kiosk",
    "--test-type",
    "--window-position=0,0",
    "--disable-infobars",
    "--disable-features=Translate",
    "--lang=pt-BR",
)


def chromium() -> Path:
    """The browser's program; installed with apt where we may.

    Raises `WorkshopError` with what to install, where there is none.
    """
    found = _look()
    if found is None and apt.is_possible():
        apt.install(*PACKAGES)
        found = _look()
    if found is None:
        raise WorkshopError("O Chromium não está nesta máquina.", fix=apt.install_command(*PACKAGES))
    return found


def _look() -> Path | None:
    return next((Path(found) for name in PROGRAMS if (found := shutil.which(name))), None)


@contextmanager
def headless() -> Iterator[Browser]:
    """Chromium without a window. Raises `WorkshopError` where it, or Playwright, is missing."""
    with _playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=[*FLAGS, *_sandbox()])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def on_screen(display: str, size: tuple[int, int], zoom: float) -> Iterator[Page]:
    """A page of Chromium's that fills an X server's screen.

    **display**: as in DISPLAY. **size**: the screen's, in pixels. **zoom**: how many of them a pixel of the page is.
    Raises `WorkshopError` where it, or Playwright, is missing.
    """
    # A window is measured in its page's pixels.
    width, height = (round(pixels / zoom) for pixels in size)
    window = (f"--window-size={width},{height}", f"--force-device-scale-factor={zoom}")
    with _playwright() as playwright:
        # Its first window, which alone is the kiosk; a context of its own would get another.
        context = playwright.chromium.launch_persistent_context(
            "",
            executable_path=str(chromium()),
            headless=False,
            args=[*FLAGS, *_sandbox(), *_KIOSK, *window],
            ignore_default_args=["--enable-automation"],
            env={**os.environ, "DISPLAY": display},
            no_viewport=True,
            locale="pt-BR",
            color_scheme="light",
        )
        try:
            yield context.pages[0]
        finally:
            context.close()


def _sandbox() -> list[str]:
    """As root it has no sandbox of its own; the pages are ours."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


@contextmanager
def _playwright() -> Iterator[Playwright]:
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError:
        raise WorkshopError("O Playwright não está no ambiente.", fix="make bootstrap") from None
    with sync_playwright() as playwright:
        yield playwright
