"""The pages for people, through the gateway: where each is, and who signs in with what."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from workshop import kube
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.platform import kargo, kargo_admin

_ARGOCD_SECRET = "argocd-initial-admin-secret"  # noqa: S105 - its name, as Argo CD has it


@dataclass(frozen=True)
class Page:
    """One page. **password** is to be shown to whoever asks at a terminal, and kept nowhere."""

    name: str
    url: str
    user: str
    password: str


def found() -> list[Page]:
    """The pages that there are: Argo CD's, and real Kargo's where that is what runs."""
    pages = []
    if kargo.kind() == "real":
        pages.append(Page("Kargo", f"http://{config.kargo_address()}", kargo_admin.USER, kargo_admin.password()))
    if password := _argocd_password():
        pages.append(Page("Argo CD", config.argocd_url(), "admin", password))
    return pages


def _argocd_password() -> str:
    """What Argo CD made up when it started; empty once somebody has removed it, as its makers advise."""
    try:
        secret = kube.find("Secret", _ARGOCD_SECRET, config.NAMESPACE_ARGOCD)
    except WorkshopError:
        return ""
    if secret is None:
        return ""
    return base64.b64decode(secret["data"]["password"]).decode()
