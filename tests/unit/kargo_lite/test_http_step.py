"""The http step, on a server of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from workshop.kargo_lite import supported
from workshop.kargo_lite.steps import RUNNERS, StepError


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = int(self.path.split("?")[0].strip("/") or 200)
            body = json.dumps({"path": self.path, "who": self.headers.get("X-Who")}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(201)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def ask(step, server: ThreadingHTTPServer):
    def run(path: str = "/200", **config: object):
        config = {"url": f"http://127.0.0.1:{server.server_port}{path}", **config}
        assert supported.problems(supported.STEPS["http"], config, "") == []
        return RUNNERS["http"].run(step(**config))

    return run


def test_the_answer_is_there_for_outputs(ask) -> None:
    result = ask(
        queryParams=[{"name": "q", "value": "a b"}],
        headers=[{"name": "X-Who", "value": "me"}],
        outputs=[
            {"name": "status", "fromExpression": "response.status"},
            {"name": "path", "fromExpression": "response.body.path"},
            {"name": "who", "fromExpression": "response.body.who"},
            {"name": "type", "fromExpression": "response.header('content-type')"},
            {"name": "none", "fromExpression": "response.header('X-None')"},
        ],
    )
    assert (result.status, result.output) == (
        "Succeeded",
        {
            "status": 200,
            "path": "/200?q=a+b",
            "who": "me",
            "type": "application/json; charset=utf-8",
            "none": "",
        },
    )


def test_a_body_goes_out_and_text_comes_back(ask) -> None:
    result = ask(method="POST", body="hello", outputs=[{"name": "echo", "fromExpression": "response.body"}])
    assert result.output == {"echo": "hello"}


def test_without_expressions_the_status_decides(ask) -> None:
    assert ask("/204").status == "Succeeded"
    assert ask("/503").status == "Failed"


def test_it_waits_until_an_expression_holds(ask) -> None:
    waiting = ask("/503", successExpression="response.status == 200", pollInterval="15s")
    assert (waiting.status, waiting.retry_after) == ("Running", 15)
    assert ask("/503", failureExpression="response.status == 404").status == "Running"
    with pytest.raises(StepError, match=r"HTTP \(404\) response met failure criteria") as raised:
        ask("/404", successExpression="true", failureExpression="response.status == 404")
    assert (raised.value.terminal, raised.value.status) == (True, "Failed")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"successExpression": "response.status"}, "did not evaluate to a boolean"),
        ({"successExpression": "response.status =="}, "error evaluating success expression"),
        ({"outputs": [{"name": "x", "fromExpression": "nobody.x"}]}, "error extracting outputs"),
    ],
)
def test_bad_expressions_are_named(ask, config: dict, message: str) -> None:
    with pytest.raises(StepError, match=message):
        ask(**config)


def test_nobody_there(step) -> None:
    with pytest.raises(StepError, match=r'error sending HTTP request: Get "http://127\.0\.0\.1:1/"'):
        RUNNERS["http"].run(step(url="http://127.0.0.1:1/", timeout="2s"))
