"""The application as docker-compose.yaml runs it: this tree's two images and PostgreSQL, for everything in this folder."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest

from workshop import compose
from workshop.machine import ports


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    name: str
    email: str
    password: str
    birth_date: str = "1990-04-12"

    @property
    def account(self) -> dict[str, str]:
        """What registers this person."""
        return {
            "name": self.name,
            "email": self.email,
            "password": self.password,
            "birth_date": self.birth_date,
        }


ADMIN = Person("Ana Souza", "ana@example.com", secrets.token_urlsafe(16))
USER = Person("Bia Lima", "bia@example.com", secrets.token_urlsafe(16), "1985-11-30")


@dataclass(frozen=True)
class Site:
    """Where the page is, which also leads to the backend, and compose's name for all of it."""

    url: str
    project: str

    def ask(self, method: str, path: str, *, token: str = "", **options: object) -> httpx.Response:
        """A request as anybody on the network could send it."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.request(method, f"{self.url}{path}", headers=headers, timeout=30, **options)  # type: ignore[arg-type]

    def register(self, person: Person, role: str) -> None:
        """Have an account for this person, made now or before."""
        made = self.ask("POST", "/api/auth/register", json={**person.account, "role": role})
        assert made.status_code in (201, 409), made.text

    def token(self, person: Person) -> str:
        """Sign in."""
        answer = self.ask(
            "POST", "/api/auth/login", json={"email": person.email, "password": person.password}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]


@contextmanager
def running_site(project: str) -> Iterator[Site]:
    """The application under a compose project of its own, on free ports; gone afterwards, users and all."""
    with pytest.MonkeyPatch.context() as patch:
        for name in compose.PORTS:
            patch.setenv(name, str(ports.any_free()))
        try:
            yield Site(compose.up(project=project), project)
        finally:
            compose.down(project=project)


# Not of the session's scope: that ends after tests/live/test_teardown.py, which may have stopped the engine.
@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """The application with an administrator and a user."""
    with running_site("app-test") as site:
        site.register(ADMIN, "admin")
        site.register(USER, "user")
        yield site
