"""The live board in front of the real pipeline: it moves when something happens, and outlives the API server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop import kube
from workshop import settings as config
from workshop.board import feed
from workshop.board.feed import Feed
from workshop.board.state import Board, Stage
from workshop.cluster import kind
from workshop.kargo import guests, promotions, warehouse
from workshop.shell import docker, kubectl

LIMIT_SECONDS: Final = 2.0
"""From a change in the cluster until the board has it."""
LOST_SECONDS: Final = 20.0
BACK_SECONDS: Final = 180.0
"""For kubelet to start the API server again, and for it to be ready."""
pytestmark = [pytest.mark.phase(Phase.BESIDE), pytest.mark.timeout(600)]


class Audience:
    """Everybody who looks at the board: each picture that is different, and when it came.

    **looked**: the kinds that were listed, each time that one was.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pictures: list[tuple[float, Board]] = []
        self.looked: list[str] = []
        self._news = threading.Condition()
        listing = kube.listing

        def counted(kind: str, *where: str, **options: Any) -> Any:
            self.looked.append(kind)
            return listing(kind, *where, **options)

        monkeypatch.setattr(kube, "listing", counted)
        self.feed = Feed(self._look)

    def _look(self) -> None:
        with self._news:  # here already, or an older picture could come after a newer one
            board = self.feed.board()
            if not self.pictures or self.pictures[-1][1] != board:
                self.pictures.append((time.monotonic(), board))
            self._news.notify_all()

    def sees(self, so: Callable[[Board], bool], limit: float, after: float = 0.0) -> float:
        """Wait until there was a picture of which that is true; returns when the first of them came.

        **limit**: seconds. Pictures of before count too: what happened was perhaps seen before anybody was told.
        **after**: a time that `sees` has returned; only what came later counts.
        """

        def first() -> float | None:
            return next((when for when, board in self.pictures if when > after and so(board)), None)

        with self._news:
            self._news.wait_for(lambda: first() is not None, timeout=limit)
            when = first()
        assert when is not None, self.pictures[-1]
        return when


@pytest.fixture(name="audience")
def fixture_audience(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Audience]:
    audience = Audience(monkeypatch)
    with audience.feed:
        audience.feed.wait()
        yield audience


def stage(board: Board, name: str) -> Stage:
    return board.stages[config.ENVIRONMENTS.index(name)]


def test_a_promotion_moves_the_picture_and_nobody_asks_for_it(
    audience: Audience, record_property: Callable[[str, Any], None]
) -> None:
    with guests.hosting() as visitors:
        tag = visitors.publish(visitors.held["dev"])
        warehouse.ask()
        freight = promotions.freight_for(tag)
        told = time.monotonic()
        late = [audience.sees(lambda board: tag in [one.tag for one in board.freight], LIMIT_SECONDS) - told]
        promotions.wait_for_promotion("dev", tag)
        told = time.monotonic()
        late.append(audience.sees(lambda board: stage(board, "dev").tag == tag, LIMIT_SECONDS) - told)
        audience.sees(lambda board: stage(board, "dev").serving == (tag,), LIMIT_SECONDS)

        told = time.monotonic()
        promotions.promote("stg", freight, as_="qa")

        def is_on_its_way(board: Board) -> bool:
            running = stage(board, "stg").running
            return running is not None and (running.freight, running.actor) == (freight, "qa")

        late.append(audience.sees(is_on_its_way, LIMIT_SECONDS) - told)
        promotions.wait_for_promotion("stg", tag)
        audience.sees(lambda board: (stage(board, "stg").tag, stage(board, "stg").actor) == (tag, "qa"), LIMIT_SECONDS)

    running = [stage(board, "dev").running for _, board in audience.pictures]
    steps = {one.current.name for one in running if one and one.freight == freight and one.current}
    record_property("late", [round(seconds, 2) for seconds in late])
    print(f"\nlate by {[round(seconds, 2) for seconds in late]} s; steps that were seen: {sorted(steps)}")
    assert max(late) < LIMIT_SECONDS
    assert "sync" in steps
    assert len(steps) >= 3
    assert all(board.outage is None for _, board in audience.pictures)
    assert sorted(audience.looked) == sorted(kind.name for kind in feed._KINDS)


def test_the_api_server_is_killed_and_the_board_goes_on(
    audience: Audience, record_property: Callable[[str, Any], None]
) -> None:
    before = audience.feed.board()
    docker.text("exec", config.NODE_CONTAINER, "pkill", "--signal", "KILL", "--exact", "kube-apiserver")
    killed = time.monotonic()
    lost = audience.sees(lambda board: board.outage is not None, LOST_SECONDS)
    # What was known stays on the picture, with the word since when it may be old.
    assert [one.serving for one in audience.feed.board().stages] == [one.serving for one in before.stages]

    back = audience.sees(lambda board: board.outage is None, BACK_SECONDS, after=lost)
    deadline = time.monotonic() + BACK_SECONDS
    while not kind.answers() and time.monotonic() < deadline:
        time.sleep(0.5)
    record_property("seconds", [round(lost - killed, 1), round(back - killed, 1)])
    print(f"\nlost after {lost - killed:.1f} s, back after {back - killed:.1f} s")

    # Kargo has to come back too: only then does the Warehouse look, and note when it did.
    looked = before.warehouse
    warehouse.refresh()
    audience.sees(lambda board: board.outage is None and board.warehouse != looked, LIMIT_SECONDS, after=back)
    # And for the tests that follow: who lost the API server has found it again.
    for namespace in (config.NAMESPACE_KARGO, config.NAMESPACE_ARGOCD, "kube-system"):
        everything = ("--namespace", namespace, "wait", "--for=condition=Available", "deployment", "--all")
        assert kubectl.ok(*everything, "--timeout=90s", limit=100), namespace
