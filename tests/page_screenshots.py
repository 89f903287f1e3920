"""docs/images/lab-index.png and report-*.png: JupyterLab's first page and the last rehearsal's report, as they are now.

.venv/bin/python -m tests.page_screenshots
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from tests.board_screenshots import FLAVOURS, IMAGES
from tests.live import lab
from workshop import settings as config
from workshop.rehearsal import flows, page, schedule
from workshop.videos import browser

SIZE: Final = {"width": 1400, "height": 1000}
CELL_SECONDS: Final = 60.0


def main() -> None:
    """Open, photograph, write."""
    with tempfile.TemporaryDirectory() as folder:
        # A copy: what is shown in it must not end up in the tree.
        shutil.copytree(config.NOTEBOOKS, folder, dirs_exist_ok=True)
        with lab.opened(Path(folder), schedule.INDEX) as index:
            lab.step_through(index, CELL_SECONDS, lambda _: None)
            _keep(index.screenshot(), "lab-index.png")
    with browser.headless() as chromium:
        for flavour, scheme in FLAVOURS.items():
            shown = chromium.new_page(viewport=SIZE, color_scheme=scheme)  # type: ignore[arg-type]
            shown.goto((flows.LATEST / page.PAGE_FILE).as_uri())
            _keep(shown.screenshot(), f"report-{flavour}.png")


def _keep(picture: bytes, name: str) -> None:
    path = IMAGES / name
    path.write_bytes(picture)
    print(path.relative_to(config.ROOT))


if __name__ == "__main__":
    main()
