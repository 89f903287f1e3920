"""Passwords: only their hashes are kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from users_api.domain.errors import Unavailable

# Each needs 19 MiB and a core for a moment; a pod has 256 MiB.
HASHES_AT_ONCE = 2
PATIENCE_SECONDS = 3.0

Result = TypeVar("Result")


def argon2id() -> PasswordHasher:
    """Argon2id as OWASP recommends it: 19 MiB, two passes, one lane."""
    return PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)


class Passwords:
    """Hashes passwords and verifies them, a few at a time."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        # Threads of their own: the C library keeps what a thread has freed for that thread, so hashing in the
        # forty threads that serve requests would fill the pod.
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="passwords")
        # Nobody's: verified where there is no user, so that this takes as long as where there is one.
        self._nobody = hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """The password's hash, with its parameters and salt in it."""
        return self._wait_for(lambda: self._hasher.hash(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether this is the password. Takes the same time where there is no hash to compare with."""
        try:
            self._wait_for(lambda: self._hasher.verify(password_hash or self._nobody, password))
        except VerifyMismatchError:
            return False
        return password_hash is not None

    def _wait_for(self, work: Callable[[], Result]) -> Result:
        # Whoever waits holds a thread that other requests need: better to send some away than to stop.
        future = self._threads.submit(work)
        try:
            return future.result(PATIENCE_SECONDS)
        except TimeoutError as error:
            future.cancel()
            raise Unavailable("Too many people sign in at once: try again in a moment.") from error
