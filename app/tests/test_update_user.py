"""PATCH /api/users/{id}"""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from users_api.domain.users import Role, User

from .conftest import ANA, BIA, PASSWORD, Create, SignIn
from .helpers import at_once, fields_of, log_in, problem_of


def test_only_the_given_fields_change(admin: TestClient, create: Create) -> None:
    path = f"/api/users/{create().id}"
    before = admin.get(path).json()

    response = admin.patch(path, json={"name": "Ana Lima"})

    assert response.status_code == 200
    after = response.json()
    assert after["updated_at"] > before["updated_at"]
    assert after == before | {"name": "Ana Lima", "updated_at": after["updated_at"]}
    assert admin.get(path).json() == after


def test_users_change_themselves(create: Create, sign_in: SignIn) -> None:
    ana = create()

    response = sign_in(ana).patch(
        f"/api/users/{ana.id}", json={"email": BIA["email"], "birth_date": "1991-01-01"}
    )

    assert (response.json()["email"], response.json()["birth_date"]) == (BIA["email"], "1991-01-01")


@pytest.mark.parametrize("other", [1, 7])
def test_users_change_nobody_else_whether_or_not_there_is_one(
    user: TestClient, root: User, other: int
) -> None:
    response = user.patch(f"/api/users/{other}", json={"password": "now it is mine"})

    assert problem_of(response) == (403, "forbidden")
    assert log_in(user, root.email, PASSWORD).status_code == 200


@pytest.mark.parametrize("role", ["admin", "user"])
def test_users_do_not_change_their_role(create: Create, sign_in: SignIn, role: str) -> None:
    ana = create()
    client = sign_in(ana)

    response = client.patch(f"/api/users/{ana.id}", json={"name": "Ana Lima", "role": role})

    assert problem_of(response) == (403, "forbidden")
    assert client.get("/api/auth/me").json().items() >= {"role": "user", **ANA}.items()


def test_administrators_make_administrators(admin: TestClient, create: Create) -> None:
    response = admin.patch(f"/api/users/{create().id}", json={"role": "admin"})

    assert response.json()["role"] == "admin"


def test_the_new_password_is_the_one(admin: TestClient, create: Create) -> None:
    admin.patch(f"/api/users/{create().id}", json={"password": "another password"})

    assert log_in(admin, ANA["email"], PASSWORD).status_code == 401
    assert log_in(admin, ANA["email"], "another password").status_code == 200


def test_the_address_of_another_user_is_refused(admin: TestClient, create: Create) -> None:
    create(**ANA)
    path = f"/api/users/{create(**BIA).id}"

    assert problem_of(admin.patch(path, json={"email": "Ana@example.com"})) == (409, "email-taken")
    assert admin.get(path).json()["email"] == BIA["email"]


def test_the_own_address_may_change_its_case(admin: TestClient, create: Create) -> None:
    response = admin.patch(f"/api/users/{create().id}", json={"email": "Ana@Example.com"})

    assert response.json()["email"] == "Ana@Example.com"


def test_the_last_administrator_stays_one(admin: TestClient, root: User) -> None:
    response = admin.patch(f"/api/users/{root.id}", json={"name": "Nobody", "role": "user"})

    assert problem_of(response) == (409, "last-admin")
    assert admin.get("/api/auth/me").json().items() >= {"name": "Root", "role": "admin"}.items()


def test_the_last_administrator_may_change_everything_else(admin: TestClient, root: User) -> None:
    response = admin.patch(f"/api/users/{root.id}", json={"name": "Rute", "role": "admin"})

    assert (response.json()["name"], response.json()["role"]) == ("Rute", "admin")


def test_administrators_who_demote_each_other_at_once_leave_one(
    root: User, create: Create, sign_in: SignIn
) -> None:
    others = [create(Role.ADMIN, email=f"{number}@example.com") for number in range(3)]
    admins = [root, *others]
    client = sign_in(root)

    at_once([lambda one=one: client.patch(f"/api/users/{one.id}", json={"role": "user"}) for one in admins])

    roles = [client.get(f"/api/users/{one.id}").json()["role"] for one in admins]
    assert roles.count("admin") == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "body"),
        ({"name": None}, "body"),
        ({"email": "ana"}, "email"),
        ({"role": "root"}, "role"),
        ({"password": "short"}, "password"),
        ({"id": 2}, "id"),
    ],
)
def test_wrong_changes_are_refused(
    admin: TestClient, create: Create, wrong: dict[str, object], field: str
) -> None:
    path = f"/api/users/{create().id}"
    before = admin.get(path).json()

    assert fields_of(admin.patch(path, json=wrong)) == [field]
    assert admin.get(path).json() == before


def test_an_unknown_user_cannot_change(admin: TestClient) -> None:
    assert problem_of(admin.patch("/api/users/7", json={"name": "Ana"})) == (404, "user-not-found")


def test_nobody_changes_anything_without_a_token(client: TestClient) -> None:
    assert problem_of(client.patch("/api/users/1", json={"name": "Ana"})) == (401, "not-authenticated")
