"""kargo-lite, from this repository's own manifests: its image by digest, and the certificate of its webhooks."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

import workshop.kargo_lite
from workshop import registry
from workshop import settings as config
from workshop.cluster import apply, rollout
from workshop.errors import WorkshopError
from workshop.platform import certificates
from workshop.shell import kubectl

NAME: Final = "kargo-lite"
WEBHOOKS: Final = f"{NAME}.{config.NAMESPACE_KARGO}.svc"
WEBHOOKS_SECRET: Final = "kargo-lite-webhook-cert"  # noqa: S105 - its name, as deployment.yaml has it
_MANIFESTS: Final = Path(workshop.kargo_lite.__path__[0]) / "manifests"
_RIGHTS: Final = _MANIFESTS / "rbac.yaml"


def install() -> None:
    """Install kargo-lite, or bring what is installed up to date, and wait until it runs."""
    certificate = certificates.for_service(WEBHOOKS)
    apply.secrets(certificate.secret(WEBHOOKS_SECRET, config.NAMESPACE_KARGO))
    apply.files(_RIGHTS)
    apply.written(f"{NAME}.yaml", deployment(_image(), certificate))
    rollout.ready(config.NAMESPACE_KARGO, f"deployment/{NAME}", "kargo-lite no ar")
    # The webhooks come last: with nobody behind them nothing could be written.
    apply.written(f"{NAME}-webhooks.yaml", webhooks(certificate))


def remove() -> None:
    """Take kargo-lite out of the cluster, the webhooks first."""
    for name in ("webhooks.yaml", "deployment.yaml", _RIGHTS.name):
        kubectl.change("delete", "--ignore-not-found", "--filename", str(_MANIFESTS / name))


def forget_certificate() -> None:
    """Take the webhooks' certificate away: the next installation makes another."""
    certificates.forget(WEBHOOKS)


def deployment(image: str, certificate: certificates.ServerCertificate) -> str:
    """What runs, as YAML: that image, with that certificate."""
    return _filled("deployment.yaml", {"IMAGE": image, "CERTIFICATE": certificate.digest})


def webhooks(certificate: certificates.ServerCertificate) -> str:
    """Whom the API server asks, as YAML: whoever shows a certificate of that authority."""
    return _filled("webhooks.yaml", {"CA_BUNDLE": base64.b64encode(certificate.authority.encode()).decode()})


def _image() -> str:
    """With its digest: a changed kargo-lite is built under the same tag, and has to be another pod."""
    name: str = config.versions()["images"][NAME]["name"]
    tag = name.rpartition(":")[2]
    digest = registry.local().digest(NAME, tag)
    if not digest:
        raise WorkshopError(f"O registro não tem {NAME}:{tag}.", fix="make up")
    return f"{name}@{digest}"


def _filled(name: str, values: dict[str, str]) -> str:
    text = (_MANIFESTS / name).read_text(encoding="utf-8")
    for placeholder, value in values.items():
        text = text.replace(f"${{KARGO_LITE_{placeholder}}}", value)
    if "${" in text:
        raise WorkshopError(f"{name} tem um marcador que ninguém preenche.", fix=f"git checkout {_MANIFESTS / name}")
    return text
