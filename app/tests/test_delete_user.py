"""DELETE /api/users/{id}"""

from __future__ import annotations

from fastapi.testclient import TestClient

from users_api.domain.users import Role, User

from .conftest import ANA, PASSWORD, Create, SignIn
from .helpers import at_once, log_in, problem_of


def test_a_deleted_user_is_gone(admin: TestClient, create: Create) -> None:
    path = f"/api/users/{create().id}"

    response = admin.delete(path)

    assert (response.status_code, response.content) == (204, b"")
    assert problem_of(admin.get(path)) == (404, "user-not-found")
    assert log_in(admin, ANA["email"], PASSWORD).status_code == 401


def test_the_address_of_a_deleted_user_is_free_again(admin: TestClient, create: Create) -> None:
    admin.delete(f"/api/users/{create().id}")

    create()


def test_an_unknown_user_cannot_be_deleted(admin: TestClient) -> None:
    assert problem_of(admin.delete("/api/users/7")) == (404, "user-not-found")


def test_users_delete_nobody_not_even_themselves(create: Create, sign_in: SignIn, root: User) -> None:
    ana = create()
    client = sign_in(ana)

    for user in (root, ana):
        assert problem_of(client.delete(f"/api/users/{user.id}")) == (403, "forbidden")
    assert client.get("/api/users").json()["total"] == 2


def test_the_last_administrator_cannot_be_deleted(admin: TestClient, root: User) -> None:
    assert problem_of(admin.delete(f"/api/users/{root.id}")) == (409, "last-admin")
    assert admin.get("/api/auth/me").status_code == 200


def test_an_administrator_may_go_when_there_is_another(admin: TestClient, root: User, create: Create) -> None:
    create(Role.ADMIN)

    assert admin.delete(f"/api/users/{root.id}").status_code == 204


def test_administrators_who_delete_each_other_at_once_leave_one(
    root: User, create: Create, sign_in: SignIn
) -> None:
    others = [create(Role.ADMIN, email=f"{number}@example.com") for number in range(3)]
    admins = [root, *others]

    at_once(
        [
            lambda client=sign_in(one), victim=victim: client.delete(f"/api/users/{victim.id}")
            for one, victim in zip(admins, [*others, root])
        ]
    )

    left = [one for one in admins if sign_in(one).get("/api/auth/me").status_code == 200]
    assert left and all(sign_in(one).get("/api/auth/me").json()["role"] == "admin" for one in left)


def test_nobody_deletes_anybody_without_a_token(client: TestClient) -> None:
    assert problem_of(client.delete("/api/users/1")) == (401, "not-authenticated")
