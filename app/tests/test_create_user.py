"""POST /api/users"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from users_api.api.schemas import BirthDate, Email, Name

from .conftest import ANA, BIA, PASSWORD
from .helpers import at_once, fields_of, log_in, problem_of

# Where one kind of character ends and another begins.
CHARACTERS = "aZ0é ßİ🙂\u00a0\u200d\t\n\r\0\x1f\x7f\x85\u2028\u2029@.%<'"
NEW = ANA | {"password": PASSWORD, "role": "user"}
NAME: TypeAdapter[str] = TypeAdapter(Name)
EMAIL: TypeAdapter[str] = TypeAdapter(Email)
BIRTH_DATE: TypeAdapter[date] = TypeAdapter(BirthDate)


def _accepts(adapter: TypeAdapter[str] | TypeAdapter[date], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("role", ["user", "admin"])
def test_an_administrator_creates_users_of_either_role(admin: TestClient, role: str) -> None:
    before = datetime.now(UTC)

    response = admin.post("/api/users", json=NEW | {"role": role})

    assert response.status_code == 201
    body = response.json()
    assert body.items() >= {**ANA, "role": role}.items()
    assert body["created_at"] == body["updated_at"] and body["created_at"].endswith("Z")
    assert abs(datetime.fromisoformat(body["created_at"]) - before) < timedelta(minutes=1)
    assert admin.get(f"/api/users/{body['id']}").json() == body
    assert log_in(admin, ANA["email"], PASSWORD).status_code == 200


def test_nobody_else_does(user: TestClient) -> None:
    response = user.post("/api/users", json=BIA | {"password": PASSWORD, "role": "admin"})

    assert problem_of(response) == (403, "forbidden")
    assert user.get("/api/users").json()["total"] == 2


def test_an_address_is_taken_whatever_its_case(admin: TestClient) -> None:
    admin.post("/api/users", json=NEW)

    response = admin.post("/api/users", json=NEW | {"email": "ANA@Example.com"})

    assert problem_of(response) == (409, "email-taken")
    assert "ANA@Example.com" in response.json()["detail"]


def test_of_two_at_once_one_gets_the_address(admin: TestClient) -> None:
    outcomes = at_once([lambda: admin.post("/api/users", json=NEW).status_code] * 4)

    assert sorted(map(str, outcomes)) == ["201", "409", "409", "409"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "   "},
        {"name": "x" * 121},
        {"name": "Ana\nSouza"},
        {"name": "Ana\u0000"},
        {"name": 7},
        {"email": "ana"},
        {"email": "ana@example"},
        {"email": "ana souza@example.com"},
        {"email": "ana\u0000@example.com"},
        {"email": f"{'x' * 251}@a.b"},
        {"birth_date": "2999-01-01"},
        {"birth_date": "1899-12-31"},
        {"birth_date": "1990-02-30"},
        {"birth_date": "12/04/1990"},
        {"birth_date": "1990-04-12T00:00:00"},
        {"birth_date": 0},
        {"password": "x" * 7},
        {"password": "x" * 129},
        {"role": "root"},
        {"id": 7},
    ],
)
def test_wrong_fields_are_refused_and_named(admin: TestClient, wrong: dict[str, object]) -> None:
    assert fields_of(admin.post("/api/users", json=NEW | wrong)) == list(wrong)
    assert admin.get("/api/users").json()["total"] == 1


def test_every_wrong_field_is_named_at_once(admin: TestClient) -> None:
    response = admin.post("/api/users", json={"name": "", "email": "ana", "birth_date": "", "password": ""})

    assert fields_of(response) == ["name", "email", "birth_date", "password", "role"]


def test_what_is_wrong_is_said_to_people(admin: TestClient) -> None:
    response = admin.post("/api/users", json=NEW | {"birth_date": "2999-01-01"})

    assert response.json()["errors"] == [
        {"field": "birth_date", "message": "the date of birth is in the future"}
    ]


def test_a_script_in_a_name_is_text_like_any_other(admin: TestClient) -> None:
    name = '<script>alert("1")</script>'

    response = admin.post("/api/users", json=NEW | {"name": name})

    assert response.json()["name"] == name
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"


@given(st.text(CHARACTERS, min_size=1, max_size=130))
def test_a_name_is_one_line_of_text(name: str) -> None:
    if _accepts(NAME, name):
        kept = NAME.validate_python(name)
        assert kept in name and 1 <= len(kept) <= 120
        assert len(kept.splitlines()) == 1 and "\0" not in kept
    else:
        assert not name.strip() or len(name.strip()) > 120 or any(not c.isprintable() for c in name)


@given(
    st.text("aZ0é._%+'-", min_size=1, max_size=64),
    st.lists(st.text("aZ0ã-", min_size=1, max_size=20), min_size=2, max_size=4),
)
def test_addresses_are_accepted_as_they_are(local: str, labels: list[str]) -> None:
    email = f"{local}@{'.'.join(labels)}"

    assert EMAIL.validate_python(email) == email


@given(st.text(CHARACTERS, max_size=20), st.sampled_from("@ \t\n\r\0"), st.text(CHARACTERS, max_size=20))
def test_no_space_and_no_second_at_sign_inside_an_address(start: str, wrong: str, end: str) -> None:
    assert not _accepts(EMAIL, f"a{start}{wrong}{end}b@example.com")


@given(st.dates())
def test_dates_of_birth_are_from_1900_until_today(day: date) -> None:
    expected = date(1900, 1, 1) <= day <= datetime.now(UTC).date()

    assert _accepts(BIRTH_DATE, day.isoformat()) == expected


def test_the_edges_of_a_date_of_birth() -> None:
    today = datetime.now(UTC).date()

    assert _accepts(BIRTH_DATE, "1900-01-01") and _accepts(BIRTH_DATE, today.isoformat())
    assert not _accepts(BIRTH_DATE, "1899-12-31")
    assert not _accepts(BIRTH_DATE, (today + timedelta(days=1)).isoformat())
