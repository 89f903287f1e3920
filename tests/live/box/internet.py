"""The server of that internet: one address, every name, TLS by an authority of its own, and faults on request.

    python -m tests.live.box.internet FOLDER

FOLDER holds what `shelves.py` put there. `faults.json` is read anew for each request: who changes it changes the
weather.
"""

from __future__ import annotations

import json
import shutil
import ssl
import sys
import tarfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from tests.live.box.shelves import CERTIFICATE, FAULTS, LOG, SHELVES, STRANGER

ADDRESS: Final = ("198.51.100.1", 443)
"""Of a network that belongs to nobody (https://www.rfc-editor.org/rfc/rfc5737), and not of this machine's 127.0.0.0/8,
whose registries an engine trusts without a certificate."""
SLOW_SECONDS: Final = 20


class Internet(ThreadingHTTPServer):
    """Everything that is published, by host and path, and the connection of each request."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, folder: Path) -> None:
        super().__init__(ADDRESS, Request)
        self.folder: Final = folder
        self.shelves: Final[dict[str, Any]] = json.loads((folder / SHELVES).read_text(encoding="utf-8"))
        stranger = _context(folder / STRANGER)
        self.context: Final = _context(folder / CERTIFICATE)

        def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
            if self.fault(name or "", "") == "certificate":
                connection.context = stranger

        self.context.sni_callback = choose

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the request's own thread, so that a slow handshake keeps nobody waiting."""
        try:
            encrypted = self.context.wrap_socket(request, server_side=True)
        except (ssl.SSLError, OSError):
            return
        super().finish_request(encrypted, client_address)

    def fault(self, host: str, path: str) -> str:
        """What is wrong at that place now; empty where nothing is."""
        try:
            faults: dict[str, str] = json.loads((self.folder / FAULTS).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ""
        return next((fault for where, fault in faults.items() if f"{host}{path}".startswith(where)), "")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error."""


class Request(BaseHTTPRequestHandler):
    """One connection: a file, a manifest or a blob for each thing that is asked."""

    protocol_version = "HTTP/1.1"
    server: Internet

    def do_GET(self) -> None:
        """Answer with what is published there, or with the fault of the day."""
        host = self.headers.get("Host", "").partition(":")[0]
        place = f"{host}{self.path.partition('?')[0]}"
        fault = self.server.fault(host, self.path)
        if fault == "429":
            self._send(429, b'{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your limit."}]}')
            return
        if fault == "slow":
            time.sleep(SLOW_SECONDS)
        if self.path == "/v2/":
            self._send(200, b"{}")
            return
        found = self.server.shelves.get(place)
        if found is None:
            self._send(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
        elif fault == "other":
            self._send(200, b"something else")
        else:
            self._hand_over(found, cut=fault == "cut")

    do_HEAD = do_GET

    def _hand_over(self, found: dict[str, Any], *, cut: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", found.get("type", "application/octet-stream"))
        self.send_header("Content-Length", str(found["size"]))
        if "digest" in found:
            self.send_header("Docker-Content-Digest", found["digest"])
        self.end_headers()
        if self.command == "HEAD":
            return
        if "member" not in found:
            with Path(found["file"]).open("rb") as stream:
                self._pour(stream, found["size"], cut=cut)
            return
        with tarfile.open(found["file"]) as archive:
            stream = archive.extractfile(found["member"])
            assert stream is not None
            self._pour(stream, found["size"], cut=cut)

    def _pour(self, stream: Any, size: int, *, cut: bool) -> None:
        if cut:
            self.wfile.write(stream.read(size // 2))
            self.close_connection = True
            return
        shutil.copyfileobj(stream, self.wfile, 1 << 20)
        with (self.server.folder / LOG).open("a", encoding="utf-8") as log:
            log.write(f"{size}\n")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: what was handed over is in the log."""


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


if __name__ == "__main__":
    Internet(Path(sys.argv[1])).serve_forever()
