"""Gitea: the forge of the story, with an account of its own for everybody who has a part in it."""

from __future__ import annotations

import os
from typing import Any

import httpx

from workshop import http, secrets, voice
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.services import containers, database
from workshop.shell import docker

SCOPES = {
    config.FORGE_ADMIN: "all",
    config.PRESENTER: "write:repository,write:issue,read:user",
    config.FORGE_CI: "write:repository,read:user",
    config.FORGE_ARGOCD: "read:repository",
}
"""What the token of each account that talks to the API, or reads with a token, may do."""
_ACCOUNTS = (
    config.PRESENTER,
    *config.PERSONAS,
    config.FORGE_KARGO,
    config.FORGE_ARGOCD,
    config.FORGE_CI,
)
"""Everybody but the administrator."""
_ADMIN_COMMAND = ("exec", config.GITEA_CONTAINER, "gitea", "admin", "user")


def require_gitea() -> None:
    """Refuse what needs the repository that the cluster reads: that one is in Gitea, whatever `forge` says.

    Raises `WorkshopError` where pull requests go elsewhere: their merges would never reach the cluster.
    """
    if config.settings().forge != "gitea":
        raise WorkshopError(
            f"forge = '{config.settings().forge}' cuida de pull request, verificações, merge e pipeline, só disso:"
            " o Argo CD e o Kargo leem o Gitea e o registro local.",
            fix="WORKSHOP_FORGE=gitea   # ou, sem cluster: a seção do README.pt-BR.md sobre o GitHub",
        )


def ensure() -> None:
    """Have Gitea answer, with an account for everybody and a token for those who need one."""
    require_gitea()
    containers.claim()
    environment = secrets.store("gitea.env", "".join(f"{key}={value}\n" for key, value in _environment().items()))
    containers.run(
        config.GITEA_CONTAINER,
        config.versions()["images"]["gitea"]["name"],
        dns_name=config.GITEA_NAME,
        ports=(config.settings().gitea_port, config.GITEA_PORT),
        options=[
            "--env-file", str(environment),
            "--volume", f"{containers.volume(config.GITEA_CONTAINER)}:/var/lib/gitea",
        ],
    )  # fmt: skip
    containers.wait_until_answers(config.GITEA_CONTAINER, "resposta do Gitea", answers, limit=90)
    _ensure_administrator()
    # Before the others: they are made in the administrator's name.
    _ensure_token(config.FORGE_ADMIN)
    if made := [user for user in _ACCOUNTS if _ensure_user(user)]:
        voice.say(f"contas novas no Gitea: {', '.join(made)}")
    for user in _ACCOUNTS:
        if user in SCOPES:
            _ensure_token(user)


def _environment() -> dict[str, str]:
    return {
        "GITEA__database__DB_TYPE": "postgres",
        "GITEA__database__HOST": f"{config.POSTGRES_NAME}:{config.POSTGRES_PORT}",
        "GITEA__database__NAME": database.FORGE_DATABASE,
        "GITEA__database__USER": database.FORGE_DATABASE,
        "GITEA__database__PASSWD": database.password(database.FORGE_DATABASE),
        "GITEA__database__LOG_SQL": "false",
        "GITEA__security__INSTALL_LOCK": "true",
        "GITEA__security__SECRET_KEY": secrets.read("gitea-secret-key"),
        "GITEA__server__HTTP_PORT": str(config.GITEA_PORT),
        "GITEA__server__ROOT_URL": f"{config.gitea_on_host()}/",
        "GITEA__server__DISABLE_SSH": "true",
        "GITEA__server__START_SSH_SERVER": "false",
        "GITEA__server__OFFLINE_MODE": "true",
        "GITEA__service__DISABLE_REGISTRATION": "true",
        "GITEA__actions__ENABLED": "false",
        "GITEA__packages__ENABLED": "false",
        "GITEA__indexer__ISSUE_INDEXER_TYPE": "db",
        "GITEA__cron_0X2E_update_checker__ENABLED": "false",
        "GITEA__log__LEVEL": "warn",
        "GITEA__i18n__LANGS": "pt-BR,en-US",
        "GITEA__i18n__NAMES": "Português do Brasil,English",
    }


def answers() -> bool:
    """Whether Gitea and its database are healthy."""
    try:
        return http.LOCAL.get(f"{config.gitea_on_host()}/api/healthz", timeout=3).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def call(method: str, path: str, *, as_: str = config.FORGE_ADMIN, **options: Any) -> httpx.Response:
    """One call of Gitea's API in somebody's name; `path` begins after /api/v1.

    Raises `WorkshopError` when Gitea cannot be reached. Error statuses are the caller's business.
    """
    try:
        return http.LOCAL.request(
            method,
            f"{config.gitea_on_host()}/api/v1{path}",
            headers={"Authorization": f"token {token(as_)}"},
            timeout=30,
            **options,
        )
    except httpx.HTTPError as error:
        raise WorkshopError(f"O Gitea não responde: {error}.", fix="make up") from None


def checked(method: str, path: str, *, as_: str = config.FORGE_ADMIN, **options: Any) -> Any:
    """As `call`, but an error status raises `WorkshopError` with Gitea's message; returns the decoded answer."""
    answer = call(method, path, as_=as_, **options)
    if answer.is_error:
        raise WorkshopError(f"O Gitea recusou {method} {path}: {answer.status_code} {answer.text[:300]}")
    return answer.json() if answer.content else None


def token(user: str) -> str:
    """The API token of an account."""
    return secrets.read(_token_name(user))


def token_works(user: str) -> bool:
    """Whether a token of that account is kept, and Gitea takes it; none is made.

    Raises `WorkshopError` when Gitea cannot be reached.
    """
    if not secrets.exists(_token_name(user)):
        return False
    path = "/user" if "user" in SCOPES[user] or SCOPES[user] == "all" else "/repos/search"
    return call("GET", path, as_=user).status_code == httpx.codes.OK


def password(user: str) -> str:
    """The password of an account."""
    return secrets.read(f"gitea-{user}")


def credentials(user: str) -> dict[str, str]:
    """The variables with which git signs in as that user, without a password in any command line or URL."""
    helper = f"!f() {{ echo username={user}; echo password=$FORGE_PASSWORD; }}; f"
    return {
        "FORGE_PASSWORD": password(user),
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "credential.helper",
        "GIT_CONFIG_VALUE_0": "",
        "GIT_CONFIG_KEY_1": "credential.helper",
        "GIT_CONFIG_VALUE_1": helper,
    }


def _ensure_administrator() -> None:
    name = config.FORGE_ADMIN
    if name in docker.text(*_ADMIN_COMMAND, "list", "--admin").split():
        return
    # Not echoed: it prints the password that it has made up.
    docker.text(
        *_ADMIN_COMMAND, "create", "--username", name, "--email", f"{name}@workshop.local",
        "--admin", "--random-password", "--must-change-password=false",
    )  # fmt: skip


def _ensure_token(user: str) -> None:
    """A token of that account that works: the one that is kept, or a new one."""
    if token_works(user):
        return
    made = docker.text(
        *_ADMIN_COMMAND, "generate-access-token", "--username", user, "--token-name", f"workshop-{os.urandom(4).hex()}",
        "--scopes", SCOPES[user], "--raw",
    )  # fmt: skip
    secrets.store(_token_name(user), made.strip())


def _token_name(user: str) -> str:
    return f"gitea-token-{user}"


def _ensure_user(name: str) -> bool:
    """Have an account of that name with its password; whether it had to be made."""
    wanted = {
        "login_name": name, "source_id": 0, "email": f"{name}@workshop.local",
        "password": password(name), "must_change_password": False,
    }  # fmt: skip
    if call("GET", f"/users/{name}").status_code == httpx.codes.NOT_FOUND:
        checked("POST", "/admin/users", json={**wanted, "username": name})
        return True
    checked("PATCH", f"/admin/users/{name}", json=wanted)
    return False
