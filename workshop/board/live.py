"""The board that moves by itself: in a notebook while other cells run, in a terminal until Ctrl-C.

In a notebook one thread updates one display, by its display id. Such an update belongs to the cell that shows the
board, whichever cell runs when it is sent: JupyterLab looks for the id, not for the cell, and so does nbclient
(papermill). But nbclient takes in only what is sent on behalf of a cell that still runs, so every cell sends the
picture once more when it ends: what a saved notebook keeps is never older than that.
"""

from __future__ import annotations

import atexit
import contextvars
import threading
import uuid
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.live import Live

from workshop.board import terminal, words
from workshop.board.feed import Feed, read
from workshop.board.picture import drawing
from workshop.board.state import Board

SHORTEST_SECONDS: Final = 0.25
"""Between two pictures, however much happens."""
BUSY_SECONDS: Final = 1.0
IDLE_SECONDS: Final = 10.0
"""After so long without news there is a new picture all the same: it says how old things are."""

Bundle = dict[str, str]
_guard = threading.Lock()
_shown: _Notebook | None = None


def show() -> None:
    """Show the board, and keep it up to date for as long as this notebook's kernel lives.

    Where it is shown already both go on. In a terminal, where nothing can be updated, it is one line.
    Raises `WorkshopError` where there is no cluster to show.
    """
    shell = _kernel()
    if shell is None:
        snapshot()
        return
    global _shown
    with _guard:
        if _shown is not None and not _shown.is_alive:
            _shown.stop()
            _shown = None
        if _shown is None:
            board = _Notebook(shell)
            board.start()
            _shown = board
        _shown.display()


def snapshot() -> None:
    """Show the board as it is now, in a picture that stays as it is.

    Raises `WorkshopError` where there is no cluster to show.
    """
    # IPython takes a second to import, and the command line reads this module too.
    from IPython.display import display  # noqa: PLC0415

    display(Picture(read(), datetime.now(UTC)))


def stop() -> None:
    """Leave the board as it is, and stop watching."""
    global _shown
    with _guard:
        if _shown is not None:
            _shown.stop()
            _shown = None


def watch(console: Console) -> None:
    """Show the board in a terminal, and keep it up to date until Ctrl-C.

    Raises `WorkshopError` where there is no cluster to show.
    """
    news = threading.Event()
    with Feed(news.set) as feed:
        feed.wait()
        with Live(console=console, auto_refresh=False) as screen:
            while True:
                board = feed.board()
                screen.update(terminal.rendered(board, datetime.now(UTC)), refresh=True)
                news.wait(_patience(board))
                news.clear()


class Picture:
    """A board as a notebook displays it: an image, and one line for whoever shows none."""

    def __init__(self, board: Board, now: datetime) -> None:
        self._board, self._now = board, now

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        return {"image/svg+xml": drawing(self._board, self._now), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return words.line(self._board)


class _Notebook:
    """The board of one kernel: a feed, a display, and the thread that takes the one to the other."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._id = f"board-{uuid.uuid4().hex}"
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._feed = Feed(self._news.set)
        self._sending = threading.Lock()
        self._sent: Bundle = {}
        # In a context of its own: there the kernel takes an update to be on behalf of the cell that runs just then.
        self._thread = threading.Thread(
            target=contextvars.Context().run, args=(self._update,), name="board", daemon=True
        )

    @property
    def is_alive(self) -> bool:
        """Whether it goes on moving."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to watch. Raises `WorkshopError` where there is nothing to watch; then nothing is left running."""
        self._feed.start()
        try:
            self._feed.wait()
        except BaseException:  # an interruption as well
            self._feed.stop()
            raise
        self._shell.events.register("post_run_cell", self._settle)
        atexit.register(self.stop)
        self._thread.start()

    def display(self) -> None:
        """Put the picture where the running cell has its output."""
        self._send(update=False)

    def stop(self) -> None:
        """End both threads; the last picture stays."""
        self._stopping.set()
        self._news.set()
        atexit.unregister(self.stop)
        if self._settle in self._shell.events.callbacks["post_run_cell"]:
            self._shell.events.unregister("post_run_cell", self._settle)
        self._feed.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _update(self) -> None:
        while not self._stopping.is_set():
            self._news.wait(_patience(self._feed.board()))
            self._news.clear()
            self._send(update=True)
            self._stopping.wait(SHORTEST_SECONDS)

    def _settle(self, *_: object) -> None:
        self._sent = {}
        self._send(update=True)

    def _send(self, *, update: bool) -> None:
        from IPython.display import display, update_display  # noqa: PLC0415

        with self._sending:
            bundle = Picture(self._feed.board(), datetime.now(UTC))._repr_mimebundle_()
            if self._stopping.is_set() or (update and bundle == self._sent):
                return
            send: Any = update_display if update else display  # IPython has no types for them
            send(bundle, raw=True, display_id=self._id)
            self._sent = bundle


def _patience(board: Board) -> float:
    """Seconds until the picture is due again without news."""
    return BUSY_SECONDS if board.outage or any(one.running for one in board.stages) else IDLE_SECONDS


def _kernel() -> Any:
    """IPython's shell where it is a notebook's; None in a terminal."""
    from IPython import get_ipython  # noqa: PLC0415

    shell = get_ipython()
    return shell if getattr(shell, "kernel", None) is not None else None
