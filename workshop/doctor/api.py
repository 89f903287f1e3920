"""The API server, asked directly: a dozen calls of kubectl would take longer than everything else together."""

from __future__ import annotations

import base64
import os
import ssl
from typing import Any, Final

import httpx
import yaml

from workshop import paths
from workshop import settings as config
from workshop.doctor.check import ASK_SECONDS, MEND, share
from workshop.errors import WorkshopError

_CORE, _APPS = "/api/v1", "/apis/apps/v1"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_KARGO = "/apis/kargo.akuity.io/v1alpha1"
_KINDS: Final = {
    "Node": (_CORE, "nodes"),
    "Pod": (_CORE, "pods"),
    "Secret": (_CORE, "secrets"),
    "ConfigMap": (_CORE, "configmaps"),
    "ServiceAccount": (_CORE, "serviceaccounts"),
    "Deployment": (_APPS, "deployments"),
    "StatefulSet": (_APPS, "statefulsets"),
    "ValidatingWebhookConfiguration": (_ADMISSION, "validatingwebhookconfigurations"),
    "MutatingWebhookConfiguration": (_ADMISSION, "mutatingwebhookconfigurations"),
    "Application": ("/apis/argoproj.io/v1alpha1", "applications"),
    "Warehouse": (_KARGO, "warehouses"),
    "Stage": (_KARGO, "stages"),
}


def items(kind: str, namespace: str = "") -> list[dict[str, Any]]:
    """What the cluster has of a kind, in one namespace or in all; asked once in an examination.

    Raises `WorkshopError` where the cluster does not answer, or does not know the kind.
    """
    group, plural = _KINDS[kind]
    path = f"{group}/namespaces/{namespace}/{plural}" if namespace else f"{group}/{plural}"
    found: list[dict[str, Any]] = share(path, lambda: _get(path))["items"]
    return found


def named(kind: str, name: str, namespace: str = "") -> dict[str, Any]:
    """One object. Raises `WorkshopError` where it is not there."""
    for item in items(kind, namespace):
        if item["metadata"]["name"] == name:
            return item
    raise WorkshopError(f"não há {kind} {name} no cluster", fix="make up")


def require_kubeconfig() -> None:
    """Raises `WorkshopError` where there is no way to the cluster."""
    if not paths.KUBECONFIG.exists():
        raise WorkshopError("sem .workshop/kubeconfig ninguém chega ao cluster", fix=MEND)


def kubeconfig() -> tuple[str, dict[str, bytes]]:
    """The server's address; and, by kubeconfig's names for them, authority, certificate and key.

    Raises `WorkshopError` where the file is missing or says something else.
    """
    require_kubeconfig()
    try:
        content = yaml.safe_load(paths.KUBECONFIG.read_text(encoding="utf-8"))
        cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
        names = {"certificate-authority-data": cluster, "client-certificate-data": user, "client-key-data": user}
        return cluster["server"], {name: base64.b64decode(part[name]) for name, part in names.items()}
    except (yaml.YAMLError, KeyError, IndexError, TypeError, ValueError):
        raise WorkshopError("não dá para ler .workshop/kubeconfig", fix=f"rm .workshop/kubeconfig && {MEND}") from None


def _get(path: str) -> dict[str, Any]:
    server, parts = kubeconfig()
    try:
        with httpx.Client(verify=_tls(parts), trust_env=False, timeout=ASK_SECONDS - 1) as client:
            answer = client.get(f"{server}{path}")
    except (httpx.HTTPError, ssl.SSLError, OSError) as error:
        words = str(error) or type(error).__name__
        raise WorkshopError(
            f"a API do Kubernetes não responde ({words})", fix=f"docker start {config.NODE_CONTAINER}"
        ) from None
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise WorkshopError(f"o cluster não conhece {path.rpartition('/')[2]}", fix="make up")
    if answer.is_error:
        raise WorkshopError(f"a API do Kubernetes recusa {path}: HTTP {answer.status_code}", fix="make down && make up")
    found: dict[str, Any] = answer.json()
    return found


def _tls(parts: dict[str, bytes]) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=parts["certificate-authority-data"].decode())
    # OpenSSL reads certificate and key from a file alone; this one is in memory, so that no key is left on a disk.
    descriptor = os.memfd_create("client")
    try:
        os.write(descriptor, parts["client-certificate-data"] + b"\n" + parts["client-key-data"])
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
    return context
