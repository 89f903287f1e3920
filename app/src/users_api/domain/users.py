"""The user, and the storage that the application needs for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True)
class NewUser:
    """A user that is not stored yet."""

    name: str
    email: str
    birth_date: date


@dataclass(frozen=True)
class User(NewUser):
    """A stored user."""

    id: int


class UserNotFound(Exception):
    """There is no user with this id."""

    def __init__(self, user_id: int) -> None:
        super().__init__(f"user {user_id} does not exist")


class EmailTaken(Exception):
    """Another user has this e-mail address, whatever its letter case."""

    def __init__(self, email: str) -> None:
        super().__init__(f"another user already has the e-mail address {email}")


class UserStorage(Protocol):
    """Where users are kept. Each call is one transaction."""

    def add(self, user: NewUser) -> User:
        """Store a new user; raises `EmailTaken`."""
        ...

    def update(self, user_id: int, changes: Mapping[str, object]) -> User | None:
        """Change these fields; None where there is no such user; raises `EmailTaken`."""
        ...

    def all(self) -> list[User]:
        """All users, by name."""
        ...

    def get(self, user_id: int) -> User | None:
        """The user, or None."""
        ...

    def remove(self, user_id: int) -> bool:
        """Remove the user; False where there is none."""
        ...
