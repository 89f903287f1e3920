"""What can be set from outside, all by environment variables. The names Kargo has too are Kargo's."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path


def _env(name: str, default: str) -> str:
    return os.environ.get(name, default)


@dataclass(frozen=True)
class Settings:
    """Configuration of one kargo-lite process."""

    argocd_namespace: str = field(default_factory=lambda: _env("ARGOCD_NAMESPACE", "argocd"))
    git_name: str = field(default_factory=lambda: _env("GITCLIENT_NAME", "kargo-lite"))
    git_email: str = field(default_factory=lambda: _env("GITCLIENT_EMAIL", "kargo-lite@workshop.local"))
    # Kargo keeps credentials away from plain http:// unless told otherwise; so does this.
    credentials_over_http: bool = field(
        default_factory=lambda: _env("ALLOW_CREDENTIALS_OVER_HTTP", "false").lower() == "true"
    )
    work_dir: Path = field(default_factory=lambda: Path(_env("KARGO_LITE_WORK_DIR", tempfile.gettempdir())))
    cert_dir: Path = field(default_factory=lambda: Path(_env("KARGO_LITE_CERT_DIR", "/etc/kargo-lite/tls")))
    webhook_port: int = field(default_factory=lambda: int(_env("KARGO_LITE_WEBHOOK_PORT", "9443")))
    health_port: int = field(default_factory=lambda: int(_env("KARGO_LITE_HEALTH_PORT", "8080")))
    workers: int = field(default_factory=lambda: int(_env("KARGO_LITE_WORKERS", "4")))
    # Who this process is to the API server: its own requests carry no user's intent.
    username: str = field(default_factory=lambda: _env("KARGO_LITE_USERNAME", "system:serviceaccount:kargo:kargo-lite"))
    # The ClusterRole bound in each Project's namespace so that Secrets there, and only there, can be read.
    secrets_role: str = field(default_factory=lambda: _env("KARGO_LITE_SECRETS_ROLE", "kargo-lite-project-secrets"))
    namespace: str = field(default_factory=lambda: _env("KARGO_LITE_NAMESPACE", "kargo"))
    service_account: str = field(default_factory=lambda: _env("KARGO_LITE_SERVICE_ACCOUNT", "kargo-lite"))
