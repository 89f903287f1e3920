"""What can be done with users."""

from __future__ import annotations

from collections.abc import Mapping

from users_api.domain.users import NewUser, User, UserNotFound, UserStorage


class UserService:
    """The use cases, one method each."""

    def __init__(self, storage: UserStorage) -> None:
        self._storage = storage

    def create(self, user: NewUser) -> User:
        """Store a new user."""
        return self._storage.add(user)

    def update(self, user_id: int, changes: Mapping[str, object]) -> User:
        """Change some of a user's fields, and leave the others."""
        user = self._storage.update(user_id, changes)
        if user is None:
            raise UserNotFound(user_id)
        return user

    def all(self) -> list[User]:
        """Every user, by name."""
        return self._storage.all()

    def view(self, user_id: int) -> User:
        """One user."""
        user = self._storage.get(user_id)
        if user is None:
            raise UserNotFound(user_id)
        return user

    def delete(self, user_id: int) -> None:
        """Remove a user for good."""
        if not self._storage.remove(user_id):
            raise UserNotFound(user_id)
