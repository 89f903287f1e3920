"""What goes over the wire."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from users_api.domain.fields import (
    EMAIL_LENGTH,
    EMAIL_PATTERN,
    NAME_LENGTH,
    check_birth_date,
    check_password,
    check_text,
)
from users_api.domain.users import NewUser, Role, UserQuery


def _iso_date(day: object) -> object:
    # Left alone, pydantic also reads numbers, and times at midnight.
    if not isinstance(day, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day, re.ASCII):
        raise ValueError("a date looks like 1990-04-12")
    return day


def _checked_password(password: SecretStr) -> SecretStr:
    check_password(password.get_secret_value())
    return password


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH),
    AfterValidator(check_text),
    Field(examples=["Ana Souza"]),
]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=EMAIL_LENGTH, pattern=EMAIL_PATTERN),
    AfterValidator(check_text),
    Field(examples=["ana@example.com"]),
]
BirthDate = Annotated[
    date, BeforeValidator(_iso_date), AfterValidator(check_birth_date), Field(examples=["1990-04-12"])
]
Password = Annotated[SecretStr, Field(min_length=8, max_length=128), AfterValidator(_checked_password)]
Search = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=EMAIL_LENGTH), AfterValidator(check_text)
]
Sort = Literal[
    "name",
    "-name",
    "email",
    "-email",
    "birth_date",
    "-birth_date",
    "role",
    "-role",
    "created_at",
    "-created_at",
]

# As far as PostgreSQL can count.
LARGEST_INTEGER = 2**31 - 1
Id = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UserCreate(_Body):
    """A user to be created by an administrator."""

    name: Name
    email: Email
    birth_date: BirthDate
    password: Password
    role: Role

    def user(self) -> NewUser:
        """The user to be stored, without the password."""
        return NewUser(name=self.name, email=self.email, birth_date=self.birth_date, role=self.role)


class UserRegister(UserCreate):
    """Somebody who registers. Only the very first may ask to be an administrator."""

    role: Role = Role.USER


class UserUpdate(_Body):
    """The fields to change; those left out stay as they are."""

    name: Name | None = None
    email: Email | None = None
    birth_date: BirthDate | None = None
    password: Password | None = None
    role: Role | None = None

    @model_validator(mode="after")
    def _says_what_to_change(self) -> UserUpdate:
        if not self.model_fields_set:
            raise ValueError("give at least one of name, email, birth_date, password, role")
        if None in self.changes().values():
            raise ValueError("a field can be changed or left out, not emptied")
        return self

    def changes(self) -> dict[str, object]:
        """What was given, by field."""
        given: dict[str, object] = self.model_dump(exclude_unset=True)
        return given | ({"password": self.password.get_secret_value()} if self.password else {})


class UserRead(BaseModel):
    """A user as stored."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    email: str
    birth_date: date
    role: Role
    created_at: datetime
    updated_at: datetime


class ListQuery(BaseModel):
    """Which users, in which order, and which page of them."""

    search: Search = Field(
        default="", description="Part of a name or of an e-mail address, in any letter case"
    )
    sort: Sort = Field(default="name", description="The field to sort by, with - in front from last to first")
    page: int = Field(default=1, ge=1, le=LARGEST_INTEGER)
    page_size: int = Field(default=20, ge=1, le=100)

    def query(self) -> UserQuery:
        """The same, in the words of the domain."""
        return UserQuery(**self.model_dump())


class UserPageRead(BaseModel):
    """One page of users."""

    items: list[UserRead]
    total: int
    page: int
    page_size: int
    pages: int


class LoginRequest(_Body):
    """An e-mail address and a password."""

    email: Email
    # Whatever is typed is a wrong password rather than a mistake; only its length is bounded.
    password: Annotated[SecretStr, Field(max_length=128), AfterValidator(_checked_password)]


class LoginRead(BaseModel):
    """A token for the header "Authorization: Bearer …", and whose it is."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: int = Field(description="Seconds until the token expires")
    user: UserRead


class RoleCounts(BaseModel):
    """How many users have each role."""

    admin: int
    user: int


class DecadeCount(BaseModel):
    """How many users were born in the ten years from `decade` on."""

    decade: int
    count: int


class StatsRead(BaseModel):
    """All users in numbers."""

    total: int
    by_role: RoleCounts
    by_decade: list[DecadeCount]
    newest: list[UserRead]


class HealthRead(BaseModel):
    """Whether this instance can serve: each check with "ok" or what is missing."""

    status: str
    checks: dict[str, str]


class VersionRead(BaseModel):
    """Which image runs, and where."""

    tag: str
    commit: str
    environment: str
