"""POST /api/auth/register"""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from users_api.domain.users import User

from .conftest import ANA, BIA, PASSWORD, Create
from .helpers import at_once, log_in, problem_of


def test_whoever_registers_can_log_in(client: TestClient) -> None:
    response = client.post("/api/auth/register", json=ANA | {"password": PASSWORD})

    assert response.status_code == 201
    assert response.json().items() >= {"id": 1, "role": "user", **ANA}.items()
    assert log_in(client, ANA["email"], PASSWORD).status_code == 200


def test_the_very_first_user_may_be_an_administrator(client: TestClient) -> None:
    response = client.post("/api/auth/register", json=ANA | {"password": PASSWORD, "role": "admin"})

    assert response.status_code == 201
    assert response.json()["role"] == "admin"


def test_nobody_else_can_register_as_an_administrator(client: TestClient, create: Create) -> None:
    create()

    response = client.post("/api/auth/register", json=BIA | {"password": PASSWORD, "role": "admin"})

    assert problem_of(response) == (403, "forbidden")
    assert log_in(client, BIA["email"], PASSWORD).status_code == 401


def test_of_many_at_once_one_becomes_the_administrator(client: TestClient) -> None:
    def register(number: int) -> int:
        fields = ANA | {"email": f"{number}@example.com", "password": PASSWORD, "role": "admin"}
        return client.post("/api/auth/register", json=fields).status_code

    outcomes = at_once([lambda number=number: register(number) for number in range(6)])

    assert sorted(map(str, outcomes)) == ["201"] + ["403"] * 5


def test_users_from_before_there_were_passwords_do_not_shut_everybody_out(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO users (name, email, birth_date) VALUES ('Old', 'old@example.com', '1950-01-01')"
            )
        )

    response = client.post("/api/auth/register", json=ANA | {"password": PASSWORD, "role": "admin"})

    assert response.status_code == 201


def test_an_address_is_taken_whatever_its_case(client: TestClient, create: Create) -> None:
    create()

    response = client.post(
        "/api/auth/register", json=BIA | {"email": "ANA@example.com", "password": PASSWORD}
    )

    assert problem_of(response) == (409, "email-taken")


@pytest.mark.parametrize("field", ["name", "email", "birth_date", "password"])
def test_every_field_but_the_role_is_needed(client: TestClient, field: str) -> None:
    fields = ANA | {"password": PASSWORD}
    del fields[field]

    response = client.post("/api/auth/register", json=fields)

    assert response.json()["errors"] == [{"field": field, "message": "Field required"}]


def test_what_only_the_server_decides_cannot_be_sent(client: TestClient) -> None:
    for field in ("id", "created_at", "password_hash", "is_admin"):
        response = client.post("/api/auth/register", json=ANA | {"password": PASSWORD, field: "1"})

        assert [error["field"] for error in response.json()["errors"]] == [field]


def test_no_answer_carries_a_password(client: TestClient, root: User) -> None:
    created = client.post("/api/auth/register", json=ANA | {"password": PASSWORD})
    logged_in = log_in(client, root.email, PASSWORD)
    refused = client.post("/api/auth/register", json=BIA | {"password": "s3cret!"})

    for response in (created, logged_in, refused):
        assert PASSWORD not in response.text
        assert "s3cret!" not in response.text
        assert "argon2" not in response.text
