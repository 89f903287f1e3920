"""The gateway: http://{dev,stg,prod}.app.localhost to the frontend of that namespace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx

from workshop import settings as config
from workshop.cluster import rollout
from workshop.shell import kubectl

ANSWER_SECONDS: Final = 2.0
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


def ask(
    environment: str,
    path: str,
    *,
    method: str = "GET",
    body: Any = None,
    token: str = "",
    client: httpx.Client | None = None,
    timeout: float = ANSWER_SECONDS,
) -> httpx.Response:
    """Send a request to the application of one environment.

    **body**: goes as JSON; **token**: of a signed-in user; **timeout**: seconds.
    The gateway is asked by its address: not every resolver knows that *.localhost is this machine.
    """
    port = config.settings().gateway_port
    headers = {"Host": f"{environment}.app.localhost:{port}"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    send = client.request if client else httpx.request
    return send(method, f"http://127.0.0.1:{port}{path}", headers=headers, json=body, timeout=timeout)
