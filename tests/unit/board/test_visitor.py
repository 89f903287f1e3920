"""The visitor in front of the application, and the log of a pod that does not get ready."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from workshop.board import Visitor, pods, visitor
from workshop.errors import WorkshopError


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
    assert str(done).startswith("3 requisições, 2 falhas; quem respondeu: 1a2b3c4d (1)")


class Cluster:
    """What the log of a pod that does not get ready asks for: one answer after the other."""

    def __init__(self, *sightings: str | None) -> None:
        self._sightings = list(sightings)
        self._log = ""

    def text(self, *arguments: str) -> str:
        """Of kubectl: the log."""
        if self._log == "not started":
            raise WorkshopError("failed", details="ContainerCreating")
        return self._log

    def objects(self, kind: str, namespace: str, *, selector: str) -> list[dict[str, Any]]:
        """Of the API: the pods."""
        sighting = self._sightings.pop(0) if len(self._sightings) > 1 else self._sightings[0]
        old = {"metadata": {"name": "old"}, "spec": {"containers": [{"image": "backend:11111111"}]}}
        new = {"metadata": {"name": "new"}, "spec": {"containers": [{"image": "backend:22222222"}]}}
        self._log = sighting or ""
        return [old] if sighting is None else [old, new]


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
    cluster = Cluster(*sightings)
    monkeypatch.setattr(pods, "kubectl", cluster)
    monkeypatch.setattr(pods, "kube", cluster)
    monkeypatch.setattr(pods, "served_version", lambda environment: "11111111")
    monkeypatch.setattr(pods, "LIMIT_SECONDS", 2.5)
    pods.show_log("dev", "22222222")
    assert shown in capsys.readouterr().out


def test_a_second_visitor_of_an_environment_takes_the_place_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = httpx.Response(503, request=httpx.Request("GET", "http://dev.app.localhost"))
    monkeypatch.setattr(visitor.gateway, "ask", lambda *arguments, **options: answer)
    monkeypatch.setattr(visitor, "PAUSE_SECONDS", 0.01)
    first, elsewhere = Visitor("dev").start(), Visitor("stg").start()
    second = Visitor("dev").start()
    assert not first._thread.is_alive()
    assert second._thread.is_alive()
    assert elsewhere._thread.is_alive()
    second.stop()
    elsewhere.stop()
