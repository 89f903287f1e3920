"""The client for the cluster, against a real server on a real socket that behaves as an API server does."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import board_story as story
from tests.board_api import Api
from workshop import kube, paths
from workshop import settings as config
from workshop.bench import watching
from workshop.errors import WorkshopError


@pytest.fixture(name="kubeconfig", autouse=True)
def fixture_kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "kubeconfig"
    monkeypatch.setattr(paths, "KUBECONFIG", file)
    return file


@pytest.fixture(name="api")
def fixture_api(kubeconfig: Path) -> Iterator[Api]:
    with Api(story.start()) as api:
        api.write_kubeconfig(kubeconfig)
        yield api


def names(found: list[kube.Object]) -> list[str]:
    return sorted(item["metadata"]["name"] for item in found)


def test_objects_are_asked_for_where_the_server_has_them(api: Api) -> None:
    assert names(kube.objects("Stage", "workshop")) == sorted(config.ENVIRONMENTS)
    assert kube.objects("Pod", selector="app=a,tier in (b)")

    assert api.asked == [
        "/apis/kargo.akuity.io/v1alpha1/namespaces/workshop/stages",
        "/api/v1/pods?labelSelector=app%3Da%2Ctier%20in%20%28b%29",
    ]


def test_one_object_or_none(api: Api) -> None:
    found = kube.find("Stage", "stg", "workshop")
    assert found is not None
    assert found["metadata"]["name"] == "stg"
    assert kube.find("Stage", "nowhere", "workshop") is None
    assert kube.find("Node", "any") is None, "a server that has no such kind has none of it"


def test_a_refusal_is_a_sentence_with_a_way_out(api: Api) -> None:
    for status, words, fix in (
        (404, "O cluster não conhece stages.", "make up"),
        (403, "recusa o acesso a stages", "make down && make up"),
        (503, "não está pronta (HTTP 503 Service Unavailable)", "workshop doctor"),
    ):
        api.status = status
        with pytest.raises(kube.Failed) as caught:
            kube.objects("Stage", "workshop")
        assert words in caught.value.message
        assert caught.value.fix == fix
        assert caught.value.status == status
    with pytest.raises(kube.Failed):
        kube.find("Stage", "stg", "workshop")


def test_a_server_that_is_not_there_is_named_with_the_command_that_starts_it(api: Api) -> None:
    kube.require_ready()
    api.stop()
    for ask in (kube.require_ready, lambda: kube.objects("Pod"), lambda: list(kube.Watch("Pod"))):
        with pytest.raises(kube.Failed, match="não responde") as caught:
            ask()
        assert caught.value.why in ("conexão recusada", "conexão perdida")
        assert caught.value.status == 0
        assert caught.value.fix.startswith(f"docker start {config.NODE_CONTAINER}")


def test_a_server_that_says_nothing_is_not_waited_for_longer_than_the_limit(api: Api) -> None:
    api.delay = 3.0
    started = time.monotonic()
    with pytest.raises(kube.Failed, match="sem resposta"):
        kube.objects("Pod", limit=0.3)
    assert time.monotonic() - started < 2


def test_no_proxy_is_asked(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert kube.objects("Pod")


def test_another_kubeconfig_is_another_cluster(api: Api, kubeconfig: Path) -> None:
    assert len(kube.objects("Stage")) == 3
    with Api({}) as other:
        other.write_kubeconfig(kubeconfig)
        os.utime(kubeconfig, ns=(1, 1))
        assert kube.objects("Stage") == []
    kubeconfig.unlink()
    with pytest.raises(WorkshopError, match="Não há cluster") as caught:
        kube.objects("Stage")
    assert caught.value.fix == "make up"


@pytest.mark.parametrize("text", ["{", "[]", "", "clusters: []", "current-context: x"])
def test_a_kubeconfig_that_says_something_else_is_a_sentence(kubeconfig: Path, text: str) -> None:
    kubeconfig.write_text(text, encoding="utf-8")
    with pytest.raises(WorkshopError, match=r"Não dá para ler \.workshop/kubeconfig") as caught:
        kube.objects("Pod")
    assert "make up" in caught.value.fix


def test_many_threads_may_ask_at_once(api: Api) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: len(kube.objects("Stage")), range(64)))
    assert found == [3] * 64


def test_a_watch_tells_what_there_is_and_then_what_happens(api: Api) -> None:
    watch = kube.Watch("Freight", config.PROJECT)
    heard = iter(watch)
    assert next(heard)[0] == "ADDED"
    api.put("Freight", newcomer := story.freight(story.UPDATE, 5))
    happened, item = next(heard)
    assert (happened, item["metadata"]["name"]) == ("ADDED", newcomer["metadata"]["name"])
    api.delete("Freight", newcomer)
    assert next(heard)[0] == "DELETED"
    since = watch.version
    api.end_watches()
    assert list(heard) == []

    api.put("Freight", newcomer)
    again = iter(kube.Watch("Freight", config.PROJECT, since=since))
    assert next(again)[1]["metadata"]["name"] == newcomer["metadata"]["name"], "only what came after"


def test_a_watch_is_stopped_from_another_thread(api: Api) -> None:
    watch = kube.Watch("Freight", config.PROJECT)
    heard = iter(watch)
    next(heard)
    threading.Timer(0.1, watch.stop).start()
    started = time.monotonic()
    with contextlib.suppress(kube.Failed):  # as if the server had gone
        list(heard)
    assert time.monotonic() - started < 5


def test_what_is_too_long_ago_has_to_be_listed_anew(api: Api) -> None:
    heard = iter(kube.Watch("Freight", config.PROJECT))
    next(heard)
    api.forget("Freight")
    with pytest.raises(kube.Failed) as caught:
        next(heard)
    assert caught.value.status == 410


# -- The bench waits by it ---------------------------------------------------------------------------
def test_the_bench_sees_at_once_what_it_waits_for(api: Api) -> None:
    threading.Timer(0.2, lambda: api.put("Freight", story.freight(story.UPDATE, 5))).start()
    wanted = story.freight(story.UPDATE, 5)["metadata"]["name"]
    found = watching.first("Freight", lambda item: item["metadata"]["name"] == wanted, "Freight novo", limit=5)
    assert found["metadata"]["name"] == wanted


def test_the_bench_says_what_did_not_come(api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paths, "BIN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    threading.Timer(1.0, api.end_watches).start()
    with pytest.raises(WorkshopError, match="Não aconteceu em 1 s: Freight novo") as caught:
        watching.first("Freight", lambda item: False, "Freight novo", limit=0.9)
    assert "sem diagnóstico" in caught.value.details, "without kubectl there is still the reason"


def test_a_server_that_is_not_ready_for_the_question_is_asked_again(api: Api) -> None:
    """429 is what a server that has just started says of kinds that it is still getting ready for."""
    api.status = 429
    soon = threading.Timer(0.3, lambda: setattr(api, "status", 200))
    soon.start()
    assert kube.find("Stage", "stg", "workshop") is not None
    soon.join()
    api.status = 429
    with pytest.raises(kube.Failed) as caught:
        kube.objects("Stage", "workshop", limit=1)
    assert caught.value.status == 429
