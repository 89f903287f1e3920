"""POST /api/users"""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from .conftest import ANA, Create


def test_a_new_user_gets_an_id(client: TestClient) -> None:
    response = client.post("/api/users", json=ANA)

    assert response.status_code == 201
    assert response.json() == {"id": 1, **ANA}


def test_an_address_is_taken_whatever_its_case(client: TestClient, create: Create) -> None:
    create()

    response = client.post("/api/users", json=ANA | {"email": "ANA@Example.com"})

    assert response.status_code == 409
    assert "ANA@Example.com" in response.json()["detail"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "   "},
        {"name": "x" * 121},
        {"email": "ana"},
        {"email": "ana@example"},
        {"email": "ana souza@example.com"},
        {"birth_date": "2999-01-01"},
        {"birth_date": "1899-12-31"},
        {"birth_date": "12/04/1990"},
        {"role": "admin"},
    ],
)
def test_wrong_fields_are_refused(client: TestClient, wrong: dict[str, str]) -> None:
    assert client.post("/api/users", json=ANA | wrong).status_code == 422
    assert client.get("/api/users").json() == []
