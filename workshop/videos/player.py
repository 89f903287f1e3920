"""The walk through a notebook: from cell to cell with Shift+Enter, as slowly as a room full of people reads."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workshop import voice
from workshop.errors import WorkshopError
from workshop.story import consent
from workshop.videos.cut import Span
from workshop.videos.script import Scene

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

_SCRIPT: Final = Path(__file__).with_name("page.js")
_POLL_SECONDS: Final = 0.15
_PATIENCE_MS: Final = 90_000
_SLIDE_MS: Final = 650
_ROOM_BELOW: Final = 220
"""CSS pixels that a cell gets for its first lines before the page has to move."""
_READ_CHARACTERS: Final = 19
"""Per second: a caption is read once, and the cell beside it looked at."""
_TITLE_SECONDS: Final = 4.5
_STEP_SECONDS: Final = 0.35
_QUESTION_SECONDS: Final = 4.5
"""What is asked for has commits to read, before somebody says yes to it."""
_LAST_SECONDS: Final = 5.0
_CELL: Final = '.jp-Notebook [data-windowed-list-index="{}"]'
"""The selector of a cell, by its index in the notebook."""
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Player:
    """Plays one notebook in a page of JupyterLab, and notes when what was to be seen.

    **limit**: seconds that all its cells may take together. **name**: of the notebook, for errors.

    Usage:

        player = Player(page, scenes, name="06-stg.ipynb", limit=600)
        player.open(lab.url("06-stg.ipynb", alone=True))
        spans = player.walk(closing=17)
    """

    def __init__(self, page: Page, scenes: Sequence[Scene], *, name: str, limit: float) -> None:
        self._page = page
        self._scenes = scenes
        self._name = name
        self._limit = limit
        self._spans: list[Span] = []
        self._began = 0.0

    def open(self, url: str) -> None:
        """Open the notebook, and wait until its kernel is idle.

        Raises `WorkshopError` where that does not come about.
        """
        from playwright.sync_api import TimeoutError as Timeout  # noqa: PLC0415

        self._page.set_default_timeout(_PATIENCE_MS)
        try:
            self._page.goto(url)
            self._page.add_script_tag(path=_SCRIPT)
            self._page.wait_for_function("() => talk.ready()", timeout=_PATIENCE_MS)
        except Timeout:
            raise WorkshopError(
                f"{self._name} não ficou pronto no JupyterLab em {_PATIENCE_MS // 1000} s.", fix="make lab"
            ) from None
        self._page.evaluate("() => talk.begin()")

    def walk(self, closing: int) -> list[Span]:
        """Run it from the first to the last cell; what was seen when, by the machine's clock.

        **closing**: the cell that is looked at last. Raises `WorkshopError` at the first cell that fails, or hangs.
        """
        self._began = time.time()
        deadline = self._began + self._limit
        for number, scene in enumerate(self._scenes):
            self._read(number, scene)
            if scene.code is None:
                continue
            voice.say(f"   {number + 1:>2}/{len(self._scenes)}  {scene.line}")
            self._run(number, scene, scene.code, deadline)
        self._pause(len(self._scenes) - 1, _LAST_SECONDS, f"() => talk.center({closing}, {2 * _SLIDE_MS})")
        return self._spans

    def seen(self) -> str:
        """The text that stands in the window now."""
        return str(self._page.evaluate("() => talk.seen()"))

    # -- A scene ------------------------------------------------------------------------------------
    def _read(self, number: int, scene: Scene) -> None:
        seconds = len(" ".join(scene.pages)) / _READ_CHARACTERS if not scene.is_code else 1.2
        seconds = max(_TITLE_SECONDS if number == 0 else 1.2, min(seconds, 7.0))
        if scene.code is None:
            seconds = max(seconds, 6.0)
        below = 0 if scene.code is None else _ROOM_BELOW
        self._pause(number, seconds, f"() => talk.show({scene.first}, {scene.last}, {below}, {_SLIDE_MS})")
        if scene.code is None:
            return  # after the last cell Shift+Enter would make another
        self._page.evaluate(f"() => talk.select({scene.first})")
        for _ in scene.markdown:
            self._page.keyboard.press("Shift+Enter")
            self._pause(number, _STEP_SECONDS)

    def _run(self, number: int, scene: Scene, code: int, deadline: float) -> None:
        if self._page.evaluate("() => talk.active()") != code:
            raise WorkshopError(f"{self._name}: a célula `{scene.line}` não está escolhida quando é a vez dela.")
        started = since = time.time()
        watched = approved = False
        self._page.keyboard.press("Shift+Enter")
        # Its own: what an earlier cell asked may still be on the page.
        button = self._page.locator(_CELL.format(code)).get_by_role("button", name=consent.BUTTON)
        while True:
            state = self._page.evaluate(f"() => talk.state({code})")
            self._refuse(state, scene)
            if state["done"]:
                break
            if time.time() > deadline:
                raise WorkshopError(
                    f"{self._name}: a célula `{scene.line}` ainda rodava quando acabou o limite, {self._limit:.0f} s.",
                    details=state["last"],
                    fix="workshop doctor",
                )
            # Pressed once: it stays where it is until the kernel has heard of it.
            if not approved and button.is_visible():
                self._spans.append(Span(since, time.time(), number, waits=True, watched=watched))
                self._approve(number, code, button)
                approved, since = True, time.time()
            elif scene.watch is not None and time.time() - started > 2 * _SLIDE_MS / 1000:
                self._page.evaluate(f"() => talk.center({scene.watch}, {_SLIDE_MS})")
                watched = True
            else:
                self._page.evaluate(f"() => talk.follow({code}, {_SLIDE_MS // 2})")
            time.sleep(_POLL_SECONDS)
        self._spans.append(Span(since, time.time(), number, waits=True, watched=watched))
        self._pause(number, _reading(state, scene), f"() => talk.follow({code}, {_SLIDE_MS})")

    def _approve(self, number: int, code: int, button: Locator) -> None:
        self._pause(number, _QUESTION_SECONDS, f"() => talk.center({code}, {_SLIDE_MS})")
        box = button.bounding_box()
        if box is None:
            raise WorkshopError(f"{self._name}: o botão «{consent.BUTTON}» sumiu antes de ser apertado.")
        began = time.time()
        mouse = self._page.mouse
        # In from the side, as a hand would bring it; a jump would not be seen.
        mouse.move(box["x"] + 420, box["y"] + 150)
        mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=45)
        time.sleep(0.8)
        mouse.down()
        time.sleep(0.15)
        mouse.up()
        self._spans.append(Span(began, time.time(), number))

    def _pause(self, number: int, seconds: float, motion: str = "") -> None:
        """Let something be looked at for so long, and move the page there first."""
        began = time.time()
        if motion:
            self._page.evaluate(motion)
        time.sleep(seconds)
        self._spans.append(Span(began, time.time(), number))

    def _refuse(self, state: dict[str, Any], scene: Scene) -> None:
        if state["error"]:
            raise WorkshopError(
                f"{self._name}: a célula `{scene.line}` falhou; nada foi trocado em videos/backup.",
                details=_ESCAPES.sub("", state["error"]),
                fix="workshop doctor   # depois, o mesmo comando",
            )


def _reading(state: dict[str, Any], scene: Scene) -> float:
    """Seconds for what a cell has shown."""
    if state["pictures"]:
        return 5.5
    if not state["lines"]:
        return 0.6
    seconds = 1.2 + 0.3 * min(int(state["lines"]), 14)
    return max(seconds, 5.0) if scene.matters else seconds
