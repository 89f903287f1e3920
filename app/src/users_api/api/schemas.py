"""What goes over the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PastDate,
    StringConstraints,
    model_validator,
)


def _not_before_1900(day: date) -> date:
    if day.year < 1900:
        raise ValueError("the date of birth is before 1900")
    return day


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
    Field(examples=["ana@example.com"]),
]
BirthDate = Annotated[PastDate, AfterValidator(_not_before_1900)]


class UserCreate(BaseModel):
    """A user to be created."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    email: Email
    birth_date: BirthDate


class UserUpdate(BaseModel):
    """The fields to change; those left out stay as they are."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    email: Email | None = None
    birth_date: BirthDate | None = None

    @model_validator(mode="after")
    def _says_what_to_change(self) -> UserUpdate:
        changes = self.model_dump(exclude_unset=True)
        if not changes:
            raise ValueError("give at least one of name, email, birth_date")
        if None in changes.values():
            raise ValueError("a field can be changed or left out, not emptied")
        return self


class UserRead(BaseModel):
    """A user as stored."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    email: str
    birth_date: date


class HealthRead(BaseModel):
    """Whether this instance can serve: each check with "ok" or what is missing."""

    status: str
    checks: dict[str, str]


class VersionRead(BaseModel):
    """Which image runs, and where."""

    tag: str
    commit: str
    environment: str
