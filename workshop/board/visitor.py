"""A visitor who never stops asking: what people in front of the application notice of a rollout."""

from __future__ import annotations

import threading
import time
from collections import Counter

import httpx

from workshop import http
from workshop.cluster import gateway

PAUSE_SECONDS = 0.1
_here: dict[str, Visitor] = {}
"""Who visits each environment, of this process."""


class Visitor:
    """Asks /api/version of one environment ten times a second, in the background, and counts.

    Usage:

        visitor = Visitor("dev").start()
        ...                     # a rollout goes wrong
        print(visitor.stop())   # 412 requisições, 0 falhas; quem respondeu: 1a2b3c4d (412)
    """

    def __init__(self, environment: str) -> None:
        self.environment = environment
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._visit, name=f"visitor-{environment}", daemon=True)

    def start(self) -> Visitor:
        """Begin; returns the visitor itself. One that is there already leaves: a cell may run twice."""
        if earlier := _here.pop(self.environment, None):
            earlier.stop()
        _here[self.environment] = self
        self._thread.start()
        return self

    def stop(self) -> Visitor:
        """End, after the request that is under way."""
        self._stop.set()
        self._thread.join(timeout=5)
        return self

    def __enter__(self) -> Visitor:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def requests(self) -> int:
        """How many were sent."""
        return sum(self.answers.values()) + len(self.failures)

    def __str__(self) -> str:
        versions = ", ".join(f"{tag} ({count})" for tag, count in self.answers.most_common())
        text = f"{self.requests} requisições, {len(self.failures)} falhas; quem respondeu: {versions or 'ninguém'}"
        if self.failures:
            text += "\n" + "\n".join(f"  {failure}" for failure in self.failures[:3])
        return text

    def _visit(self) -> None:
        with http.local_client() as client:
            while not self._stop.is_set():
                try:
                    answer = gateway.ask(self.environment, "/api/version", client=client)
                    answer.raise_for_status()
                    self.answers[str(answer.json()["tag"])] += 1
                except (httpx.HTTPError, ValueError, KeyError) as error:
                    self.failures.append(f"{time.strftime('%H:%M:%S')} {type(error).__name__}: {error}")
                time.sleep(PAUSE_SECONDS)


def served_version(environment: str) -> str:
    """The tag of the image that answers in an environment, or nothing."""
    try:
        return str(gateway.ask(environment, "/api/version").json().get("tag", ""))
    except (httpx.HTTPError, ValueError):
        return ""
