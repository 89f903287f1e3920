"""Fetching what makers publish, from a server that speaks TLS: whole and with the pinned digest, or not at all."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from workshop.errors import WorkshopError
from workshop.supply import downloads
from workshop.supply.trouble import Kind, NotFetched

CONTENT = b"#!/bin/sh\necho v1\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
Answer = Callable[[BaseHTTPRequestHandler], None]


class Publisher:
    """A server on 127.0.0.1; **answers** are given in turn, the last one again and again."""

    def __init__(self, authority: trustme.CA) -> None:
        self.answers: list[Answer] = [whole]
        self.asked = 0
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked += 1
                publisher.answers[min(publisher.asked, len(publisher.answers)) - 1](self)

            do_HEAD = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"https://{self.host}/v1/tool"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def whole(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(CONTENT)))
    request.end_headers()
    request.wfile.write(CONTENT)


def cut_off(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(CONTENT)))
    request.end_headers()
    request.wfile.write(CONTENT[:5])


def refusing(status: int) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """One that this machine trusts, with patience counted in parts of a second."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "authority.pem"))
    monkeypatch.setattr(downloads, "_PATIENCE", ("--retry", "2", "--retry-delay", "0", "--retry-all-errors"))
    server = Publisher(authority)
    yield server
    server.close()


def test_a_file_with_the_pinned_digest_is_there_afterwards(publisher: Publisher, tmp_path: Path) -> None:
    downloads.fetch(publisher.url, DIGEST, tmp_path / "bin" / "tool")
    assert (tmp_path / "bin" / "tool").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["tool"]


def test_another_file_than_the_pinned_one_is_not(publisher: Publisher, tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match=f"SHA-256 é {DIGEST}"):
        downloads.fetch(publisher.url, "0" * 64, tmp_path / "bin" / "tool")
    assert list((tmp_path / "bin").iterdir()) == []


@pytest.mark.parametrize("fault", [cut_off, refusing(429), refusing(503)])
def test_what_passes_is_tried_again(publisher: Publisher, fault: Answer, tmp_path: Path) -> None:
    publisher.answers = [fault, whole]
    downloads.fetch(publisher.url, DIGEST, tmp_path / "tool")
    assert publisher.asked == 2


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (cut_off, Kind.DAMAGED),
        (refusing(429), Kind.LIMIT),
        (refusing(503), Kind.SLOW),
        (refusing(404), Kind.ABSENT),
        (refusing(403), Kind.DENIED),
    ],
)
def test_what_stays_is_told_and_leaves_nothing(publisher: Publisher, fault: Answer, kind: Kind, tmp_path: Path) -> None:
    publisher.answers = [fault]
    with pytest.raises(NotFetched) as caught:
        downloads.fetch(publisher.url, DIGEST, tmp_path / "bin" / "tool")
    assert (caught.value.kind, caught.value.host) == (kind, publisher.host)
    assert "curl: (" in caught.value.details
    assert list((tmp_path / "bin").iterdir()) == []


def test_a_certificate_of_nobody_is_refused(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CURL_CA_BUNDLE")
    with pytest.raises(NotFetched) as caught:
        downloads.fetch(publisher.url, DIGEST, tmp_path / "tool")
    assert caught.value.kind is Kind.CERTIFICATE
    assert publisher.asked == 0


def test_who_answers_at_all_can_be_reached(publisher: Publisher) -> None:
    publisher.answers = [refusing(429)]
    nobody = "127.0.0.1:9"
    reasons = downloads.out_of_reach([publisher.host, nobody])
    assert reasons.keys() == {nobody}
    assert "connect" in reasons[nobody]
