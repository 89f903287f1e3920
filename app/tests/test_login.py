"""POST /api/auth/login"""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, update

from users_api.domain.errors import Unavailable
from users_api.domain.logins import FORGOTTEN_AFTER, LONGEST_WAIT, wait_after
from users_api.services import passwords as module
from users_api.services.passwords import Passwords, argon2id
from users_api.storage.tables import LoginFailureRow, UserRow

from .conftest import ANA, PASSWORD, Create
from .helpers import at_once, log_in, problem_of


def _later(engine: Engine, seconds: float) -> None:
    """Let that much time pass, as far as failed logins are concerned."""
    with engine.begin() as connection:
        earlier = LoginFailureRow.last_at - timedelta(seconds=seconds)
        connection.execute(update(LoginFailureRow).values(last_at=earlier))


def test_a_token_for_the_right_password(client: TestClient, create: Create) -> None:
    user = create()

    body = log_in(client, "ANA@Example.com", PASSWORD).json()

    assert (body["token_type"], body["expires_in"], body["user"]["id"]) == ("bearer", 3600, user.id)
    me = client.get("/api/auth/me", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert me.json() == body["user"]


def test_the_answer_does_not_tell_whether_the_address_exists(client: TestClient, create: Create) -> None:
    create()

    unknown = log_in(client, "nobody@example.com", PASSWORD)
    wrong = log_in(client, ANA["email"], "not the password")

    assert problem_of(unknown) == problem_of(wrong) == (401, "invalid-credentials")
    assert unknown.json() == wrong.json()


def test_an_unknown_address_costs_as_much_as_a_wrong_password() -> None:
    verified: list[str] = []

    class Noting(PasswordHasher):
        """Writes down what it verifies."""

        def verify(
            self, hash: str | bytes, password: str | bytes  # pylint: disable=redefined-builtin
        ) -> Literal[True]:
            verified.append(str(hash))
            return super().verify(hash, password)

    passwords = Passwords(Noting(memory_cost=8, time_cost=1, parallelism=1))
    known = passwords.hash(PASSWORD)

    assert not passwords.verify(None, PASSWORD)
    assert not passwords.verify(known, "not the password")
    parameters = [hash_.rsplit("$", 2)[0] for hash_ in verified]
    assert len(parameters) == 2 and parameters[0] == parameters[1]


def test_a_user_without_a_password_cannot_log_in(client: TestClient, create: Create, engine: Engine) -> None:
    create()
    with engine.begin() as connection:
        connection.execute(update(UserRow).values(password_hash=None))

    assert problem_of(log_in(client, ANA["email"], "")) == (401, "invalid-credentials")


@pytest.mark.parametrize("email", [ANA["email"], "nobody@example.com"])
def test_guessing_is_slowed_down_whether_or_not_the_address_exists(
    client: TestClient, create: Create, engine: Engine, email: str
) -> None:
    create()

    for _ in range(5):
        assert problem_of(log_in(client, email, "not the password")) == (401, "invalid-credentials")
    refused = log_in(client, email.upper(), PASSWORD)
    assert problem_of(refused) == (429, "too-many-attempts")
    assert refused.headers["Retry-After"] == "1"

    _later(engine, 1)
    assert log_in(client, email, "not the password").status_code == 401
    assert log_in(client, email, "not the password").headers["Retry-After"] == "2"


def test_who_waited_gets_in_and_starts_afresh(client: TestClient, create: Create, engine: Engine) -> None:
    create()
    for _ in range(5):
        log_in(client, ANA["email"], "not the password")

    _later(engine, 1)

    assert log_in(client, ANA["email"], PASSWORD).status_code == 200
    assert log_in(client, ANA["email"], "not the password").status_code == 401
    assert log_in(client, ANA["email"], PASSWORD).status_code == 200


def test_old_failures_are_forgotten(client: TestClient, engine: Engine) -> None:
    for _ in range(5):
        log_in(client, "nobody@example.com", "not the password")

    _later(engine, FORGOTTEN_AFTER + 1)
    log_in(client, "somebody@example.com", "not the password")

    with engine.connect() as connection:
        kept = list(connection.scalars(func.coalesce(LoginFailureRow.email).select()))
    assert kept == ["somebody@example.com"]


def test_guessing_in_parallel_is_no_faster(client: TestClient, create: Create) -> None:
    create()

    outcomes = at_once([lambda: log_in(client, ANA["email"], "not the password").status_code] * 12)

    assert sorted(map(str, outcomes)) == ["401"] * 5 + ["429"] * 7


def test_who_logs_in_many_times_at_once_sees_no_error(client: TestClient, create: Create) -> None:
    create()

    for _ in range(6):
        outcomes = at_once([lambda: log_in(client, ANA["email"], PASSWORD).status_code] * 8)
        # One may finish, and forget the count, while others wait to count themselves.
        assert set(outcomes) <= {200, 429}


def test_one_address_does_not_slow_down_another(client: TestClient, create: Create) -> None:
    create()
    for _ in range(6):
        log_in(client, "nobody@example.com", "not the password")

    assert log_in(client, ANA["email"], PASSWORD).status_code == 200


@given(st.integers(min_value=0, max_value=10**9))
def test_the_wait_grows_and_ends_growing(failures: int) -> None:
    assert 0 <= wait_after(failures) <= wait_after(failures + 1) <= LONGEST_WAIT


def test_the_wait_begins_with_the_fifth_failure() -> None:
    assert [wait_after(failures) for failures in range(13)] == [0] * 5 + [1, 2, 4, 8, 16, 32, 60, 60]


def test_passwords_are_hashed_as_owasp_recommends() -> None:
    hashed = Passwords(argon2id()).hash(PASSWORD)

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


class _Slow(PasswordHasher):
    """Takes its time, and knows which threads do so at once."""

    def __init__(self) -> None:
        super().__init__(memory_cost=8, time_cost=1, parallelism=1)
        self.threads: set[int] = set()
        self.most = self.running = 0
        self._lock = threading.Lock()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """Hash, slowly."""
        with self._lock:
            self.threads.add(threading.get_ident())
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.05)
        with self._lock:
            self.running -= 1
        return super().hash(password, salt=salt)


def test_two_hashes_at_once_fit_the_memory_and_always_in_the_same_threads() -> None:
    slow = _Slow()
    passwords = Passwords(slow)
    slow.threads.clear()

    at_once([lambda: passwords.hash(PASSWORD)] * 6)

    assert slow.most == len(slow.threads) == 2


def test_a_crowd_is_sent_away_rather_than_stopping_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(_Slow())
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.07)

    outcomes = at_once([lambda: passwords.hash(PASSWORD)] * 8)

    away = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    assert len(away) >= 4
    monkeypatch.undo()
    assert passwords.hash(PASSWORD)
