"""The application under load: how much it takes, and that a rolling restart loses nothing of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.live.conftest import Rehearsal
from tests.live.load import WORKERS, load
from tests.live.phases import Phase
from workshop.cluster import gateway
from workshop.shell import kubectl
from workshop.story import account

pytestmark = pytest.mark.phase(Phase.BESIDE)

ENVIRONMENT = "stg"
SECONDS = 8


@pytest.fixture(scope="module")
def token(rehearsal: Rehearsal) -> str:
    return account.token(ENVIRONMENT)


def listing(token: str) -> Callable[[httpx.Client], httpx.Response]:
    """Asks for the list of users."""
    signed_in = {"Authorization": f"Bearer {token}"}
    return lambda client: gateway.ask(ENVIRONMENT, "/api/users", headers=signed_in, client=client, timeout=10)


@pytest.fixture(name="signing_in")
def fixture_signing_in(token: str) -> Callable[[httpx.Client], httpx.Response]:
    """Signs in, every client as somebody else: of one address the application takes only a few at once."""
    assert token
    crowd = []
    for number in range(WORKERS):
        email, password = f"visitor-{number}-{uuid4().hex}@example.com", uuid4().hex
        account_of = {"name": f"Visitor {number}", "email": email, "password": password, "birth_date": "1990-04-12"}
        made = gateway.ask(ENVIRONMENT, "/api/auth/register", "POST", json=account_of, timeout=10)
        assert made.status_code == httpx.codes.CREATED, made.text
        crowd.append({"email": email, "password": password})
    whose: dict[httpx.Client, dict[str, str]] = {}

    def sign_in(client: httpx.Client) -> httpx.Response:
        credentials = whose.setdefault(client, crowd[len(whose) % WORKERS])
        return gateway.ask(ENVIRONMENT, "/api/auth/login", "POST", json=credentials, client=client, timeout=10)

    return sign_in


def test_the_list_and_the_login_take_a_crowd(
    token: str,
    signing_in: Callable[[httpx.Client], httpx.Response],
    record_property: Callable[[str, Any], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, ask in (("list", listing(token)), ("login", signing_in)):
        with load(ask) as found:
            time.sleep(SECONDS)
        record_property(name, str(found))
        with capsys.disabled():
            print(f"\n{name}: {found}")
        assert found.failures == []
        # A hall of 200 people, each asking every ten seconds; signing in costs a password hash.
        assert found.rate > (20 if name == "list" else 4)


def test_a_rolling_restart_loses_no_request(token: str) -> None:
    namespace = ("--namespace", ENVIRONMENT)
    with load(listing(token)) as found:
        kubectl.change(*namespace, "rollout", "restart", "deployment/backend", "deployment/frontend")
        for name in ("backend", "frontend"):
            kubectl.text(*namespace, "rollout", "status", f"deployment/{name}", "--timeout=120s", limit=130)
        # Until the old pods have gone too.
        time.sleep(SECONDS)

    assert found.failures == []
    assert len(found.seconds) > 100
