"""Talking to an API server, as the real client does it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import kubernetes
import pytest
from fakes import FakeKube

from workshop.kargo_lite.kube import Kube, KubeError

STAGE = {"metadata": {"name": "dev", "namespace": "p", "resourceVersion": "7"}, "status": {"a": 1, "b": 2}}
VERSION = {"resourceVersion": "7"}
LIST = {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "StageList", "items": [STAGE]}
PATH = "/apis/kargo.akuity.io/v1alpha1/namespaces/p/stages"


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            self.server.seen.append((self.command, self.path, self.headers.get("Content-Type"), body))
            code, content = self.server.answers.get((self.command, self.path), (404, {"reason": "NotFound"}))
            data = json.dumps(content).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, *_: object) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.seen, made.answers = [], {}
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def kube(server: ThreadingHTTPServer) -> Kube:
    configuration = kubernetes.client.Configuration()
    configuration.host = f"http://127.0.0.1:{server.server_port}"
    return Kube(kubernetes.client.ApiClient(configuration))


def test_get_and_list(kube: Kube, server: ThreadingHTTPServer) -> None:
    server.answers = {("GET", f"{PATH}/dev"): (200, STAGE), ("GET", f"{PATH}?labelSelector=a%3Db"): (200, LIST)}
    assert kube.get("Stage", "dev", "p") == STAGE
    assert kube.get("Stage", "nope", "p") is None
    [item] = kube.listed("Stage", "p", "a=b")
    assert (item["kind"], item["apiVersion"]) == ("Stage", "kargo.akuity.io/v1alpha1")


def test_a_status_is_patched_with_what_changed_and_nulls_survive(kube: Kube, server: ThreadingHTTPServer) -> None:
    server.answers = {("PATCH", f"{PATH}/dev/status"): (200, STAGE)}
    kube.patch_status({"kind": "Stage", **STAGE}, {"a": 1, "c": 3})
    assert server.seen == [
        (
            "PATCH",
            f"{PATH}/dev/status",
            "application/merge-patch+json",
            {"metadata": VERSION, "status": {"b": None, "c": 3}},
        )
    ]
    server.seen.clear()
    kube.patch_status({"kind": "Stage", **STAGE}, {"a": 1, "b": 2})
    assert server.seen == []


def test_errors_carry_kubernetes_words(kube: Kube, server: ThreadingHTTPServer) -> None:
    said = {"reason": "AlreadyExists", "message": 'stages "dev" already exists'}
    server.answers = {("POST", PATH): (409, said)}
    with pytest.raises(KubeError, match='stages "dev" already exists') as raised:
        kube.create("Stage", STAGE, "p")
    assert raised.value.already_exists
    assert raised.value.code == 409


def test_a_status_that_somebody_else_wrote_is_left_alone() -> None:
    kube = FakeKube({"kind": "Stage", **STAGE})
    mine = kube.get("Stage", "dev", "p")
    kube.patch("Stage", "dev", "p", {"status": {"metadata": {"lastGoodCommit": "abc"}}})
    with pytest.raises(KubeError) as raised:
        kube.patch_status(mine, {**mine["status"], "a": 2})
    assert raised.value.is_conflict
    assert kube.get("Stage", "dev", "p")["status"] == {**STAGE["status"], "metadata": {"lastGoodCommit": "abc"}}


def test_an_annotation_is_no_reason_to_decide_again() -> None:
    kube = FakeKube({"kind": "Stage", **STAGE})
    mine = kube.get("Stage", "dev", "p")
    kube.annotate(mine, "kargo.akuity.io/refresh", "now")
    written = kube.patch_status(mine, {**mine["status"], "a": 2})
    assert written["status"]["a"] == 2
    assert kube.patch_status(written, {**written["status"], "a": 3})["status"]["a"] == 3
