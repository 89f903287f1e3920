"""Who uses the application in the story: the first user of each environment, who may be its administrator."""

from __future__ import annotations

from typing import Final

import httpx

from workshop import paths, secrets, voice
from workshop.cluster import gateway
from workshop.errors import WorkshopError

PERSON: Final = {"name": "Grace Murray", "email": "grace@example.com", "birth_date": "1906-12-09"}
_LIMIT_SECONDS: Final = 10


def sign_in(environment: str) -> str:
    """Sign in to one environment; returns the option with which curl shows the token, without it being seen.

    Raises `WorkshopError` as `token` does.
    """
    header = secrets.store(f"token-{environment}", f"Authorization: Bearer {token(environment)}\n")
    shown = header.relative_to(paths.ROOT)
    voice.say(f"{environment}: {PERSON['name']} entrou; o token está em {shown}")
    return f"--header @{shown}"


def token(environment: str) -> str:
    """A token of the story's person in one environment.

    In an environment without users the person registers first, as administrator: only the very first may.
    Raises `WorkshopError` where the application does not answer, or has users that the workshop did not make.
    """
    password = secrets.read(f"app-{environment}")
    credentials = {"email": PERSON["email"], "password": password}
    answer = _post(environment, "/api/auth/login", credentials)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        made = _post(environment, "/api/auth/register", {**PERSON, "password": password, "role": "admin"})
        if made.is_success:
            voice.say(f"{environment}: {PERSON['name']} criou a primeira conta, de administradora")
            answer = _post(environment, "/api/auth/login", credentials)
    if not answer.is_success:
        raise WorkshopError(
            f"{PERSON['name']} não consegue entrar em {environment}: HTTP {answer.status_code}.",
            details=answer.text[:300],
            fix="make reset   # os ambientes recomeçam sem usuários",
        )
    found: str = answer.json()["access_token"]
    return found


def _post(environment: str, path: str, body: dict[str, str]) -> httpx.Response:
    try:
        return gateway.ask(environment, path, "POST", json=body, timeout=_LIMIT_SECONDS)
    except httpx.HTTPError as error:
        raise WorkshopError(
            f"A aplicação não responde em {environment}: {error or type(error).__name__}.",
            fix=f"kubectl --namespace {environment} get pods",
        ) from None
