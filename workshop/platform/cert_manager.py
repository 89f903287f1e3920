"""cert-manager, as in the talk: it makes the certificate of real Kargo's webhooks where its images can be had."""

from __future__ import annotations

from typing import Any, Final

import yaml

from workshop import kube, paths, supply, wait
from workshop import settings as config
from workshop.cluster import apply, rollout
from workshop.errors import WorkshopError
from workshop.shell import helm, kubectl
from workshop.supply import manifests

WORKLOADS: Final = ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook")
_NAMESPACE: Final = ("--namespace", config.NAMESPACE_CERT_MANAGER)
VALUES: Final = paths.GITOPS / "kargo" / "install" / "cert-manager.yaml"
_CHART: Final = "cert-manager-chart"
_MARK: Final = "cert-manager.io/certificate-name"
"""The annotation of every Secret that cert-manager made."""


def is_wanted_for(namespace: str, secret: str) -> bool:
    """Whether the certificate in that Secret is cert-manager's affair.

    Once there is one, whoever made it goes on: a change of hands would leave the webhooks without a certificate that
    anybody trusts, for as long as it takes.
    """
    found = kube.find("Secret", secret, namespace)
    if found is None:
        return supply.cert_manager_is_there() and _chart_is_there()
    return _MARK in found["metadata"].get("annotations", {})


def ensure() -> None:
    """Have cert-manager run, and take certificates.

    Raises `WorkshopError` where its chart cannot be had, or one of its parts does not start.
    """
    ours = apply.write("cert-manager-values.yaml", yaml.safe_dump(values()))
    helm.change(
        "upgrade", "--install", "cert-manager", str(manifests.path(_CHART)), *_NAMESPACE, "--create-namespace",
        "--values", str(VALUES), "--values", str(ours), limit=180,
    )  # fmt: skip
    for name in WORKLOADS:
        reason = f"{name} no ar"
        rollout.ready(config.NAMESPACE_CERT_MANAGER, f"deployment/{name}", reason, limit=180)
    # Its own webhook is trusted only once one of its parts has told the API server whom to trust.
    wait.until(
        "resposta da admissão do cert-manager",
        lambda: kubectl.ok("apply", "--dry-run=server", "--filename", "-", stdin=_probe()),
        limit=60,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "get", "pods"),
        fix=f"kubectl -n {config.NAMESPACE_CERT_MANAGER} logs deployment/cert-manager-cainjector",
    )


def values() -> dict[str, Any]:
    """What the chart gets beyond its file of values: the images' tags, which its makers fill in at release."""

    def image(name: str) -> dict[str, Any]:
        return {"image": {"tag": config.versions()["images"][f"cert-manager-{name}"]["name"].rpartition(":")[2]}}

    return {**image("controller"), "webhook": image("webhook"), "cainjector": image("cainjector")}


def _chart_is_there() -> bool:
    try:
        manifests.path(_CHART)
    except WorkshopError:
        return False
    return True


def _probe() -> str:
    issuer = {"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "spec": {"selfSigned": {}}}
    return yaml.safe_dump({**issuer, "metadata": {"name": "probe", "namespace": config.NAMESPACE_CERT_MANAGER}})
