"""Container images made in an instant: the layers of one that is there, under another configuration.

No engine and no build: manifest and configuration are written through the registry's own HTTP API
(https://distribution.github.io/distribution/spec/api/), layers are mounted from repository to repository.
"""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import httpx

from workshop import settings as config
from workshop.services import registry

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_CONFIGURATION: Final = "application/vnd.oci.image.config.v1+json"
_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
_CREATED: Final = "org.opencontainers.image.created"
_BASE: Final = config.APP_IMAGES[0]
"""The repository whose layers are used: it has a shell, and the node has them already."""

_SERVE = "trap 'exit 0' TERM; touch /tmp/ready; while :; do sleep 1 & wait $!; done"
# Argo CD, where it is busy, may take a Deployment that it has just changed for the healthy one of before, and go on to
# the smoke test. The test of a version that does not serve fails, as that of the app itself does.
_SILENT = "echo 'connection refused' >&2; exit 1"
BEHAVIOURS: Final[dict[str, tuple[str, str]]] = {
    # name: (what the container does, what its smoke test does)
    "good": (_SERVE, "exit 0"),
    "never ready": (_SERVE.replace("touch /tmp/ready; ", ""), _SILENT),
    "crashes": ("echo 'no such table: users' >&2; exit 1", _SILENT),
    "fails smoke test": (_SERVE, "echo 'HTTP 500' >&2; exit 1"),
    "cannot be pulled": (_SERVE, "exit 0"),
}
"""Ready is a container of which `/tmp/ready` exists; `$SMOKE` is for the test that runs beside it."""

_clock_lock = threading.Lock()
_last = datetime.fromtimestamp(0, UTC)


def push(repository: str, tag: str, *, created: datetime | None = None, behaviour: str = "good") -> str:
    """Have an image of that behaviour in the local registry; returns its digest.

    **created**: its build date; without one it is newer than every image made before, by a second at least.
    """
    serve, smoke = BEHAVIOURS[behaviour]
    base = _base()
    moment = (created or _tick()).isoformat().replace("+00:00", "Z")
    configuration = {
        **base["configuration"],
        "created": moment,
        "config": {
            "User": "65534:65534",
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", f"SMOKE={smoke}"],
            "Entrypoint": ["sh", "-c", serve],
            "Labels": {_CREATED: moment, "tag": tag},
        },
    }
    layers = base["layers"]
    with httpx.Client(base_url=f"http://{config.registry_on_host()}/v2/{repository}", timeout=30) as client:
        if behaviour == "cannot be pulled":
            layers = [_upload(client, b"no archive", _LAYER)]
            configuration["rootfs"] = {"type": "layers", "diff_ids": [f"sha256:{'0' * 64}"]}
        else:
            for layer in layers:
                client.post("/blobs/uploads/", params={"mount": layer["digest"], "from": _BASE}).raise_for_status()
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _upload(client, json.dumps(configuration).encode(), _CONFIGURATION),
            "layers": layers,
        }
        answer = client.put(f"/manifests/{tag}", content=json.dumps(manifest), headers={"Content-Type": MANIFEST})
        answer.raise_for_status()
    return str(answer.headers["Docker-Content-Digest"])


def _tick() -> datetime:
    """The present second, but later than the last one given out."""
    global _last
    with _clock_lock:
        _last = max(datetime.now(UTC).replace(microsecond=0), _last + timedelta(seconds=1))
        return _last


@lru_cache(maxsize=1)
def _base() -> dict[str, Any]:
    """Configuration and layers of an image of the app."""
    tag = registry.tags(_BASE)[0]
    with httpx.Client(base_url=f"http://{config.registry_on_host()}/v2/{_BASE}", timeout=30) as client:
        accept = f"{MANIFEST}, application/vnd.docker.distribution.manifest.v2+json"
        manifest = client.get(f"/manifests/{tag}", headers={"Accept": accept}).raise_for_status().json()
        configuration = client.get(f"/blobs/{manifest['config']['digest']}").raise_for_status().json()
    kept = ("architecture", "os", "variant", "rootfs")
    layers = [{**layer, "mediaType": _LAYER} for layer in manifest["layers"]]
    return {"configuration": {key: configuration[key] for key in kept if key in configuration}, "layers": layers}


def _upload(client: httpx.Client, content: bytes, media_type: str) -> dict[str, Any]:
    """Store a blob; returns its descriptor."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    started = client.post("/blobs/uploads/").raise_for_status()
    place = httpx.URL(started.headers["Location"]).copy_merge_params({"digest": digest})
    client.put(place, content=content, headers={"Content-Type": "application/octet-stream"}).raise_for_status()
    return {"mediaType": media_type, "digest": digest, "size": len(content)}
