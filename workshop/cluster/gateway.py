"""The gateway: http://{dev,stg,prod}.app.localhost to its frontend, http://{kargo,argocd}.localhost to pages."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import httpx

from workshop import http
from workshop import settings as config
from workshop.cluster import rollout
from workshop.shell import kubectl

ANSWER_SECONDS: Final = 2.0
_MANIFEST = Path(__file__).parent / "manifests" / "gateway.yaml"


def ensure() -> None:
    """Have the gateway run."""
    kubectl.change("apply", "--server-side", "--filename", "-", stdin=manifest())
    rollout.ready(config.NAMESPACE_GATEWAY, "deployment/gateway", "gateway no ar")


def manifest() -> str:
    """Everything that the gateway consists of, as YAML."""
    template = _MANIFEST.read_text(encoding="utf-8")
    values = {
        "$IMAGE": config.versions()["images"]["nginx"]["name"],
        "$NODE_PORT": str(config.GATEWAY_NODE_PORT),
        "$ENVIRONMENTS": "|".join(config.ENVIRONMENTS),
        "$KARGO_HOST": config.KARGO_HOST,
        "$KARGO_SERVICE": f"kargo-api.{config.NAMESPACE_KARGO}",
        "$ARGOCD_HOST": config.ARGOCD_HOST,
        "$ARGOCD_SERVICE": f"argocd-server.{config.NAMESPACE_ARGOCD}",
    }
    for placeholder, value in values.items():
        template = template.replace(placeholder, value)
    # nginx reads its configuration once, so that another one needs another pod.
    return template.replace("$CHECKSUM", hashlib.sha256(template.encode()).hexdigest()[:16])


def ask(environment: str, path: str, **options: Any) -> httpx.Response:
    """Send a request to the application of one environment; **options** as `ask_host` takes them."""
    return ask_host(config.environment_host(environment), path, **options)


def ask_host(
    host: str,
    path: str,
    *,
    method: str = "GET",
    body: Any = None,
    token: str = "",
    client: httpx.Client | None = None,
    timeout: float = ANSWER_SECONDS,
) -> httpx.Response:
    """Send a request to whatever the gateway has under a host name.

    **body**: goes as JSON; **token**: of a signed-in user; **timeout**: seconds.
    The gateway is asked by its address: not every resolver knows that *.localhost is this machine.
    """
    port = config.settings().gateway_port
    headers = {"Host": f"{host}:{port}"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    send = client.request if client else http.LOCAL.request
    return send(method, f"http://127.0.0.1:{port}{path}", headers=headers, json=body, timeout=timeout)
