"""A queue of things to look at, as controllers have them.

Whatever happens only says *which* object to look at; the look itself starts from the object as it then is.
A key waits in the queue once, however often it was added; it is never worked on twice at a time; one added
during its work is worked on again. So no change is missed, and none is acted on from an old picture.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

logger = logging.getLogger(__name__)

_BACKOFF = (0.5, 1, 2, 5, 10, 30)


class Key(NamedTuple):
    """Which object."""

    kind: str
    namespace: str
    name: str


class WorkQueue:
    """Threads that call ``work(key)`` for every key added; it returns when to look again, or None."""

    def __init__(self, work: Callable[[Key], float | None], threads: int = 4) -> None:
        self._work = work
        self._condition = threading.Condition()
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, Key]] = []
        self._active: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._stopped = False
        self._threads = [threading.Thread(target=self._run, name=f"worker-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more keys; work under way is finished by its thread."""
        with self._condition:
            self._stopped = True
            self._condition.notify_all()

    def is_alive(self) -> bool:
        """Whether all threads live."""
        return all(thread.is_alive() for thread in self._threads)

    def add(self, key: Key, after: float = 0.0) -> None:
        """Look at it, now or after some seconds; the earliest of several wishes counts."""
        with self._condition:
            due = time.monotonic() + after
            if due < self._due.get(key, float("inf")):
                self._due[key] = due
                heapq.heappush(self._heap, (due, key))
                self._condition.notify()

    def _next(self) -> Key | None:
        """Wait for a key that is due and not being worked on; None at the end."""
        with self._condition:
            while not self._stopped:
                now = time.monotonic()
                postponed, found, timeout = [], None, None
                while self._heap:
                    due, key = self._heap[0]
                    if self._due.get(key) != due:  # replaced by an earlier one
                        heapq.heappop(self._heap)
                    elif due > now:
                        timeout = due - now
                        break
                    elif key in self._active:
                        postponed.append(heapq.heappop(self._heap))
                    else:
                        heapq.heappop(self._heap)
                        del self._due[key]
                        self._active.add(key)
                        found = key
                        break
                for item in postponed:
                    heapq.heappush(self._heap, item)
                if found:
                    return found
                self._condition.wait(timeout)
        return None

    def _run(self) -> None:
        while key := self._next():
            again: float | None = None
            try:
                again = self._work(key)
                self._failures.pop(key, None)
            except Exception:
                count = self._failures[key] = self._failures.get(key, 0) + 1
                again = _BACKOFF[min(count, len(_BACKOFF)) - 1]
                logger.exception("%s %s/%s: again in %ss", key.kind, key.namespace, key.name, again)
            with self._condition:
                self._active.discard(key)
                self._condition.notify_all()
            if again is not None and again != float("inf"):
                self.add(key, again)
