"""The gateway: http://{dev,stg,prod}.app.localhost to the frontend of that namespace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workshop import settings as config
from workshop.cluster import rollout
from workshop.shell import kubectl

_MANIFEST = Path(__file__).parent / "manifests" / "gateway.yaml"


def ensure(report: Callable[[str], None] = print) -> None:
    """Have the gateway run."""
    manifest = (
        _MANIFEST.read_text(encoding="utf-8")
        .replace("$IMAGE", config.versions()["images"]["nginx"]["name"])
        .replace("$NODE_PORT", str(config.GATEWAY_NODE_PORT))
        .replace("$ENVIRONMENTS", "|".join(config.ENVIRONMENTS))
    )
    kubectl.text("apply", "--server-side", "--filename", "-", stdin=manifest)
    rollout.ready(config.NAMESPACE_GATEWAY, "deployment/gateway", "o gateway está no ar", report=report)
