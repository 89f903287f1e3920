"""Container images made in an instant: the layers of one that is there, under another configuration.

No engine and no build: manifest and configuration are written through the registry's own HTTP API, layers are mounted
from repository to repository.
"""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from workshop import registry
from workshop import settings as config
from workshop.registry.client import MANIFEST_TYPE

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
    local, layers = registry.local(), base["layers"]
    if behaviour == "cannot be pulled":
        layers = [local.store(repository, b"no archive", _LAYER)]
        configuration["rootfs"] = {"type": "layers", "diff_ids": [f"sha256:{'0' * 64}"]}
    else:
        for layer in layers:
            local.mount(repository, layer["digest"], _BASE)
    stored = local.store(repository, json.dumps(configuration).encode())
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": stored, "layers": layers}
    return local.put(repository, tag, manifest)


def _tick() -> datetime:
    """The present second, but later than the last one given out."""
    global _last
    with _clock_lock:
        _last = max(datetime.now(UTC).replace(microsecond=0), _last + timedelta(seconds=1))
        return _last


@lru_cache(maxsize=1)
def _base() -> dict[str, Any]:
    """Configuration and layers of an image of the app."""
    local = registry.local()
    image = local.image(_BASE, local.tags(_BASE)[0])
    configuration = local.configuration(_BASE, image)
    kept = ("architecture", "os", "variant", "rootfs")
    layers = [{**layer, "mediaType": _LAYER} for layer in image.content["layers"]]
    return {"configuration": {key: configuration[key] for key in kept if key in configuration}, "layers": layers}
