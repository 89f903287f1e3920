"""Who may do what."""

from __future__ import annotations

from collections.abc import Collection

from users_api.domain.errors import Forbidden
from users_api.domain.users import Role, User


def check_admin(actor: User) -> None:
    """Only administrators; raises `Forbidden`."""
    if actor.role is not Role.ADMIN:
        raise Forbidden("Only an administrator may do this.")


def check_may_update(actor: User, user_id: int, fields: Collection[str]) -> None:
    """Administrators change anybody; everybody else changes themselves, except their role."""
    if actor.role is Role.ADMIN:
        return
    if actor.id != user_id:
        raise Forbidden("You may change only your own data.")
    if "role" in fields:
        raise Forbidden("Only an administrator may change a role.")
