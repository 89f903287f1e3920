"""Warehouses, against a registry that speaks HTTP."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import golden
from fakes import FakeKube

from workshop.kargo_lite import conditions, warehouse
from workshop.kargo_lite.kube import KubeError
from workshop.kargo_lite.registry import RegistryError, Repository, may_speak_http

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
OCI = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


class Registry:
    """The read half of the registry API, and a way to push."""

    def __init__(self) -> None:
        self.blobs: dict[str, tuple[str, bytes]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.requests: list[str] = []
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                registry.requests.append(self.path)
                answer = registry.answer(self.path)
                self.send_response(200 if answer else 404)
                if answer:
                    kind, body, digest = answer
                    self.send_header("Content-Type", kind)
                    self.send_header("Docker-Content-Digest", digest)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                else:
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.host = f"127.0.0.1:{self.server.server_port}"

    def answer(self, path: str) -> tuple[str, bytes, str] | None:
        repository, _, _rest = path.removeprefix("/v2/").rpartition("/tags/list")
        if repository:
            return "application/json", json.dumps({"tags": list(self.tags.get(repository, {}))}).encode(), ""
        for kind in ("/manifests/", "/blobs/"):
            repository, found, reference = path.removeprefix("/v2/").partition(kind)
            if found:
                digest = self.tags.get(repository, {}).get(reference, reference)
                return (*self.blobs[digest], digest) if digest in self.blobs else None
        return None

    def put(self, kind: str, content: dict) -> str:
        body = json.dumps(content).encode()
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        self.blobs[digest] = (kind, body)
        return digest

    def image(self, created: str, label: str | None = None, kind: str = MANIFEST, **manifest: object) -> str:
        labels = {"org.opencontainers.image.created": label} if label else None
        config = self.put("application/json", {"created": created, "config": {"Labels": labels}, **manifest})
        return self.put(kind, {"mediaType": kind, "config": {"digest": config}})

    def push(self, repository: str, tag: str, digest: str) -> None:
        self.tags.setdefault(repository, {})[tag] = digest


@pytest.fixture
def registry() -> Iterator[Registry]:
    made = Registry()
    yield made
    made.server.shutdown()
    made.server.server_close()
    Repository._cache.clear()


@pytest.fixture
def app(registry: Registry) -> dict:
    images = [
        {"image": {"repoURL": f"{registry.host}/{name}", "imageSelectionStrategy": "NewestBuild",
                   "allowTagsRegexes": ["^[a-f0-9]{8}$"], "cacheByTag": True}}
        for name in ("frontend", "backend")
    ]  # fmt: skip
    expression = f"imageFrom('{registry.host}/frontend').Tag == imageFrom('{registry.host}/backend').Tag"
    return {
        "kind": "Warehouse",
        "metadata": {"name": "app", "namespace": "p", "generation": 1, "annotations": {}},
        "spec": {
            "interval": "5m0s",
            "subscriptions": images,
            "freightCreationCriteria": {"expression": expression},
        },
    }


def look(kube: FakeKube, app: dict, token: str) -> dict:
    """One look, asked for by annotation, as after a push."""
    stored = kube.get("Warehouse", "app", "p") or kube.store(app)
    stored["metadata"]["annotations"]["kargo.akuity.io/refresh"] = token
    kube.store(stored)
    warehouse.reconcile(kube, stored)
    return kube.get("Warehouse", "app", "p")["status"]


def condition(status: dict, kind: str) -> tuple[str, str] | None:
    found = conditions.get(status, kind)
    return (found["status"], found["reason"]) if found else None


def test_freight_that_admission_did_not_take_is_tried_again_at_once(
    registry: Registry, app: dict, kube: FakeKube, monkeypatch: pytest.MonkeyPatch
) -> None:
    for repository in ("frontend", "backend"):
        registry.push(repository, "aaaa0001", registry.image("2026-01-01T00:00:00Z"))

    def refuse(*_: object) -> dict:
        raise KubeError(500, "InternalError", "connect: connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(kube, "create", refuse)
        stored = kube.store(app)
        assert warehouse.reconcile(kube, stored) <= 2
    status = kube.get("Warehouse", "app", "p")["status"]
    assert condition(status, "Ready") == ("False", "FreightCreationFailure")
    assert "lastFreightID" not in status

    assert warehouse.reconcile(kube, kube.get("Warehouse", "app", "p")) > 200
    assert condition(kube.get("Warehouse", "app", "p")["status"], "Ready") == ("True", "ArtifactsDiscovered")
    assert len(kube.listed("Freight", "p")) == 1


def test_a_pair_becomes_freight(registry: Registry, app: dict, kube: FakeKube) -> None:
    for repository in ("frontend", "backend"):
        registry.push(repository, "aaaa0001", registry.image("2026-01-01T00:00:00Z"))
        registry.push(repository, "latest", registry.image("2026-09-09T00:00:00Z"))
    status = look(kube, app, "1")
    assert status["lastHandledRefresh"] == "1"
    [freight] = kube.listed("Freight", "p")
    assert [i["tag"] for i in freight["images"]] == ["aaaa0001", "aaaa0001"]
    assert freight["origin"] == {"kind": "Warehouse", "name": "app"}
    assert status["lastFreightID"] == freight["metadata"]["name"]
    assert condition(status, "FreightCreated") == ("True", "NewFreight")
    assert kube.events == [("FreightCreated", "Freight created from discovered artifacts")]

    # Only the frontend has the next one: no Freight of half a pair.
    registry.push("frontend", "bbbb0002", registry.image("2026-01-02T00:00:00Z"))
    status = look(kube, app, "2")
    assert condition(status, "FreightCreationCriteriaSatisfied") == ("False", "CriteriaNotSatisfied")
    assert condition(status, "FreightCreated") is None
    assert condition(status, "Ready") == ("True", "ArtifactsDiscovered")
    assert len(kube.listed("Freight", "p")) == 1

    registry.push("backend", "bbbb0002", registry.image("2026-01-02T00:00:01Z"))
    look(kube, app, "3")
    assert len(kube.listed("Freight", "p")) == 2
    status = look(kube, app, "4")
    assert condition(status, "FreightCreated") == ("False", "AlreadyExists")
    assert len(kube.listed("Freight", "p")) == 2
    references = status["discoveredArtifacts"]["images"][1]["references"]
    assert [r["tag"] for r in references] == ["bbbb0002", "aaaa0001"]
    assert references[0]["createdAt"] == "2026-01-02T00:00:01Z"


def test_status_looks_like_kargos(registry: Registry, app: dict, kube: FakeKube) -> None:
    for repository in ("frontend", "backend"):
        registry.push(repository, "aaaa0001", registry.image("2026-01-01T00:00:00Z"))
    look(kube, app, "1")
    status, recorded = look(kube, app, "2"), golden("warehouse.yaml")["status"]
    assert status.keys() - {"lastHandledRefresh"} == recorded.keys()

    def shown(of: dict) -> set[tuple]:
        return {(c["type"], c["status"], c["reason"], c["message"]) for c in of["conditions"]}

    assert shown(status) == shown(recorded)
    assert status["discoveredArtifacts"].keys() == recorded["discoveredArtifacts"].keys()


def test_unchanged_tags_are_read_once(registry: Registry, app: dict, kube: FakeKube) -> None:
    for repository in ("frontend", "backend"):
        registry.push(repository, "aaaa0001", registry.image("2026-01-01T00:00:00Z"))
    look(kube, app, "1")
    registry.requests.clear()
    look(kube, app, "2")
    assert registry.requests == ["/v2/frontend/tags/list", "/v2/backend/tags/list"]


def test_not_asked_and_not_due_it_does_not_look(registry: Registry, app: dict, kube: FakeKube) -> None:
    for repository in ("frontend", "backend"):
        registry.push(repository, "aaaa0001", registry.image("2026-01-01T00:00:00Z"))
    look(kube, app, "1")
    registry.requests.clear()
    stored = kube.get("Warehouse", "app", "p")
    assert 290 < warehouse.reconcile(kube, stored) <= 300
    assert registry.requests == []
    stored["status"]["discoveredArtifacts"]["discoveredAt"] = "2026-01-01T00:00:00Z"
    assert warehouse.must_discover(stored)


def test_empty_and_unreachable_registries(registry: Registry, app: dict, kube: FakeKube) -> None:
    status = look(kube, app, "1")
    assert condition(status, "Ready") == ("False", "MissingImageReferences")
    assert condition(status, "Healthy") == ("False", "NoImageReferencesDiscovered")
    app["spec"]["subscriptions"][0]["image"]["repoURL"] = "127.0.0.1:1/frontend"
    app["metadata"]["generation"] = 2
    kube.store(app)
    status = look(kube, app, "2")
    assert condition(status, "Ready") == ("False", "DiscoveryFailure")
    assert "127.0.0.1:1" in conditions.get(status, "Ready")["message"]


def test_bad_criteria(registry: Registry, app: dict, kube: FakeKube) -> None:
    for repository in ("frontend", "backend"):
        registry.push(repository, "aaaa0001", registry.image("2026-01-01T00:00:00Z"))
    app["spec"]["freightCreationCriteria"]["expression"] = "imageFrom('nope').Tag == 'x'"
    assert condition(look(kube, app, "1"), "Ready") == ("False", "CriteriaEvaluationFailed")


def test_unsupported_fields_are_named(app: dict, kube: FakeKube) -> None:
    app["spec"]["subscriptions"].append({"git": {"repoURL": "x"}})
    app["spec"]["subscriptions"][0]["image"] |= {"imageSelectionStrategy": "SemVer", "allowTags": "x"}
    status = look(kube, app, "1")
    assert condition(status, "Ready") == ("False", "NotSupportedByKargoLite")
    message = conditions.get(status, "Ready")["message"]
    assert "spec.subscriptions.2.git: this field is not supported by kargo-lite" in message
    assert "imageSelectionStrategy: value 'SemVer' is not supported by kargo-lite" in message
    assert "allowTags: this field is not supported" in message


# ---------------------------------------------------------------------------------------- registry


def test_newest_build(registry: Registry) -> None:
    push, image = registry.push, registry.image
    push("r", "a0000001", image("2026-01-01T00:00:00Z", n=1))
    push("r", "a0000002", image("2026-01-01T00:00:00Z", n=2))  # as old: the tag decides
    push("r", "a0000003", image("2026-01-03T00:00:00.123456789Z", kind=OCI))
    push("r", "a0000004", image("1970-01-01T00:00:00Z", label="2026-01-04T00:00:00Z"))  # the label wins
    children = [
        {"digest": image("2026-01-05T00:00:00Z", kind=OCI), "platform": {"os": "linux", "architecture": "amd64"}},
        {"digest": "sha256:attestation", "platform": {"os": "unknown", "architecture": "unknown"}},
    ]
    push("r", "a0000005", registry.put(INDEX, {"mediaType": INDEX, "manifests": children}))
    push("r", "v1.0.0", image("2027-01-01T00:00:00Z"))
    repository = Repository(f"{registry.host}/r")
    newest = repository.newest(["^[a-f0-9]{8}$"], ["3$"], limit=3)
    assert [i.tag for i in newest] == ["a0000005", "a0000004", "a0000002"]
    assert newest[0].digest == registry.tags["r"]["a0000005"]


def test_errors_name_the_place(registry: Registry) -> None:
    registry.push("r", "a", "sha256:missing")
    with pytest.raises(RegistryError, match=r"/v2/r/manifests/a: HTTP 404"):
        Repository(f"{registry.host}/r").image("a")


@pytest.mark.parametrize(
    ("host", "http"),
    [
        ("registry.workshop.local:5001", True),
        ("registry.localhost:5001", True),
        ("localhost:5001", True),
        ("127.0.0.1:5001", True),
        ("172.18.0.2:5000", True),
        ("kind-registry:5000", False),
        ("ghcr.io", False),
        ("8.8.8.8:5000", False),
    ],
)
def test_plain_http_goes_by_the_name(host: str, http: bool) -> None:
    assert may_speak_http(host) is http
