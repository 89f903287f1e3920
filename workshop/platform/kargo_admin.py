"""Who may sign in to real Kargo's page: its one administrator, with a password of this installation."""

from __future__ import annotations

import hashlib
import secrets as randomness
from dataclasses import dataclass
from typing import Final

import bcrypt

from workshop import paths, secrets
from workshop import settings as config
from workshop.cluster import apply
from workshop.errors import WorkshopError

USER: Final = "admin"
SECRET: Final = "kargo-admin-account"  # noqa: S105 - its name; Kargo's chart reads it as `api.secret.name`
_PASSWORD, _HASH, _KEY = "kargo-admin", "kargo-admin-hash", "kargo-token-key"
_KEY_BYTES: Final = 32
_MOST_BYTES: Final = 72
"""What bcrypt takes: https://www.usenix.org/legacy/events/usenix99/provos/provos_html/node4.html"""


@dataclass(frozen=True)
class Account:
    """What Kargo's API server knows of the administrator: the password's bcrypt hash, and what it signs tokens with."""

    password_hash: str
    signing_key: str

    @property
    def digest(self) -> str:
        """Another one for another account; it gives nothing of the account away."""
        return hashlib.sha256(f"{self.password_hash} {self.signing_key}".encode()).hexdigest()[:16]

    def secret(self) -> apply.Secret:
        """The Secret, under the names of the API server's environment variables."""
        variables = {
            "ADMIN_ACCOUNT_PASSWORD_HASH": self.password_hash,
            "ADMIN_ACCOUNT_TOKEN_SIGNING_KEY": self.signing_key,
        }
        return apply.Secret(SECRET, config.NAMESPACE_KARGO, variables)


def password() -> str:
    """The administrator's password; made at random on first use."""
    return secrets.read(_PASSWORD)


def account() -> Account:
    """The account for the password in force: the same as before, or a new one where the password is another.

    With a new one the signing key changes too, so that whoever signed in with the older password is signed out.
    Raises `WorkshopError` where a password that somebody chose is longer than bcrypt takes.
    """
    chosen = password().encode()
    if len(chosen) > _MOST_BYTES:
        raise WorkshopError(
            f"A senha em {_shown()} tem {len(chosen)} bytes; o Kargo aceita no máximo {_MOST_BYTES}.",
            fix=f"rm {_shown()}   # a próxima execução sorteia outra",
        )
    if not (secrets.exists(_HASH) and bcrypt.checkpw(chosen, secrets.read(_HASH).encode())):
        secrets.store(_KEY, randomness.token_urlsafe(_KEY_BYTES))
        secrets.store(_HASH, bcrypt.hashpw(chosen, bcrypt.gensalt()).decode())
    return Account(secrets.read(_HASH), secrets.read(_KEY))


def _shown() -> str:
    return str(secrets.path(_PASSWORD).relative_to(paths.ROOT))
