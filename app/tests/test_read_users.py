"""GET /api/users and /api/users/{id}"""

from __future__ import annotations

from fastapi.testclient import TestClient

from .conftest import ANA, BIA, Create


def test_users_come_by_name_whatever_its_case(client: TestClient, create: Create) -> None:
    create(**BIA)
    create(**ANA)

    assert [user["name"] for user in client.get("/api/users").json()] == ["Ana Souza", "bia Lima"]


def test_one_user(client: TestClient, create: Create) -> None:
    user_id = create()

    assert client.get(f"/api/users/{user_id}").json() == {"id": user_id, **ANA}


def test_an_unknown_user_is_not_found(client: TestClient) -> None:
    response = client.get("/api/users/7")

    assert response.status_code == 404
    assert response.json() == {"detail": "user 7 does not exist"}
