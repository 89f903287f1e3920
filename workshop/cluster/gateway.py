"""The gateway: http://{dev,stg,prod}.app.localhost to its frontend, http://{kargo,argocd}.localhost to pages."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Final

import httpx

from workshop import http
from workshop import settings as config
from workshop.cluster import apply, rollout

ANSWER_SECONDS: Final = 2.0
_MANIFEST = Path(__file__).parent / "manifests" / "gateway.yaml"


def ensure() -> None:
    """Have the gateway run."""
    apply.written("gateway.yaml", manifest(), options=("--server-side",))
    rollout.ready(config.NAMESPACE_GATEWAY, "deployment/gateway", "gateway no ar")


def manifest() -> str:
    """Everything that the gateway consists of, as YAML."""
    template = _MANIFEST.read_text(encoding="utf-8")
    values = {
        "$IMAGE": config.versions()["images"]["nginx"]["name"],
        "$NODE_PORT": str(config.GATEWAY_NODE_PORT),
        "$ENVIRONMENTS": "|".join(config.ENVIRONMENTS),
        "$HOST_OF_ANY": re.escape(config.environment_host("")),
        "$HOST_OF_FIRST": config.environment_host(config.ENVIRONMENTS[0]),
        "$KARGO_HOST": config.KARGO_HOST,
        "$KARGO_SERVICE": f"kargo-api.{config.NAMESPACE_KARGO}",
        "$ARGOCD_HOST": config.ARGOCD_HOST,
        "$ARGOCD_SERVICE": f"argocd-server.{config.NAMESPACE_ARGOCD}",
    }
    for placeholder, value in values.items():
        template = template.replace(placeholder, value)
    # nginx reads its configuration once, so that another one needs another pod.
    return template.replace("$CHECKSUM", hashlib.sha256(template.encode()).hexdigest()[:16])


def ask(environment: str, path: str, method: str = "GET", **options: Any) -> httpx.Response:
    """Send a request to the application of one environment; **options** as `ask_host` takes them."""
    return ask_host(config.environment_host(environment), path, method, **options)


def ask_host(
    host: str, path: str, method: str = "GET", *, client: httpx.Client = http.LOCAL, **options: Any
) -> httpx.Response:
    """Send a request to whatever the gateway has under a host name.

    **options**: as `httpx.Client.request` takes them; `timeout` is `ANSWER_SECONDS` where none is given.
    The gateway is asked by its address: not every resolver knows that *.localhost is this machine.
    """
    port = config.settings().gateway_port
    options = {"timeout": ANSWER_SECONDS, **options}
    options["headers"] = {**options.get("headers", {}), "Host": f"{host}:{port}"}
    return client.request(method, f"http://127.0.0.1:{port}{path}", **options)
