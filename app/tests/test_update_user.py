"""PATCH /api/users/{id}"""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from .conftest import ANA, BIA, Create


def test_only_the_given_fields_change(client: TestClient, create: Create) -> None:
    user_id = create()

    response = client.patch(f"/api/users/{user_id}", json={"name": "Ana Lima"})

    assert response.status_code == 200
    assert response.json() == {"id": user_id, **ANA, "name": "Ana Lima"}
    assert client.get(f"/api/users/{user_id}").json() == response.json()


def test_the_address_of_another_user_is_refused(client: TestClient, create: Create) -> None:
    create(**ANA)
    bia = create(**BIA)

    assert client.patch(f"/api/users/{bia}", json={"email": "Ana@example.com"}).status_code == 409
    assert client.get(f"/api/users/{bia}").json()["email"] == BIA["email"]


def test_the_own_address_may_change_its_case(client: TestClient, create: Create) -> None:
    assert client.patch(f"/api/users/{create()}", json={"email": "Ana@Example.com"}).status_code == 200


@pytest.mark.parametrize("wrong", [{}, {"name": None}, {"email": "ana"}, {"role": "admin"}])
def test_wrong_changes_are_refused(client: TestClient, create: Create, wrong: dict[str, str | None]) -> None:
    user_id = create()

    assert client.patch(f"/api/users/{user_id}", json=wrong).status_code == 422
    assert client.get(f"/api/users/{user_id}").json() == {"id": user_id, **ANA}


def test_an_unknown_user_cannot_change(client: TestClient) -> None:
    assert client.patch("/api/users/7", json={"name": "Ana"}).status_code == 404
