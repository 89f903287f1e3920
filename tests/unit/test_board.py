"""The picture of the pipeline and the visitor in front of it."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import httpx
import pytest

from workshop.board import StageState, Visitor, picture, pods, state, visitor
from workshop.errors import WorkshopError

WELL = StageState("dev", "f1", "1a2b3c4d", "Healthy", "Succeeded", "1a2b3c4d")


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (WELL, "saudável"),
        (StageState("dev", "f1", "1a2b3c4d", "Progressing", "Running", "1a2b3c4d"), "em transição"),
        (StageState("dev", "f2", "00000002", "Healthy", "Succeeded", "1a2b3c4d"), "em transição"),
        (StageState("dev", "f2", "00000002", "Healthy", "Errored", "1a2b3c4d"), "voltou atrás"),
        (StageState("dev", "f1", "1a2b3c4d", "Unhealthy", "Succeeded", ""), "sem resposta"),
        (StageState("dev"), "sem resposta"),
    ],
)
def test_each_state_has_its_words(stage: StageState, words: str) -> None:
    assert picture.verdict(stage)[0] == words


def test_the_drawing_is_well_formed_and_names_each_version() -> None:
    stages = [WELL, StageState("stg", served="<&>"), StageState("prod")]
    drawn = picture.drawing(stages)
    nodes = ElementTree.fromstring(drawn).iter()  # noqa: S314
    texts = ["".join(node.itertext()) for node in nodes if node.tag.endswith("text")]
    for expected in ("DEV", "1a2b3c4d", "STG", "<&>", "PROD", "–", "aprovação da QA", "aprovação da PO"):
        assert expected in texts


def test_in_a_terminal_the_board_is_a_line() -> None:
    assert repr(picture.Board([WELL])) == "dev 1a2b3c4d saudável"


def test_the_state_is_read_from_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    status = {
        "freightHistory": [{"items": {"Warehouse/app": {"name": "abc", "images": [{"tag": "1a2b3c4d"}]}}}],
        "health": {"status": "Healthy"},
        "lastPromotion": {"status": {"phase": "Succeeded"}},
    }
    listed = {"items": [{"metadata": {"name": "dev"}, "status": status}, {"metadata": {"name": "stg"}}]}
    monkeypatch.setattr(state.kubectl, "text", lambda *arguments, **options: json.dumps(listed))
    monkeypatch.setattr(state, "served_version", lambda name: "1a2b3c4d" if name == "dev" else "")
    dev, stg, prod = state.read()
    assert dev == StageState("dev", "abc", "1a2b3c4d", "Healthy", "Succeeded", "1a2b3c4d")
    assert dev.is_well
    assert (stg.tag, prod.served) == ("", "")


def test_without_a_cluster_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: str, **options: object) -> str:
        raise WorkshopError("`kubectl get stages` failed.", details="connection refused")

    monkeypatch.setattr(state.kubectl, "text", refuse)
    with pytest.raises(WorkshopError, match="não responde") as caught:
        state.read()
    assert caught.value.fix == "workshop up"


def test_the_visitor_counts_answers_and_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    request = httpx.Request("GET", "http://127.0.0.1/api/version")
    replies = [
        httpx.Response(200, json={"tag": "1a2b3c4d"}, request=request),
        httpx.Response(503, request=request),
        httpx.ConnectError("refused"),
    ]
    left = list(replies)
    done = Visitor("dev")

    def reply(*arguments: object, **options: object) -> httpx.Response:
        answer = left.pop(0)
        if not left:
            done._stop.set()
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(visitor.gateway, "ask", reply)
    monkeypatch.setattr(visitor, "PAUSE_SECONDS", 0)
    done.start()._thread.join(timeout=5)
    assert done.requests == 3
    assert str(done).startswith("3 pedidos, 2 falhas; quem respondeu: 1a2b3c4d (1)")


def test_a_second_visitor_of_an_environment_takes_the_place_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor.gateway, "ask", lambda *arguments, **options: httpx.Response(503))
    monkeypatch.setattr(visitor, "PAUSE_SECONDS", 0.01)
    first, elsewhere = Visitor("dev").start(), Visitor("stg").start()
    second = Visitor("dev").start()
    assert not first._thread.is_alive()
    assert second._thread.is_alive()
    assert elsewhere._thread.is_alive()
    second.stop()
    elsewhere.stop()


class Cluster:
    """kubectl as the log of a pod that does not get ready asks it: one answer after the other."""

    def __init__(self, *sightings: str | None) -> None:
        self._sightings = list(sightings)
        self._log = ""

    def text(self, verb: str, *arguments: str) -> str:
        if verb == "logs":
            if self._log == "not started":
                raise WorkshopError("failed", details="ContainerCreating")
            return self._log
        sighting = self._sightings.pop(0) if len(self._sightings) > 1 else self._sightings[0]
        old = {"metadata": {"name": "old"}, "spec": {"containers": [{"image": "backend:11111111"}]}}
        new = {"metadata": {"name": "new"}, "spec": {"containers": [{"image": "backend:22222222"}]}}
        self._log = sighting or ""
        return json.dumps({"items": [old] if sighting is None else [old, new]})


@pytest.mark.parametrize(
    ("sightings", "shown"),
    [
        ((None, "not started", "starting", "readiness: audit: read-only"), "$ kubectl logs new"),
        ((None, "not started", None), "o pod já não existe; quem responde é 11111111"),
        ((None,), "o pod já não existe; quem responde é 11111111"),
    ],
)
def test_the_newcomers_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sightings: tuple[str | None, ...], shown: str
) -> None:
    monkeypatch.setattr(pods, "kubectl", Cluster(*sightings))
    monkeypatch.setattr(pods, "served_version", lambda environment: "11111111")
    monkeypatch.setattr(pods, "LIMIT_SECONDS", 2.5)
    pods.show_log("dev", "22222222")
    assert shown in capsys.readouterr().out
