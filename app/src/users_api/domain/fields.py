"""What the fields of a user have to look like. Each check returns the value, or raises `ValueError`."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

NAME_LENGTH = 120
EMAIL_LENGTH = 254
EMAIL_PATTERN = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
EARLIEST_BIRTH_DATE = date(1900, 1, 1)

# Control characters, and the separators that break a line.
_NOT_TEXT = {"Cc", "Zl", "Zp"}


def check_text(text: str) -> str:
    """A single line without control characters."""
    if any(unicodedata.category(character) in _NOT_TEXT for character in text):
        raise ValueError("control characters and line breaks are not allowed")
    return text


def check_password(password: str) -> str:
    """Text that can be hashed: JSON can also spell halves of characters, which no encoding knows."""
    try:
        password.encode()
    except UnicodeEncodeError as error:
        raise ValueError("half a character is not allowed") from error
    return password


def check_birth_date(day: date) -> date:
    """From 1900 until today."""
    if day < EARLIEST_BIRTH_DATE:
        raise ValueError("the date of birth is before 1900")
    if day > datetime.now(UTC).date():
        raise ValueError("the date of birth is in the future")
    return day
