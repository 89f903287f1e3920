"""The user, and the storage that the application needs for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What a user may do: everything, or read and look after itself."""

    ADMIN = "admin"
    USER = "user"


@dataclass(frozen=True)
class NewUser:
    """A user that is not stored yet."""

    name: str
    email: str
    birth_date: date
    role: Role


@dataclass(frozen=True)
class User(NewUser):
    """A stored user."""

    id: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Credentials:
    """A user with the hash of its password; without one, nobody can log in as this user."""

    user: User
    password_hash: str | None


@dataclass(frozen=True)
class UserQuery:
    """Which users to list: those whose name or e-mail contains `search`, one page of them."""

    search: str
    sort: str
    page: int
    page_size: int


@dataclass(frozen=True)
class UserPage:
    """One page of users, and how many there are on all pages."""

    items: list[User]
    total: int


@dataclass(frozen=True)
class Statistics:
    """All users in numbers."""

    total: int
    by_role: dict[Role, int]
    by_decade: dict[int, int]
    newest: list[User]


class UserStorage(Protocol):
    """Where users are kept. Each call is one transaction; any may raise `Unavailable`."""

    def add(self, user: NewUser, password_hash: str, only_if_first: bool = False) -> User:
        """Store a new user; raises `EmailTaken`, and `Forbidden` where others came first."""
        ...

    def update(self, user_id: int, changes: Mapping[str, object]) -> User | None:
        """Change these fields; None where there is no such user; raises `EmailTaken`, `LastAdmin`."""
        ...

    def search(self, query: UserQuery) -> UserPage:
        """The users that match."""
        ...

    def get(self, user_id: int) -> User | None:
        """The user, or None."""
        ...

    def credentials(self, email: str) -> Credentials | None:
        """The user with this address, whatever its letter case, or None."""
        ...

    def statistics(self) -> Statistics:
        """All users in numbers."""
        ...

    def remove(self, user_id: int) -> bool:
        """Remove the user; False where there is none; raises `LastAdmin`."""
        ...
