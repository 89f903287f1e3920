"""The registry's client, against one that keeps everything in memory and speaks as the real one does."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from workshop.errors import WorkshopError
from workshop.registry import Registry
from workshop.registry.client import MANIFEST_TYPE
from workshop.registry.retag import retag

INDEX_TYPE = "application/vnd.oci.image.index.v1+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Shelf:
    """What a registry holds: blobs, manifests with their types, tags."""

    def __init__(self) -> None:
        self.blobs: dict[tuple[str, str], bytes] = {}
        self.manifests: dict[tuple[str, str], tuple[bytes, str]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.uploads = 0
        self.relative = False


class Handler(BaseHTTPRequestHandler):
    """As much of the distribution API as is asked of it."""

    shelf: Shelf

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def place(self) -> tuple[str, str, str]:
        """Repository, what is asked for, and which: `app`, `manifests`, `1.0`."""
        repository, kind, name = urlsplit(self.path).path.removeprefix("/v2/").rsplit("/", 2)
        return repository, kind, name

    def do_GET(self) -> None:
        if self.path == "/v2/":
            return self.reply(200)
        repository, kind, name = self.place()
        if kind == "tags" and repository in self.shelf.tags:
            return self.reply(200, json.dumps({"tags": list(self.shelf.tags[repository])}).encode())
        if kind == "blobs" and (repository, name) in self.shelf.blobs:
            return self.reply(200, self.shelf.blobs[repository, name])
        name = self.shelf.tags.get(repository, {}).get(name, name)
        if kind == "manifests" and (repository, name) in self.shelf.manifests:
            body, media_type = self.shelf.manifests[repository, name]
            assert media_type in self.headers["Accept"]
            return self.reply(200, body, Content_Type=media_type, Docker_Content_Digest=name)
        return self.reply(404, b"no such thing")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        repository = self.place()[0].removesuffix("/blobs")
        query = parse_qs(urlsplit(self.path).query)
        if "mount" in query:
            digest, source = query["mount"][0], query["from"][0]
            self.shelf.blobs[repository, digest] = self.shelf.blobs[source, digest]
            return self.reply(201)
        where = f"/v2/{repository}/blobs/upload?_state=kept"
        return self.reply(202, Location=where if self.shelf.relative else f"http://{self.headers['Host']}{where}")

    def do_PUT(self) -> None:
        repository, kind, name = self.place()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        digest = digest_of(body)
        if kind == "manifests":
            self.shelf.manifests[repository, digest] = (body, self.headers["Content-Type"])
            self.shelf.tags.setdefault(repository, {})[name] = digest
            return self.reply(201, Docker_Content_Digest=digest)
        query = parse_qs(urlsplit(self.path).query)
        if query != {"_state": ["kept"], "digest": [digest]}:
            return self.reply(400, b"DIGEST_INVALID")
        self.shelf.uploads += 1
        self.shelf.blobs[repository, digest] = body
        return self.reply(201)

    def do_DELETE(self) -> None:
        repository, _, digest = self.place()
        del self.shelf.manifests[repository, digest]
        kept = {tag: found for tag, found in self.shelf.tags[repository].items() if found != digest}
        self.shelf.tags[repository] = kept
        self.reply(202)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def registry(shelf: Shelf) -> Iterator[Registry]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"shelf": shelf}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Registry(f"127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


def pushed(registry: Registry, tag: str, **configuration: Any) -> str:
    """An image of one layer; its digest."""
    layer = registry.store("app", b"layer", "application/vnd.oci.image.layer.v1.tar")
    config = registry.store("app", json.dumps(configuration).encode())
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": [layer]}
    return registry.put("app", tag, manifest)


def test_what_is_put_is_found_by_tag_and_by_digest(registry: Registry) -> None:
    digest = pushed(registry, "1.0", os="linux")
    assert registry.digest("app", "1.0") == digest
    image = registry.image("app", "1.0")
    assert (image.digest, image.media_type, image.is_list) == (digest, MANIFEST_TYPE, False)
    assert registry.configuration("app", image) == {"os": "linux"}
    assert registry.manifest("app", digest) == image


@pytest.mark.parametrize("relative", [False, True])
def test_an_upload_goes_where_the_registry_says(registry: Registry, shelf: Shelf, relative: bool) -> None:
    """Its address may be one without a host; what is in it already, the state of the upload, goes back."""
    shelf.relative = relative
    stored = registry.store("app", b"content")
    assert shelf.blobs["app", stored["digest"]] == b"content"
    assert stored["size"] == 7


def test_a_file_is_sent_once(registry: Registry, shelf: Shelf) -> None:
    content = b"x" * 3_000_000
    for _ in range(2):
        registry.store_file("app", io.BytesIO(content), digest_of(content), len(content))
    assert shelf.blobs["app", digest_of(content)] == content
    assert shelf.uploads == 1


def test_a_layer_of_another_repository_is_not_sent(registry: Registry, shelf: Shelf) -> None:
    stored = registry.store("app", b"layer")
    registry.mount("other", stored["digest"], "app")
    assert shelf.blobs["other", stored["digest"]] == b"layer"
    assert shelf.uploads == 1


def test_of_a_list_the_image_is_its_first(registry: Registry) -> None:
    digest = pushed(registry, "1.0", os="linux")
    registry.put("app", "all", {"mediaType": INDEX_TYPE, "manifests": [{"digest": digest}]}, INDEX_TYPE)
    found = registry.manifest("app", "all")
    assert found is not None
    assert found.is_list
    assert registry.image("app", "all").digest == digest


def test_tags_come_sorted_and_go_with_their_image(registry: Registry) -> None:
    for tag, system in (("2", "linux"), ("1", "linux"), ("3", "plan9")):
        pushed(registry, tag, os=system)
    assert registry.tags("app") == ["1", "2", "3"]
    registry.forget("app", "1")
    registry.forget("app", "never there")
    assert registry.tags("app") == ["3"]
    assert registry.digest("app", "1") == ""


def test_what_is_not_there_is_none_and_an_image_that_is_needed_an_error(registry: Registry) -> None:
    assert registry.tags("nothing") == []
    assert registry.manifest("nothing", "1") is None
    with pytest.raises(WorkshopError, match="não tem nothing:1"):
        registry.image("nothing", "1")


def test_what_the_registry_refuses_is_told_in_its_words(registry: Registry) -> None:
    with pytest.raises(WorkshopError, match="recusou sha256:wrong: HTTP 400") as refused:
        registry.store_file("app", io.BytesIO(b"content"), "sha256:wrong", 7)
    assert refused.value.details == "DIGEST_INVALID"


def test_nobody_there_is_a_sentence() -> None:
    nobody = Registry("127.0.0.1:1")
    assert not nobody.answers()
    with pytest.raises(WorkshopError, match=r"não responde em 127\.0\.0\.1:1") as silent:
        nobody.tags("app")
    assert "docker start" in silent.value.fix


def test_somebody_there_answers(registry: Registry) -> None:
    assert registry.answers()


def test_an_image_under_another_tag_has_its_layers_and_a_digest_of_its_own(registry: Registry, shelf: Shelf) -> None:
    first = pushed(registry, "1", os="linux", config={"Env": ["APP_VERSION=1"]})
    sent = shelf.uploads
    second = retag(registry, "app", "1", "2", {"PORT": "8999"})
    assert second not in ("", first)
    assert shelf.uploads == sent + 1, "its configuration alone"
    before, after = registry.image("app", "1"), registry.image("app", "2")
    assert after.content["layers"] == before.content["layers"]
    assert registry.configuration("app", after)["config"]["Env"] == ["APP_VERSION=2", "PORT=8999"]
