"""The tables. Every change here needs a migration."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The tables of this application."""


class UserRow(Base):
    """One user."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    birth_date: Mapped[date] = mapped_column(Date)


# The database decides who has an address: two requests at once cannot both take it.
Index("uq_users_email", func.lower(UserRow.email), unique=True)
