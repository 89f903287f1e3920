"""Real Kargo, by its makers' Helm chart: values, administrator, and the certificate of its webhooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import yaml

from workshop import settings as config
from workshop.cluster import rollout
from workshop.delivery import cert_manager, certificates, kargo_admin
from workshop.shell import helm, kubectl
from workshop.supply import manifests

Report = Callable[[str], None]

VALUES: Final = config.GITOPS / "kargo" / "install" / "values.yaml"
WORKLOADS: Final = ("kargo-controller", "kargo-management-controller", "kargo-webhooks-server", "kargo-api")
_NAMESPACE: Final = ("--namespace", config.NAMESPACE_KARGO)
WEBHOOKS: Final = f"kargo-webhooks-server.{config.NAMESPACE_KARGO}.svc"
WEBHOOKS_SECRET: Final = "kargo-webhooks-server-cert"  # noqa: S105 - its name, as the chart has it


def install(report: Report = print) -> None:
    """Install Kargo, or bring what is installed up to date, and wait until all of it runs."""
    account = kargo_admin.account()
    kubectl.text("apply", "--filename", "-", stdin=account.manifest())
    authority = _authority(report)
    report("instalando o Kargo com Helm")
    helm.text(
        "upgrade", "--install", "kargo", str(manifests.path("kargo-chart")), *_NAMESPACE,
        "--values", str(VALUES), "--values", "-", stdin=yaml.safe_dump(values(account, authority)), timeout=180,
    )  # fmt: skip
    for name in WORKLOADS:
        rollout.ready(config.NAMESPACE_KARGO, f"deployment/{name}", f"Kargo: {name} no ar", limit=180, report=report)


def remove() -> None:
    """Take Kargo out of the cluster; its resource definitions stay, and all that was made of them."""
    helm.text("uninstall", "kargo", *_NAMESPACE, "--wait", timeout=120)


def forget_certificate() -> None:
    """Take the webhooks' certificate away: the next installation, or cert-manager, makes another."""
    certificates.forget(WEBHOOKS)
    kubectl.text(*_NAMESPACE, "delete", "secret", WEBHOOKS_SECRET, "--ignore-not-found")


def values(account: kargo_admin.Account, authority: str) -> dict[str, Any]:
    """What the chart gets beyond its file of values: what depends on this installation.

    **authority**: PEM of who signed the webhooks' certificate; empty where cert-manager makes it.
    """
    tls = {"selfSignedCert": False, "caBundle": authority} if authority else {"selfSignedCert": True}
    return {
        "image": {"tag": config.versions()["images"]["kargo"]["name"].rpartition(":")[2]},
        "api": {
            "host": config.kargo_address(),
            "secret": {"name": kargo_admin.SECRET},
            # Pods read the Secret when they start: another password needs other pods.
            "podAnnotations": {"workshop/admin-account": account.digest},
            "argocd": {"urls": {"": config.argocd_url()}},
        },
        # Only the local forge is spoken to without TLS, on a network of this machine alone.
        "controller": {"allowCredentialsOverHTTP": config.repository_in_cluster().startswith("http://")},
        "webhooksServer": {"tls": tls},
    }


def _authority(report: Report) -> str:
    """Have somebody make the webhooks' certificate; whom to trust with it, or nothing where cert-manager says that."""
    if cert_manager.is_wanted_for(config.NAMESPACE_KARGO, WEBHOOKS_SECRET):
        cert_manager.ensure(report)
        return ""
    certificate = certificates.for_service(WEBHOOKS)
    kubectl.text("apply", "--filename", "-", stdin=certificate.secret(WEBHOOKS_SECRET, config.NAMESPACE_KARGO))
    return certificate.authority
