"""What can go wrong, said to people: every message is a sentence."""

from __future__ import annotations


class DomainError(Exception):
    """A request that cannot be granted. Its message is for whoever asked."""


class UserNotFound(DomainError):
    """There is no user with this id."""

    def __init__(self, user_id: int) -> None:
        super().__init__(f"User {user_id} does not exist.")


class EmailTaken(DomainError):
    """Another user has this e-mail address, whatever its letter case."""

    def __init__(self, email: str) -> None:
        super().__init__(f"Another user already has the e-mail address {email}.")


class LastAdmin(DomainError):
    """Without this user nobody could manage users any more."""

    def __init__(self) -> None:
        super().__init__("The last administrator can be neither removed nor made a plain user.")


class Forbidden(DomainError):
    """The user is known, and may not do this."""


class NotAuthenticated(DomainError):
    """Nobody is signed in."""

    def __init__(self) -> None:
        super().__init__("Sign in first.")


class TokenExpired(DomainError):
    """Somebody was signed in."""

    def __init__(self) -> None:
        super().__init__("The session has expired: sign in again.")


class InvalidCredentials(DomainError):
    """The same for an unknown address and for a wrong password."""

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class TooManyAttempts(DomainError):
    """Whoever guesses passwords has to wait."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many failed attempts: try again in {seconds} s.")


class Unavailable(DomainError):
    """Not now; soon again."""
