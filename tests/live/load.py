"""A bounded load on the application of one environment, through the gateway of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Final

import httpx

WORKERS: Final = 8
Ask = Callable[[httpx.Client], httpx.Response]


@dataclass
class Load:
    """What a load came to: seconds that each good answer took, and what was not one."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    duration: float = 0.0

    @property
    def rate(self) -> float:
        """Good answers per second."""
        return len(self.seconds) / self.duration

    @property
    def p99(self) -> float:
        """The time in milliseconds within which 99 of 100 good answers came."""
        return quantiles(self.seconds, n=100)[98] * 1000

    def __str__(self) -> str:
        asked = len(self.seconds) + len(self.failures)
        return f"{self.rate:.0f} requests/s, p99 {self.p99:.0f} ms, {len(self.failures)} of {asked} failed"


@contextmanager
def load(ask: Ask, *, most: int = 20_000, workers: int = WORKERS, pause: float = 0.0) -> Iterator[Load]:
    """Have clients ask, each as fast as it is answered, for as long as the block lasts.

    **most**: the number of requests after which they stop by themselves.
    **workers**: how many clients. **pause**: seconds between two requests of one client.
    """
    found = Load()
    stop = threading.Event()
    lock = threading.Lock()

    def work() -> None:
        with httpx.Client(timeout=10) as client:
            while not stop.is_set():
                began = time.monotonic()
                try:
                    answer = ask(client)
                    failure = "" if answer.status_code == httpx.codes.OK else f"HTTP {answer.status_code}"
                except httpx.HTTPError as error:
                    failure = f"{type(error).__name__}: {error}"
                with lock:
                    if failure:
                        found.failures.append(f"{time.strftime('%H:%M:%S')} {failure}")
                    else:
                        found.seconds.append(time.monotonic() - began)
                    if len(found.seconds) + len(found.failures) >= most:
                        return
                if pause:
                    time.sleep(pause)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=15)
        found.duration = time.monotonic() - started
