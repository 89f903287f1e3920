"""A small API server: it hands out, lists, watches, ends watches, forgets, refuses, hangs and goes away.

A real server on a real socket, so that what is tested is the client as it is; and no cluster, so that it takes no time.
"""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import yaml

from workshop import kube
from workshop.kargo import api
from workshop.kargo.objects import Object

PLURALS: Final = {kind: kube.KINDS[kind][1] for kind in (*api.KINDS, "Application", "Pod")}
"""What the board watches."""
_ALL: Final = {kind: plural for kind, (_, plural) in kube.KINDS.items()}
_END: Final = None


class Api:
    """The server, with the objects that it has.

    **lists**: how often each kind was listed; **watches**: how many are open now; **asked**: every address.
    **status**: what it answers, 200 for what was asked for. **delay**: how long it thinks before, in seconds.

    Usage:

        with Api(objects) as api:
            api.write_kubeconfig(path)
            api.put("Stage", item)
    """

    def __init__(self, objects: dict[str, list[Object]]) -> None:
        self._lock = threading.Lock()
        self._version = 100
        self._objects = {plural: {_key(item): item for item in objects.get(kind, ())} for kind, plural in _ALL.items()}
        self._history: list[tuple[int, str, dict[str, Any]]] = []
        self._watchers: list[tuple[str, queue.Queue[Any]]] = []
        self.lists: Counter[str] = Counter()
        self.asked: list[str] = []
        self.status = 200
        self.delay = 0.0
        self._server: _Server | None = None
        self._port = 0

    def __enter__(self) -> Api:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def watches(self) -> int:
        """How many clients listen now."""
        with self._lock:
            return len(self._watchers)

    def start(self) -> None:
        """Listen; after `stop` on the same port again."""
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = _Server(("127.0.0.1", self._port), handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Go away: every watch ends, and nothing listens any more."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()
            self._server = None
        self._say_to(None, _END)

    def put(self, kind: str, item: Object) -> None:
        """Create or change an object."""
        with self._lock:
            known = self._objects[_ALL[kind]]
            happened = "MODIFIED" if _key(item) in known else "ADDED"
            known[_key(item)] = item
        self._say(kind, happened, item)

    def delete(self, kind: str, item: Object) -> None:
        """Remove an object."""
        with self._lock:
            del self._objects[_ALL[kind]][_key(item)]
        self._say(kind, "DELETED", item)

    def replace_unheard(self, kind: str, items: Iterable[Object]) -> None:
        """Have other objects without telling anybody, as happens while nobody is connected."""
        with self._lock:
            self._objects[_ALL[kind]] = {_key(item): item for item in items}

    def forget(self, kind: str) -> None:
        """Tell the watches of a kind that what they have seen last is too long ago."""
        gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version: 1 (2)"}
        self._say_to(_ALL[kind], {"type": "ERROR", "object": gone})

    def end_watches(self) -> None:
        """End every watch as the server does when its time is over."""
        self._say_to(None, _END)

    def write_kubeconfig(self, file: Path) -> None:
        """Write the way here."""
        content = {
            "current-context": "here",
            "clusters": [{"name": "here", "cluster": {"server": f"http://127.0.0.1:{self._port}"}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
            "users": [{"name": "me", "user": {"token": "any"}}],
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(content), encoding="utf-8")

    def listing(self, plural: str) -> dict[str, Any]:
        """What a list of a kind answers."""
        with self._lock:
            self.lists[plural] += 1
            return {
                "metadata": {"resourceVersion": str(self._version)},
                "items": list(self._objects[plural].values()),
            }

    def named(self, plural: str, name: str) -> Object | None:
        """One object."""
        with self._lock:
            return next((item for (_, known), item in self._objects[plural].items() if known == name), None)

    def subscribe(self, plural: str, since: int | None) -> queue.Queue[Any]:
        """Whatever has happened to a kind after a version, and whatever will; without one, what there is, first."""
        events: queue.Queue[Any] = queue.Queue()
        with self._lock:
            if since is None:
                since = self._version
                for item in self._objects[plural].values():
                    metadata = {**item["metadata"], "resourceVersion": str(since)}
                    events.put({"type": "ADDED", "object": {**item, "metadata": metadata}})
            for version, happened_to, event in self._history:
                if version > since and happened_to == plural:
                    events.put(event)
            self._watchers.append((plural, events))
        return events

    def unsubscribe(self, events: queue.Queue[Any]) -> None:
        """Not any more."""
        with self._lock:
            self._watchers = [one for one in self._watchers if one[1] is not events]

    def _say(self, kind: str, happened: str, item: Object) -> None:
        with self._lock:
            self._version += 1
            metadata = {**item["metadata"], "resourceVersion": str(self._version)}
            event = {"type": happened, "object": {**item, "metadata": metadata}}
            self._history.append((self._version, _ALL[kind], event))
        self._say_to(_ALL[kind], event)

    def _say_to(self, plural: str | None, event: Any) -> None:
        with self._lock:
            for listened, events in self._watchers:
                if plural in (None, listened):
                    events.put(event)


def _key(item: Object) -> tuple[str, str]:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def hang_up(self) -> None:
        """End the connections that clients keep for their next question."""
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    api: Api
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        *_, parent, last = url.path.split("/")
        query = parse_qs(url.query)
        self.api.asked.append(self.path)
        time.sleep(self.api.delay)
        if self.api.status != 200:
            self._answer(self.api.status, {"kind": "Status", "message": "no"})
        elif last == "readyz":
            self._answer(200, {})
        elif "watch" in query:
            self._stream(last, int(query["resourceVersion"][0]) if "resourceVersion" in query else None)
        elif last in _ALL.values():
            self._answer(200, self.api.listing(last))
        elif parent in _ALL.values() and (found := self.api.named(parent, last)):
            self._answer(200, dict(found))
        else:
            self._answer(404, {"kind": "Status", "message": "not found"})

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, plural: str, since: int | None) -> None:
        events = self.api.subscribe(plural, since)
        try:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while (event := events.get()) is not _END:
                line = json.dumps(event).encode() + b"\n"
                self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            pass  # the client has gone
        finally:
            self.api.unsubscribe(events)
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""
