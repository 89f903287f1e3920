"""What the board is drawn from, kept up to date by watches: the API server tells what changes, nobody keeps asking.

One thread for each kind lists it once and then watches on from there. Where the server goes away (restart, timeout,
410 Gone) the thread lists anew, after a pause that doubles up to `LONGEST_PAUSE_SECONDS`; meanwhile what was seen last
stays, with the time since when nothing is heard (Kubernetes: API concepts, "Efficient detection of changes").
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from workshop import kube
from workshop import settings as config
from workshop.board import pods, state
from workshop.board.state import Board, Outage
from workshop.errors import WorkshopError
from workshop.kargo import api
from workshop.kube import Object

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 5.0
HOPE_SECONDS: Final = 3.0
"""How long a first look may fail until it counts as failed."""
_ABSENT: Final = "o Kargo ou o Argo CD ainda não está no cluster"
COMPLETE_SECONDS: Final = 15.0
_STOP_SECONDS: Final = 5.0


@dataclass(frozen=True)
class _Kind:
    """What is watched: a kind, where, and which of it."""

    name: str
    namespace: str = ""
    selector: str = ""


_KINDS: Final = (
    *(_Kind(name, config.PROJECT) for name in api.KINDS),
    _Kind("Application", config.NAMESPACE_ARGOCD),
    # Of all namespaces: one watch instead of three.
    _Kind("Pod", selector=pods.BACKEND),
)


def read() -> Board:
    """The board as it is now.

    Raises `WorkshopError` where there is no cluster to ask, or no Kargo in it.
    """
    with Feed() as feed:
        feed.wait()
        return feed.board()


class Feed:
    """The board's objects, as they are now.

    **changed**: called, in any thread, whenever there may be something new to see.

    Usage:

        with Feed(changed) as feed:
            feed.wait()      # for the first look at everything
            feed.board()     # and again after each `changed`
    """

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._changed = changed
        self._stopping = threading.Event()
        self._news = threading.Condition()
        self._objects: dict[str, dict[str, Object]] = {}
        self._troubles: dict[str, Outage] = {}
        self._watches: dict[str, kube.Watch] = {}
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Feed:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to watch.

        Raises `WorkshopError` where there is no cluster to watch.
        """
        kube.require_kubeconfig()
        self._threads = [
            threading.Thread(target=self._follow, args=(kind,), name=f"board-{kind.name}", daemon=True)
            for kind in _KINDS
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all watches, and wait for their threads; no `changed` is called afterwards."""
        self._stopping.set()
        deadline = time.monotonic() + _STOP_SECONDS
        for thread in self._threads:
            # Again and again: the thread may be about to open the next watch.
            while thread.is_alive() and time.monotonic() < deadline:
                for watch in list(self._watches.values()):
                    watch.stop()
                thread.join(0.05)

    def wait(self, limit: float = COMPLETE_SECONDS) -> None:
        """Wait for the first look at everything; **limit**: seconds.

        Raises `WorkshopError` where the API server does not answer until then, or has no Kargo to show.
        """
        with self._news:
            self._news.wait_for(lambda: len(self._objects) == len(_KINDS) or self._is_hopeless(), timeout=limit)
            if len(self._objects) == len(_KINDS):
                return
            why = "; ".join(sorted({trouble.why for trouble in self._troubles.values()}))
        raise WorkshopError(
            "O cluster da oficina não responde, ou o Kargo ainda não está nele.", fix="make up", details=why
        )

    def board(self) -> Board:
        """The board by what has been heard so far."""
        with self._news:
            objects = {kind: list(found.values()) for kind, found in self._objects.items()}
            outage = min(self._troubles.values(), key=lambda trouble: trouble.since, default=None)
        return state.of(objects, outage)

    def _is_hopeless(self) -> bool:
        """Whether a first look has failed for so long that nobody has to wait for more."""
        failing = [trouble.since for kind, trouble in self._troubles.items() if kind not in self._objects]
        return bool(failing) and (datetime.now(UTC) - min(failing)).total_seconds() > HOPE_SECONDS

    def _follow(self, kind: _Kind) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                version = self._list(kind)
                while not self._stopping.is_set():
                    version = self._watch(kind, version)
            except kube.Failed as error:
                # Gone is no outage: what was seen last is too long ago, and everything is listed anew.
                if error.status != HTTPStatus.GONE:
                    self._lose(kind, _ABSENT if error.status == HTTPStatus.NOT_FOUND else error.why)
            except WorkshopError as error:
                self._lose(kind, error.message.rstrip("."))
            if time.monotonic() - began > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS  # it did go well meanwhile
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _list(self, kind: _Kind) -> str:
        """Everything of a kind, in place of what was known; returns the version to watch on from."""
        items, version = kube.listing(kind.name, kind.namespace, selector=kind.selector, limit=ANSWER_SECONDS)
        with self._news:
            self._objects[kind.name] = {_key(item): item for item in items}
            self._troubles.pop(kind.name, None)
            self._news.notify_all()
        self._tell()
        return version

    def _watch(self, kind: _Kind, version: str) -> str:
        """Take in what happens after a version until the server ends it; returns the last version seen."""
        watch = kube.Watch(kind.name, kind.namespace, since=version, selector=kind.selector)
        self._watches[kind.name] = watch
        began = time.monotonic()
        for happened, item in watch:
            self._take(kind, happened, item)
            if self._stopping.is_set():
                break
        if time.monotonic() - began < FIRST_PAUSE_SECONDS:
            self._stopping.wait(FIRST_PAUSE_SECONDS)  # a server that ends every watch at once is not to be pestered
        return watch.version

    def _take(self, kind: _Kind, happened: str, item: Object) -> None:
        with self._news:
            known = self._objects[kind.name]
            if happened == "DELETED":
                known.pop(_key(item), None)
            else:
                known[_key(item)] = item
        self._tell()

    def _lose(self, kind: _Kind, why: str) -> None:
        with self._news:
            if self._stopping.is_set():
                return
            since = self._troubles[kind.name].since if kind.name in self._troubles else datetime.now(UTC)
            self._troubles[kind.name] = Outage(since, why)
            self._news.notify_all()
        self._tell()

    def _tell(self) -> None:
        if not self._stopping.is_set():
            self._changed()


def _key(item: Object) -> str:
    return f"{item['metadata'].get('namespace', '')}/{item['metadata']['name']}"
