"""One death for several: the controller is killed once, when the last case has come to where that is to happen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

LIMIT_SECONDS: Final = 300.0


class Outage:
    """Waited for by as many cases as it is for; a case that ends before that says so, or the others would wait for it.

    **kill**: ends the controller, and returns once its successor is there.
    """

    def __init__(self, kill: Callable[[], None], cases: int) -> None:
        self._kill = kill
        self._missing = cases
        self._waiting = 0
        self._over = False
        self._news = threading.Condition()

    def wait(self, limit: float = LIMIT_SECONDS) -> None:
        """Come to it, and return after it; raises AssertionError where the others take more than **limit** seconds."""
        with self._news:
            self._waiting += 1
            self._arrived()
            assert self._news.wait_for(lambda: self._over, limit), f"{self._missing} cases have not come to the kill"

    def leave(self) -> None:
        """Not come to it any more."""
        with self._news:
            self._arrived()

    def _arrived(self) -> None:
        self._missing -= 1
        if self._missing == 0 and self._waiting:
            self._kill()
            self._over = True
            self._news.notify_all()
