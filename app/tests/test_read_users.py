"""GET /api/users, /api/users/{id} and /api/stats"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, update

from users_api.domain.users import NewUser, Role, User
from users_api.storage.tables import UserRow
from users_api.storage.users import SqlUsers

from .conftest import ANA, BIA, Create
from .helpers import fields_of, problem_of

# Few characters, so that many are found; all that mean something to LIKE, SQL or regular expressions.
TEXT = st.text("aB %_/\\'*.", min_size=1, max_size=6).filter(str.strip)


def _names(response: Any) -> list[str]:
    return [user["name"] for user in response.json()["items"]]


def test_one_user(user: TestClient, root: User) -> None:
    assert user.get(f"/api/users/{root.id}").json() == {
        "id": root.id,
        "name": "Root",
        "email": "root@example.com",
        "birth_date": "1970-01-01",
        "role": "admin",
        "created_at": root.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": root.updated_at.isoformat().replace("+00:00", "Z"),
    }


def test_an_unknown_user_is_not_found(user: TestClient) -> None:
    response = user.get("/api/users/7")

    assert problem_of(response) == (404, "user-not-found")
    assert response.json()["detail"] == "User 7 does not exist."


@pytest.mark.parametrize("user_id", ["0", "-1", "2147483648", "9" * 40, "ana", "1 OR 1=1"])
def test_an_id_is_a_number_that_the_database_knows(user: TestClient, user_id: str) -> None:
    assert fields_of(user.get(f"/api/users/{user_id}")) == ["user_id"]


def test_users_come_by_name_whatever_its_case(user: TestClient, create: Create) -> None:
    create(**BIA)

    assert _names(user.get("/api/users")) == ["Ana Souza", "bia Lima", "Root"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["Ana Souza", "bia Lima", "Root"]),
        ("email", ["Ana Souza", "bia Lima", "Root"]),
        ("birth_date", ["Root", "bia Lima", "Ana Souza"]),
        ("created_at", ["Root", "Ana Souza", "bia Lima"]),
        ("role", ["Root", "Ana Souza", "bia Lima"]),
    ],
)
def test_every_order_in_both_directions(
    user: TestClient, create: Create, sort: str, expected: list[str]
) -> None:
    create(**BIA)

    assert _names(user.get("/api/users", params={"sort": sort})) == expected
    backwards = _names(user.get("/api/users", params={"sort": f"-{sort}"}))
    # Of those that are equal, the first one created comes first either way.
    assert backwards == (["Ana Souza", "bia Lima", "Root"] if sort == "role" else expected[::-1])


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("", ["Ana Souza", "Root"]),
        ("  ", ["Ana Souza", "Root"]),
        ("SOUZA", ["Ana Souza"]),
        ("ROOT@", ["Root"]),
        ("example.com", ["Ana Souza", "Root"]),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("/", []),
        ("' OR '1'='1", []),
        ("'; DROP TABLE users; --", []),
    ],
)
def test_search_is_text_in_the_name_or_the_address(
    user: TestClient, search: str, expected: list[str]
) -> None:
    response = user.get("/api/users", params={"search": search})

    assert _names(response) == expected
    assert response.json()["total"] == len(expected)


@given(name=TEXT, search=TEXT)
@example(name="100% Ana", search="0%")
@example(name="100 Ana", search="0%")
@example(name="Ana_Souza", search="a_s")
@example(name="Ana Souza", search="a_s")
def test_wildcards_are_characters_like_any_other(
    engine: Engine, user: TestClient, name: str, search: str
) -> None:
    with engine.begin() as connection:
        connection.execute(update(UserRow).where(UserRow.email == ANA["email"]).values(name=name))

    found = user.get("/api/users", params={"search": search}).json()["items"]

    matches = search.strip().lower() in name.lower() or search.strip().lower() in ANA["email"]
    assert (name in [item["name"] for item in found]) == matches


@settings(max_examples=8)
@given(
    page_size=st.integers(min_value=3, max_value=30),
    sort=st.sampled_from(["name", "-name", "-role", "email"]),
)
def test_pages_have_everybody_exactly_once(
    engine: Engine, user: TestClient, page_size: int, sort: str
) -> None:
    storage = SqlUsers(engine)
    if storage.statistics().total == 2:
        for number in range(21):
            storage.add(NewUser("Ana", f"{number}@example.com", date(1990, 1, 1), Role.USER), "-")

    seen: list[int] = []
    page = pages = 1
    while page <= pages:
        body = user.get("/api/users", params={"page": page, "page_size": page_size, "sort": sort}).json()
        assert (body["total"], body["page"], body["page_size"]) == (23, page, page_size)
        assert 1 <= len(body["items"]) <= page_size
        seen += [item["id"] for item in body["items"]]
        pages = body["pages"]
        page += 1

    assert sorted(seen) == list(range(1, 24))


def test_after_the_last_page_there_is_nobody(user: TestClient) -> None:
    body = user.get("/api/users", params={"page": 2147483647, "page_size": 100}).json()

    assert (body["items"], body["total"], body["pages"]) == ([], 2, 1)


def test_where_nobody_matches_there_is_no_page(user: TestClient) -> None:
    body = user.get("/api/users", params={"search": "nobody"}).json()

    assert (body["items"], body["total"], body["pages"]) == ([], 0, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": 0},
        {"page": 2**31},
        {"page_size": 0},
        {"page_size": 101},
        {"page_size": "many"},
        {"sort": "password_hash"},
        {"sort": "name; DROP TABLE users"},
        {"search": "a\0b"},
        {"search": "x" * 255},
    ],
)
def test_a_wrong_question_is_named(user: TestClient, wrong: dict[str, Any]) -> None:
    assert fields_of(user.get("/api/users", params=wrong)) == list(wrong)


def test_all_users_in_numbers(user: TestClient, create: Create) -> None:
    for number, year in enumerate([1979, 1980, 1989, 1990, 2000]):
        create(email=f"{number}@example.com", birth_date=f"{year}-12-31")

    body = user.get("/api/stats").json()

    assert body["total"] == 7
    assert body["by_role"] == {"admin": 1, "user": 6}
    assert body["by_decade"] == [
        {"decade": 1970, "count": 2},
        {"decade": 1980, "count": 2},
        {"decade": 1990, "count": 2},
        {"decade": 2000, "count": 1},
    ]
    assert [newest["birth_date"][:4] for newest in body["newest"]] == ["2000", "1990", "1989", "1980", "1979"]


def test_a_role_that_nobody_has_counts_zero(user: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(delete(UserRow).where(UserRow.role == Role.ADMIN))

    assert user.get("/api/stats").json()["by_role"] == {"admin": 0, "user": 1}


def test_times_are_in_utc(user: TestClient) -> None:
    created_at = datetime.fromisoformat(user.get("/api/auth/me").json()["created_at"])

    assert created_at.utcoffset() is not None and not created_at.utcoffset()
