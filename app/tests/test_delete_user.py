"""DELETE /api/users/{id}"""

from __future__ import annotations

from fastapi.testclient import TestClient

from .conftest import Create


def test_a_deleted_user_is_gone(client: TestClient, create: Create) -> None:
    user_id = create()

    assert client.delete(f"/api/users/{user_id}").status_code == 204
    assert client.get(f"/api/users/{user_id}").status_code == 404


def test_the_address_of_a_deleted_user_is_free_again(client: TestClient, create: Create) -> None:
    client.delete(f"/api/users/{create()}")

    create()


def test_an_unknown_user_cannot_be_deleted(client: TestClient) -> None:
    assert client.delete("/api/users/7").status_code == 404
