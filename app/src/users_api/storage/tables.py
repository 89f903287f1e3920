"""The tables. Every change here needs a migration."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, DateTime, Enum, Index, String, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from users_api.domain.users import Role


class Base(DeclarativeBase):
    """The tables of this application."""


class UserRow(Base):
    """One user."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    birth_date: Mapped[date] = mapped_column(Date)
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, length=8, values_callable=lambda roles: [role.value for role in roles]),
        server_default=Role.USER.value,
    )
    # Users from before there were passwords have none, and cannot log in.
    password_hash: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )


# The database decides who has an address: two requests at once cannot both take it.
Index("uq_users_email", func.lower(UserRow.email), unique=True)


class LoginFailureRow(Base):
    """Failed logins with one address (in lower case) since the last one that succeeded."""

    __tablename__ = "login_failures"

    email: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
