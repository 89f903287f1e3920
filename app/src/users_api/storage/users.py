"""Users in the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg2 import errorcodes
from sqlalchemy import ColumnElement, Engine, exists, extract, func, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from users_api.domain.errors import EmailTaken, Forbidden, LastAdmin
from users_api.domain.users import (
    Credentials,
    NewUser,
    Role,
    Statistics,
    User,
    UserPage,
    UserQuery,
)
from users_api.storage.database import code, transaction
from users_api.storage.tables import UserRow

NEWEST = 5
# Any number will do, as long as every instance takes the same one.
ADMINS_LOCK = 7_310_551_403

_ORDER: dict[str, ColumnElement[Any]] = {
    "name": func.lower(UserRow.name),
    "email": func.lower(UserRow.email),
    "birth_date": UserRow.birth_date.expression,
    "role": UserRow.role.expression,
    "created_at": UserRow.created_at.expression,
}


class SqlUsers:
    """`UserStorage` in SQL; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, user: NewUser, password_hash: str, only_if_first: bool = False) -> User:
        """Store a new user."""
        with transaction(self._engine) as session:
            if only_if_first:
                _lock_admins(session)
                _refuse_if_others_can_log_in(session)
            row = UserRow(
                name=user.name,
                email=user.email,
                birth_date=user.birth_date,
                role=user.role,
                password_hash=password_hash,
            )
            session.add(row)
            return _stored(session, row)

    def update(self, user_id: int, changes: Mapping[str, object]) -> User | None:
        """Change these fields."""
        with transaction(self._engine) as session:
            if "role" in changes:
                _lock_admins(session)
            row = session.get(UserRow, user_id, with_for_update=True)
            if row is None:
                return None
            if changes.get("role") is Role.USER:
                _refuse_if_last_admin(session, row)
            for field, value in changes.items():
                setattr(row, field, value)
            return _stored(session, row)

    def search(self, query: UserQuery) -> UserPage:
        """The users that match."""
        matches = or_(
            UserRow.name.icontains(query.search, autoescape=True),
            UserRow.email.icontains(query.search, autoescape=True),
        )
        order = _ORDER[query.sort.removeprefix("-")]
        descending = query.sort.startswith("-")
        with transaction(self._engine) as session:
            total = session.scalar(select(func.count()).select_from(UserRow).where(matches)) or 0
            rows = session.scalars(
                select(UserRow)
                .where(matches)
                # By id as well: where the order leaves a choice, no user may be on two pages or on none.
                .order_by(order.desc() if descending else order, UserRow.id)
                .offset((query.page - 1) * query.page_size)
                .limit(query.page_size)
            )
            return UserPage([_user(row) for row in rows], total)

    def get(self, user_id: int) -> User | None:
        """The user, or None."""
        with transaction(self._engine) as session:
            row = session.get(UserRow, user_id)
            return _user(row) if row else None

    def credentials(self, email: str) -> Credentials | None:
        """The user with this address, or None."""
        with transaction(self._engine) as session:
            row = session.scalar(select(UserRow).where(func.lower(UserRow.email) == func.lower(email)))
            return Credentials(_user(row), row.password_hash) if row else None

    def statistics(self) -> Statistics:
        """All users in numbers."""
        decade = (func.floor(extract("year", UserRow.birth_date) / 10) * 10).label("decade")
        with transaction(self._engine) as session:
            roles = dict(session.execute(select(UserRow.role, func.count()).group_by(UserRow.role)).all())
            by_decade = session.execute(select(decade, func.count()).group_by(decade).order_by(decade))
            newest = session.scalars(
                select(UserRow).order_by(UserRow.created_at.desc(), UserRow.id.desc()).limit(NEWEST)
            )
            return Statistics(
                total=sum(roles.values()),
                by_role=roles,
                by_decade={int(first_year): count for first_year, count in by_decade},
                newest=[_user(row) for row in newest],
            )

    def remove(self, user_id: int) -> bool:
        """Remove the user."""
        with transaction(self._engine) as session:
            _lock_admins(session)
            row = session.get(UserRow, user_id, with_for_update=True)
            if row is None:
                return False
            _refuse_if_last_admin(session, row)
            session.delete(row)
            return True


def _stored(session: Session, row: UserRow) -> User:
    email = row.email
    try:
        session.flush()
    except IntegrityError as error:
        if code(error) != errorcodes.UNIQUE_VIOLATION:
            raise
        raise EmailTaken(email) from error
    return _user(row)


def _lock_admins(session: Session) -> None:
    """Until this transaction ends, no other one changes who is an administrator."""
    session.execute(text(f"SELECT pg_advisory_xact_lock({ADMINS_LOCK})"))


def _refuse_if_others_can_log_in(session: Session) -> None:
    # Users from before there were passwords do not count: otherwise nobody could ever set one for them.
    if session.scalar(select(exists().where(UserRow.password_hash.is_not(None)))):
        raise Forbidden("Only the very first user may register as an administrator.")


def _refuse_if_last_admin(session: Session, row: UserRow) -> None:
    admins = session.scalar(select(func.count()).select_from(UserRow).where(UserRow.role == Role.ADMIN))
    if row.role is Role.ADMIN and admins == 1:
        raise LastAdmin


def _user(row: UserRow) -> User:
    return User(
        id=row.id,
        name=row.name,
        email=row.email,
        birth_date=row.birth_date,
        role=row.role,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
