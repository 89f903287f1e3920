"""Real Kargo, by its makers' Helm chart: values, administrator, and the certificate of its webhooks."""

from __future__ import annotations

from typing import Any, Final

import yaml

from workshop import paths
from workshop import settings as config
from workshop.cluster import apply, rollout
from workshop.platform import cert_manager, certificates, kargo_admin
from workshop.shell import helm, kubectl
from workshop.supply import manifests

VALUES: Final = paths.GITOPS / "kargo" / "install" / "values.yaml"
WORKLOADS: Final = ("kargo-controller", "kargo-management-controller", "kargo-webhooks-server", "kargo-api")
_NAMESPACE: Final = ("--namespace", config.NAMESPACE_KARGO)
WEBHOOKS: Final = f"kargo-webhooks-server.{config.NAMESPACE_KARGO}.svc"
WEBHOOKS_SECRET: Final = "kargo-webhooks-server-cert"  # noqa: S105 - its name, as the chart has it


def install() -> None:
    """Install Kargo, or bring what is installed up to date, and wait until all of it runs."""
    account = kargo_admin.account()
    apply.secrets(account.secret())
    ours = apply.write("kargo-values.yaml", yaml.safe_dump(values(account, _authority())))
    helm.change(
        "upgrade", "--install", "kargo", str(manifests.path("kargo-chart")), *_NAMESPACE,
        "--values", str(VALUES), "--values", str(ours), limit=180,
    )  # fmt: skip
    for name in WORKLOADS:
        rollout.ready(config.NAMESPACE_KARGO, f"deployment/{name}", f"Kargo: {name} no ar", limit=180)


def remove() -> None:
    """Take Kargo out of the cluster; its resource definitions stay, and all that was made of them."""
    helm.change("uninstall", "kargo", *_NAMESPACE, "--wait", limit=120)


def forget_certificate() -> None:
    """Take the webhooks' certificate away: the next installation, or cert-manager, makes another."""
    certificates.forget(WEBHOOKS)
    kubectl.change(*_NAMESPACE, "delete", "secret", WEBHOOKS_SECRET, "--ignore-not-found")


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


def _authority() -> str:
    """Have somebody make the webhooks' certificate; whom to trust with it, or nothing where cert-manager says that."""
    if cert_manager.is_wanted_for(config.NAMESPACE_KARGO, WEBHOOKS_SECRET):
        cert_manager.ensure()
        return ""
    certificate = certificates.for_service(WEBHOOKS)
    apply.secrets(certificate.secret(WEBHOOKS_SECRET, config.NAMESPACE_KARGO))
    return certificate.authority
