"""The board's feed against a server that behaves as an API server does, in good times and in bad ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import board_story as story
from tests.board_api import PLURALS, Api
from workshop import paths
from workshop.board import feed
from workshop.board.feed import Feed
from workshop.board.state import Board
from workshop.errors import WorkshopError

PATIENCE_SECONDS = 10.0


@pytest.fixture(name="kubeconfig", autouse=True)
def fixture_kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "kubeconfig"
    monkeypatch.setattr(paths, "KUBECONFIG", file)
    monkeypatch.setattr(feed, "HOPE_SECONDS", 0.3)
    return file


@pytest.fixture(name="api")
def fixture_api(kubeconfig: Path) -> Iterator[Api]:
    with Api(story.start()) as api:
        api.write_kubeconfig(kubeconfig)
        yield api


@pytest.fixture(name="watching")
def fixture_watching(api: Api) -> Iterator[Feed]:
    """A feed that has seen everything, and listens to all of it."""
    with Feed() as watching:
        watching.wait()
        until(lambda: api.watches == len(PLURALS))
        yield watching


def until(so: Callable[[], bool]) -> None:
    """Wait for something that another thread brings about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not so():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def serving(board: Board) -> list[str]:
    return [" ".join(stage.serving) for stage in board.stages]


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("board-")]


def test_one_look_leaves_nothing_behind(api: Api) -> None:
    assert serving(feed.read()) == [story.FIRST] * 3
    assert threads() == []


def test_what_happens_is_heard_at_once_and_nothing_is_asked_again(api: Api) -> None:
    heard: list[float] = []
    with Feed(lambda: heard.append(time.monotonic())) as watching:
        watching.wait()
        until(lambda: api.watches == len(PLURALS))
        heard.clear()
        told = time.monotonic()
        api.put("Freight", story.freight(story.UPDATE, 5))
        until(lambda: len(watching.board().freight) == 2)
        assert heard[0] - told < 1
        newcomer = story.pod("dev", story.UPDATE, ready=False)
        api.put("Pod", newcomer)
        until(lambda: watching.board().stages[0].arriving == (story.UPDATE,))
        api.delete("Pod", newcomer)
        until(lambda: watching.board().stages[0].arriving == ())
    assert set(api.lists.values()) == {1}
    after = len(heard)
    api.put("Freight", story.freight(story.BAD, 1))
    time.sleep(0.1)
    assert len(heard) == after


def test_a_watch_that_ends_goes_on_where_it_stopped(api: Api, watching: Feed) -> None:
    api.end_watches()
    api.put("Freight", story.freight(story.UPDATE, 5))
    until(lambda: len(watching.board().freight) == 2)
    assert set(api.lists.values()) == {1}
    assert watching.board().outage is None


def test_what_is_gone_is_listed_anew(api: Api, watching: Feed) -> None:
    api.replace_unheard("Freight", [story.freight(story.UPDATE, 5)])
    api.forget("Freight")
    until(lambda: [one.tag for one in watching.board().freight] == [story.UPDATE])
    assert api.lists == dict.fromkeys(PLURALS.values(), 1) | {"freights": 2}
    assert watching.board().outage is None


def test_a_server_that_goes_away_is_waited_for(api: Api, watching: Feed) -> None:
    api.stop()
    until(lambda: watching.board().outage is not None)
    lost = watching.board()
    assert lost.outage is not None
    assert lost.outage.why in ("conexão recusada", "conexão perdida")
    assert serving(lost) == [story.FIRST] * 3
    since = lost.outage.since
    time.sleep(0.8)
    still = watching.board().outage
    assert still is not None
    assert still.since == since

    api.replace_unheard("Freight", [story.freight(story.UPDATE, 5)])
    api.start()
    until(lambda: watching.board().outage is None)
    assert [one.tag for one in watching.board().freight] == [story.UPDATE]
    until(lambda: api.watches == len(PLURALS))


def test_another_cluster_is_followed_as_soon_as_the_kubeconfig_says_so(
    api: Api, watching: Feed, kubeconfig: Path
) -> None:
    with Api({**story.start(), "Freight": [story.freight(story.UPDATE, 5)]}) as other:
        api.stop()
        kubeconfig.unlink()
        until(lambda: (lost := watching.board().outage) is not None and "Não há cluster" in lost.why)
        other.write_kubeconfig(kubeconfig)
        until(lambda: watching.board().outage is None)
        assert [one.tag for one in watching.board().freight] == [story.UPDATE]
        watching.stop()


def test_a_server_that_is_not_ready_is_waited_for_too(api: Api, watching: Feed) -> None:
    api.status = 503
    api.end_watches()
    until(lambda: watching.board().outage is not None)
    lost = watching.board().outage
    assert lost is not None
    assert lost.why == "HTTP 503 Service Unavailable"
    api.status = 200
    until(lambda: watching.board().outage is None)


def test_without_a_cluster_there_is_a_sentence(kubeconfig: Path) -> None:
    with pytest.raises(WorkshopError, match="Não há cluster") as caught:
        feed.read()
    assert caught.value.fix == "make up"


def test_a_cluster_that_does_not_answer_is_a_sentence(api: Api) -> None:
    api.stop()
    with pytest.raises(WorkshopError, match="não responde") as caught:
        feed.read()
    assert caught.value.details == "conexão recusada"
    assert caught.value.fix == "make up"
    assert threads() == []


def test_a_cluster_without_kargo_is_a_sentence(api: Api) -> None:
    api.status = 404
    with pytest.raises(WorkshopError, match="não responde") as caught:
        feed.read()
    assert "ainda não está no cluster" in caught.value.details
