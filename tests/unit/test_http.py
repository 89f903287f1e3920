"""What runs on this machine is asked directly, whatever proxy the environment names."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from workshop import http, process


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that nobody answers for, and no exception from it."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_the_proxy_is_in_the_way_of_anybody_else(address: str) -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_the_shared_client_goes_past_it(address: str) -> None:
    # In a process of its own: the client is made once, with what the environment says then.
    ask = "import sys; from workshop import http; print(http.LOCAL.get(sys.argv[1]).text)"
    assert process.run([sys.executable, "-c", ask, f"{address}/a"], env=os.environ).out == "/a\n"


def test_a_client_of_ones_own_goes_past_it(address: str) -> None:
    with http.local_client(address) as client:
        assert client.get("/b").text == "/b"
