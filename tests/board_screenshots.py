"""docs/images/board-*.png: the board at moments of the story, light and dark, as a browser shows them.

.venv/bin/python -m tests.board_screenshots
"""

from __future__ import annotations

import base64
import os
import time
from pathlib import Path
from typing import Final

from tests import board_story as story
from workshop import paths
from workshop.board import picture, state
from workshop.videos import browser

IMAGES: Final = paths.ROOT / "docs" / "images"
MOMENTS: Final = ("start", "promoting", "everywhere", "rolled-back")
FLAVOURS: Final = {"latte": "light", "mocha": "dark"}


def main() -> None:
    """Draw, photograph, write."""
    os.environ["TZ"] = "UTC"  # the same clock on every machine
    time.tzset()
    size = {"width": picture.WIDTH, "height": picture.HEIGHT}
    with browser.headless() as chromium:
        for flavour, scheme in FLAVOURS.items():
            page = chromium.new_page(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
            for moment in MOMENTS:
                drawn = picture.drawing(state.of(story.MOMENTS[moment]()), story.NOW)
                # As an image and not inline: so does JupyterLab show it, and so do GitHub's pages.
                encoded = base64.b64encode(drawn.encode()).decode()
                page.set_content(f'<body style="margin:0"><img src="data:image/svg+xml;base64,{encoded}"></body>')
                page.wait_for_function("document.images[0].complete")
                page.screenshot(path=_file(moment, flavour), omit_background=True)
                print(_file(moment, flavour).relative_to(paths.ROOT))


def _file(moment: str, flavour: str) -> Path:
    return IMAGES / f"board-{moment}-{flavour}.png"


if __name__ == "__main__":
    main()
