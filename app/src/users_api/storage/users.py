"""Users in the database."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from users_api.domain.users import EmailTaken, NewUser, User
from users_api.storage.tables import UserRow


class SqlUsers:
    """`UserStorage` in SQL; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._sessions: sessionmaker[Session] = sessionmaker(engine)

    def add(self, user: NewUser) -> User:
        """Store a new user."""
        with self._sessions.begin() as session:
            row = UserRow(name=user.name, email=user.email, birth_date=user.birth_date)
            session.add(row)
            return _stored(session, row)

    def update(self, user_id: int, changes: Mapping[str, object]) -> User | None:
        """Change these fields."""
        with self._sessions.begin() as session:
            row = session.get(UserRow, user_id)
            if row is None:
                return None
            for field, value in changes.items():
                setattr(row, field, value)
            return _stored(session, row)

    def all(self) -> list[User]:
        """All users, by name."""
        with self._sessions() as session:
            rows = session.scalars(select(UserRow).order_by(func.lower(UserRow.name), UserRow.id))
            return [_user(row) for row in rows]

    def get(self, user_id: int) -> User | None:
        """The user, or None."""
        with self._sessions() as session:
            row = session.get(UserRow, user_id)
            return _user(row) if row else None

    def remove(self, user_id: int) -> bool:
        """Remove the user."""
        with self._sessions.begin() as session:
            row = session.get(UserRow, user_id)
            if row is None:
                return False
            session.delete(row)
            return True


def _stored(session: Session, row: UserRow) -> User:
    email = row.email
    try:
        session.flush()
    except IntegrityError as error:
        raise EmailTaken(email) from error
    return _user(row)


def _user(row: UserRow) -> User:
    return User(id=row.id, name=row.name, email=row.email, birth_date=row.birth_date)
