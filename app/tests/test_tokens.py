"""Who is signed in: /api/auth/me with good tokens, and with those that an attacker would send."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, update

from users_api.domain.users import Role, User
from users_api.services.tokens import ISSUER
from users_api.storage.tables import UserRow

from .conftest import JWT_KEY, Create, SignIn
from .helpers import problem_of

NOW = datetime.now(UTC)
GOOD = {"iss": ISSUER, "sub": "1", "iat": NOW, "exp": NOW + timedelta(minutes=5)}


def _token(key: str = JWT_KEY, algorithm: str = "HS256", **changes: Any) -> str:
    claims = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm)


def _without_signature() -> str:
    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    claims = {"iss": ISSUER, "sub": "1", "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 300}
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def _me(client: TestClient, authorization: str) -> Any:
    return client.get("/api/auth/me", headers={"Authorization": authorization})


def test_a_good_token(client: TestClient, root: User) -> None:
    response = _me(client, f"Bearer {_token()}")

    assert response.status_code == 200
    assert response.json()["email"] == root.email


@pytest.mark.parametrize(
    "token",
    [
        _token(key="another-key-that-is-long-enough-to-sign"),
        _token(iss="somebody-else"),
        _token(sub="2"),
        _token(sub="root@example.com"),
        _token(algorithm="HS512"),
        _without_signature(),
        _token(iss=None),
        _token(sub=None),
        _token(iat=None),
        _token(exp=None),
        _token()[:-4],
        "not-a-token",
        "ação",
    ],
)
def test_no_other_token_is_good(client: TestClient, root: User, token: str) -> None:
    assert root.id == 1

    response = client.get("/api/auth/me", headers={b"Authorization": f"Bearer {token}".encode()})

    assert problem_of(response) == (401, "not-authenticated")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_says_so(client: TestClient, root: User) -> None:
    assert root.id == 1

    response = _me(client, f"Bearer {_token(exp=NOW - timedelta(seconds=1))}")

    assert problem_of(response) == (401, "token-expired")


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic cm9vdDpyb290", f"Token {_token()}"])
def test_other_ways_to_sign_in_are_none(client: TestClient, root: User, authorization: str) -> None:
    assert root.id == 1

    assert problem_of(_me(client, authorization)) == (401, "not-authenticated")


def test_a_token_in_the_address_is_none(client: TestClient, root: User) -> None:
    assert root.id == 1

    assert client.get("/api/auth/me", params={"access_token": _token()}).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/auth/me"),
        ("GET", "/api/users"),
        ("GET", "/api/users/1"),
        ("POST", "/api/users"),
        ("GET", "/api/stats"),
    ],
)
def test_nothing_about_users_without_a_token(client: TestClient, root: User, method: str, path: str) -> None:
    assert root.id == 1

    assert problem_of(client.request(method, path)) == (401, "not-authenticated")


def test_a_token_ends_with_its_user(admin: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(delete(UserRow))

    assert problem_of(admin.get("/api/auth/me")) == (401, "not-authenticated")


def test_the_role_is_the_one_in_the_database_not_the_one_at_login(
    create: Create, sign_in: SignIn, engine: Engine
) -> None:
    client = sign_in(create(Role.ADMIN))
    with engine.begin() as connection:
        connection.execute(update(UserRow).values(role=Role.USER))

    assert client.get("/api/auth/me").json()["role"] == "user"
    assert client.post("/api/users", json={}).status_code == 403


def test_a_role_in_the_token_means_nothing(client: TestClient, create: Create) -> None:
    create()

    response = client.post(
        "/api/users", json={}, headers={"Authorization": f"Bearer {_token(role='admin', admin=True)}"}
    )

    assert problem_of(response) == (403, "forbidden")
