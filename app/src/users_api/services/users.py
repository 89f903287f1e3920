"""What can be done with users."""

from __future__ import annotations

from collections.abc import Mapping

from users_api.domain.access import check_may_update
from users_api.domain.errors import UserNotFound
from users_api.domain.users import NewUser, Statistics, User, UserPage, UserQuery, UserStorage
from users_api.services.passwords import Passwords


class UserService:
    """The use cases, one method each."""

    def __init__(self, storage: UserStorage, passwords: Passwords) -> None:
        self._storage = storage
        self._passwords = passwords

    def create(self, user: NewUser, password: str, only_if_first: bool = False) -> User:
        """Store a new user."""
        return self._storage.add(user, self._passwords.hash(password), only_if_first)

    def update(self, actor: User, user_id: int, changes: Mapping[str, object]) -> User:
        """Change some of a user's fields, and leave the others."""
        check_may_update(actor, user_id, changes)
        stored = dict(changes)
        if "password" in stored:
            stored["password_hash"] = self._passwords.hash(str(stored.pop("password")))
        user = self._storage.update(user_id, stored)
        if user is None:
            raise UserNotFound(user_id)
        return user

    def search(self, query: UserQuery) -> UserPage:
        """One page of the users that match."""
        return self._storage.search(query)

    def view(self, user_id: int) -> User:
        """One user."""
        user = self._storage.get(user_id)
        if user is None:
            raise UserNotFound(user_id)
        return user

    def statistics(self) -> Statistics:
        """All users in numbers."""
        return self._storage.statistics()

    def delete(self, user_id: int) -> None:
        """Remove a user for good."""
        if not self._storage.remove(user_id):
            raise UserNotFound(user_id)
