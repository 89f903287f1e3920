"""Guessing a password is slowed down."""

from __future__ import annotations

from typing import Protocol

FREE_ATTEMPTS = 4
LONGEST_WAIT = 60
# After this long without an attempt, earlier failures no longer count.
FORGOTTEN_AFTER = 15 * 60


def wait_after(failures: int) -> int:
    """Seconds until the next attempt: none at first, from the fifth failure on 1, 2, 4, … at most 60."""
    if failures <= FREE_ATTEMPTS:
        return 0
    # The exponent is bounded too: nobody needs to compute 2 to the power of a patient attacker.
    return min(LONGEST_WAIT, 2 ** min(failures - FREE_ATTEMPTS - 1, 6))


class LoginAttempts(Protocol):
    """Failed logins by e-mail address, whether or not a user has it, seen by all replicas."""

    def begin(self, email: str) -> None:
        """Count an attempt as failed until it succeeds; raises `TooManyAttempts`."""
        ...

    def succeeded(self, email: str) -> None:
        """Forget the failures."""
        ...
