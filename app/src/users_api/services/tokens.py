"""Tokens that say who is signed in; what that user may do is asked from the database each time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt

from users_api.domain.errors import NotAuthenticated, TokenExpired

ALGORITHM = "HS256"
ISSUER = "users-api"


class Tokens:
    """Signed with one key, valid for some minutes."""

    def __init__(self, key: str, minutes: int) -> None:
        self._key = key
        self.seconds = minutes * 60

    def issue(self, user_id: int) -> str:
        """A token for this user."""
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "sub": str(user_id),
            "iat": now,
            "exp": now + timedelta(seconds=self.seconds),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def read(self, token: str) -> int:
        """The id of the user that the token was issued to; raises `NotAuthenticated`, `TokenExpired`."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": ["exp", "iat", "iss", "sub"]},
            )
            return int(claims["sub"])
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired from error
        except (jwt.InvalidTokenError, ValueError) as error:
            raise NotAuthenticated from error
