"""What an attacker would try, against the real images and through nginx: each refused, with the right status."""

from __future__ import annotations

import base64
import datetime
import json

import jwt
import pytest

from .conftest import ADMIN, USER, Person, Site

from tests.live.phases import Phase
pytestmark = pytest.mark.phase(Phase.BESIDE)

STRANGER_KEY = "a key that the application has never seen, long enough"


def claims(**changes: object) -> dict[str, object]:
    """What a token of the application would say, had it made it."""
    now = datetime.datetime.now(datetime.UTC)
    return {
        "sub": "1",
        "iss": "users-api",
        "iat": now,
        "exp": now + datetime.timedelta(hours=1),
        **changes,
    }


def unsigned(content: dict[str, object]) -> str:
    """A token that claims to need no signature."""

    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value, default=str).encode()).rstrip(b"=").decode()

    stamped = {key: int(value.timestamp()) if isinstance(value, datetime.datetime) else value for key, value in content.items()}
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(stamped)}."


def problem(answer: object, status: int) -> dict[str, object]:
    """The answer's problem details, once its status is the expected one."""
    assert answer.status_code == status, answer.text  # type: ignore[attr-defined]
    assert answer.headers["Content-Type"].startswith("application/problem+json")  # type: ignore[attr-defined]
    assert "Traceback" not in answer.text  # type: ignore[attr-defined]
    return answer.json()  # type: ignore[attr-defined]


def test_nobody_registers_as_a_second_administrator(site: Site) -> None:
    mallory = Person("Mallory", "mallory@example.com", "a-long-password")

    problem(site.ask("POST", "/api/auth/register", json={**mallory.account, "role": "admin"}), 403)
    assert site.ask("POST", "/api/auth/login", json={"email": mallory.email, "password": mallory.password}).status_code == 401


def test_a_user_does_not_become_an_administrator(site: Site) -> None:
    token = site.token(USER)
    me = site.ask("GET", "/api/auth/me", token=token).json()

    problem(site.ask("PATCH", f"/api/users/{me['id']}", token=token, json={"role": "admin"}), 403)
    assert site.ask("GET", "/api/auth/me", token=token).json()["role"] == "user"


@pytest.mark.parametrize("request_of", [("PATCH", {"name": "Eu"}), ("DELETE", None)], ids=["update", "delete"])
def test_a_user_does_not_touch_another(site: Site, request_of: tuple[str, dict[str, str] | None]) -> None:
    method, body = request_of
    admin = site.ask("GET", "/api/auth/me", token=site.token(ADMIN)).json()

    problem(site.ask(method, f"/api/users/{admin['id']}", token=site.token(USER), json=body), 403)
    assert site.ask("GET", f"/api/users/{admin['id']}", token=site.token(USER)).json() == admin


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(jwt.encode(claims(), STRANGER_KEY, algorithm="HS256"), id="another key"),
        pytest.param(unsigned(claims()), id="no signature"),
        pytest.param("not.a.token", id="no token at all"),
    ],
)
def test_a_token_that_the_application_did_not_make_opens_nothing(site: Site, token: str) -> None:
    problem(site.ask("GET", "/api/users", token=token), 401)


def test_sql_in_a_search_is_only_text(site: Site) -> None:
    token = site.token(USER)
    everybody = site.ask("GET", "/api/users", token=token).json()["total"]

    for text in ("' OR 1=1 --", "'; DROP TABLE users; --", "%", "_", "\\"):
        found = site.ask("GET", "/api/users", token=token, params={"search": text})
        assert found.status_code == 200, found.text
        assert found.json()["total"] == 0
    assert site.ask("GET", "/api/users", token=token).json()["total"] == everybody


def test_ten_megabytes_are_refused(site: Site) -> None:
    body = {**USER.account, "email": "large@example.com", "name": "x" * 10_000_000}

    problem(site.ask("POST", "/api/auth/register", json=body), 413)


def test_a_script_in_a_name_is_returned_as_text_not_as_a_page(site: Site) -> None:
    script = "<script>alert(1)</script>"
    made = site.ask("POST", "/api/auth/register", json={**USER.account, "email": "script@example.com", "name": script})

    assert made.status_code in (201, 409), made.text
    found = site.ask("GET", "/api/users", token=site.token(USER), params={"search": "script@"})
    assert [user["name"] for user in found.json()["items"]] == [script]
    assert found.headers["Content-Type"].startswith("application/json")
    assert found.headers["X-Content-Type-Options"] == "nosniff"


def test_guessing_passwords_becomes_slow_and_tells_nothing(site: Site) -> None:
    for email in (USER.email.replace("bia", "guess"), "nobody@example.com"):
        statuses = [
            site.ask("POST", "/api/auth/login", json={"email": email, "password": f"guess number {attempt}"})
            for attempt in range(7)
        ]
        assert [answer.status_code for answer in statuses[:4]] == [401] * 4
        assert statuses[-1].status_code == 429
        assert int(statuses[-1].headers["Retry-After"]) >= 1


def test_pages_may_load_nothing_from_elsewhere(site: Site) -> None:
    page = site.ask("GET", "/")

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "nginx/" not in page.headers.get("Server", "")
