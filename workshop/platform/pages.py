"""The pages for people, through the gateway: where each is, and who signs in with what."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.platform import kargo, kargo_admin
from workshop.shell import kubectl

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
    command = ("--namespace", config.NAMESPACE_ARGOCD, "get", "secret", _ARGOCD_SECRET, "--output", "json")
    try:
        secret = json.loads(kubectl.text(*command, limit=20))
    except WorkshopError:
        return ""
    return base64.b64decode(secret["data"]["password"]).decode()
