"""What stands beside the cluster: registry, PostgreSQL, Gitea, and everybody's way into it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

import httpx

from workshop import http, kube, paths, secrets, supply, voice
from workshop import registry as images_api
from workshop import settings as config
from workshop.doctor.check import (
    ASK_SECONDS,
    MEND,
    Area,
    Check,
    Finding,
    apart,
    as_finding,
    ask,
    bad,
    good,
    objects,
)
from workshop.doctor.engine import ours
from workshop.errors import WorkshopError
from workshop.platform import argocd, kargo
from workshop.services import database, forge, registry
from workshop.shell import docker

_SERVED_TO = (config.NAMESPACE_ARGOCD, config.NAMESPACE_KARGO, config.NAMESPACE_GATEWAY, *config.ENVIRONMENTS)
"""The namespaces whose images come from the local registry, whatever the node brought along."""
GIT_USERS: Final = (config.PRESENTER, config.FORGE_KARGO)
"""Who signs in with a password, as git does."""


def service(container: str, answers: Callable[[], bool], where: str) -> Finding:
    """Does what runs in that container answer? Where it does not, the container's state says why."""
    if answers():
        return good(f"responde em {where}")
    try:
        state = ask("docker", "inspect", "--format", "{{.State.Status}}", container).strip()
    except WorkshopError as error:
        if "no such" in error.message.lower():
            return bad(f"o contêiner {container} não existe", "make up")
        return bad(f"não responde em {where}; {as_finding(error).sentence}", error.fix or f"docker start {container}")
    if state == "running":
        return bad(f"{container} roda e não responde em {where}", f"docker restart {container}")
    return bad(f"{container} está parado ({state})", f"docker start {container}")


def database_answers() -> bool:
    """As `database.answers`, within the limit of a check."""
    command = ("exec", config.POSTGRES_CONTAINER, "pg_isready", "--quiet", "--host=127.0.0.1")
    return docker.ok(*command, limit=ASK_SECONDS)


def databases() -> Finding:
    """A database for each environment, and the forge's."""
    listed = ask(
        "docker", "exec", "--user", "postgres", config.POSTGRES_CONTAINER,
        "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", "SELECT datname FROM pg_database",
    ).split()  # fmt: skip
    wanted = [database.role(name) for name in (database.FORGE_DATABASE, *config.ENVIRONMENTS)]
    if missing := [name for name in wanted if name not in listed]:
        return bad(f"falta o banco {', '.join(missing)}", "make up")
    return good(", ".join(wanted))


def tokens() -> Finding:
    """Does Gitea take the token of every account that has one?"""
    with voice.Crew() as pool:
        works = dict(zip(forge.SCOPES, pool.map(forge.token_works, forge.SCOPES), strict=True))
    if refused := [user for user, fine in works.items() if not fine]:
        return bad(f"o Gitea recusa o token de {', '.join(refused)}", MEND)
    return good(f"valem: {', '.join(works)}")


def passwords() -> Finding:
    """Does Gitea take the passwords with which git signs in?"""
    refused = []
    for user in GIT_USERS:
        if not secrets.exists(f"gitea-{user}"):
            refused.append(user)
            continue
        answer = http.LOCAL.get(f"{config.gitea_on_host()}/api/v1/user", auth=(user, forge.password(user)))
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            refused.append(user)
    if refused:
        return bad(f"o Gitea recusa a senha de {', '.join(refused)}", MEND)
    return good(f"valem: {', '.join(GIT_USERS)}")


def renew_accounts() -> None:
    """Tokens that work, passwords that are ours; and Argo CD and Kargo are told, where they are there."""
    forge.ensure()
    try:
        kube.require_ready(limit=ASK_SECONDS)
    except WorkshopError:
        return  # whoever has the cluster answer again finds theirs among its faults
    if argocd.is_installed():
        argocd.renew_credentials()
        voice.say("o Argo CD tem o token atual")
    if kargo.is_installed():
        kargo.renew_credentials()
        voice.say("o Kargo tem a senha atual")


def images() -> Finding:
    """Does the registry hold every image that a pod may want again?"""
    wanted = set()
    for pod in objects("Pod"):
        if pod["metadata"]["namespace"] in _SERVED_TO:
            wanted |= {container["image"] for container in pod["spec"]["containers"]}
    if not wanted:
        return apart("ainda não há pods")
    local = images_api.local()
    missing = [image for image in sorted(wanted) if not local.digest(*images_api.repository_and_reference(image))]
    if missing:
        return bad(f"o registro não tem {', '.join(missing)}", f"{MEND}   # imagens da aplicação: make reset")
    return good(f"{len(wanted)} imagens em uso, todas no registro")


def _restart_hung(container: str, answers: Callable[[], bool]) -> Callable[[], None]:
    """A container that runs and does not answer has been seen to by nobody: `ensure` would only wait for it."""

    def repair() -> None:
        if not answers() and docker.ok("container", "inspect", container):
            voice.say(f"reiniciando {container}")
            docker.change("restart", "--time", "10", container)

    return repair


def secrets_folder() -> Finding:
    """Secrets that only their owner may read."""
    if not paths.SECRETS.is_dir():
        return apart("ainda não há segredos", "make up")
    loose = [file.name for file in paths.SECRETS.iterdir() if file.stat().st_mode & 0o077]
    if loose or paths.SECRETS.stat().st_mode & 0o077:
        return bad(f"outros podem ler {', '.join(loose) or 'a pasta'}", "chmod -R go= .workshop/secrets")
    return good("só o dono pode ler .workshop/secrets")


def close_secrets() -> None:
    """Take the rights of group and others away."""
    for path in (paths.SECRETS, *paths.SECRETS.iterdir()):
        path.chmod(path.stat().st_mode & ~0o077)
    voice.say("permissões de .workshop/secrets corrigidas")


def github() -> Finding:
    """The choice of forge: the cluster reads Gitea alone."""
    if config.settings().forge == "gitea":
        return good("gitea")
    return bad("forge = 'github' só serve sem cluster", "unset WORKSHOP_FORGE   # ou forge = 'gitea' em workshop.toml")


def proxy() -> Finding:
    """A proxy that would be asked for addresses of this machine."""
    names = [name for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY") if os.environ.get(name)]
    spared = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(",")
    if names and not {"localhost", "*"} & {part.strip() for part in spared}:
        return bad(f"{names[0]} vale também para localhost", "export no_proxy=localhost,127.0.0.1,.localhost")
    return good("localhost é chamado diretamente")


def area() -> Area:
    """The checks of this module; PostgreSQL before Gitea, which lives on it."""
    registry_hung = _restart_hung(config.REGISTRY_CONTAINER, registry.answers)
    database_hung = _restart_hung(config.POSTGRES_CONTAINER, database_answers)
    forge_hung = _restart_hung(config.GITEA_CONTAINER, forge.answers)
    return Area(
        "Registro, banco e Gitea",
        (
            Check(
                "registry", "registro",
                lambda: service(config.REGISTRY_CONTAINER, registry.answers, config.registry_on_host()),
                ours(registry_hung, registry.ensure),
            ),
            Check(
                "postgres", "PostgreSQL",
                lambda: service(
                    config.POSTGRES_CONTAINER, database_answers, f"localhost:{config.settings().postgres_port}"
                ),
                ours(database_hung, database.ensure),
            ),
            Check("databases", "bancos", databases, ours(database.ensure), settles=True),
            Check(
                "gitea", "Gitea",
                lambda: service(config.GITEA_CONTAINER, forge.answers, config.gitea_on_host()),
                ours(forge_hung, forge.ensure), settles=True,
            ),
            Check("tokens", "tokens", tokens, ours(renew_accounts)),
            Check("passwords", "senhas", passwords, ours(renew_accounts)),
            Check("secrets", "segredos", secrets_folder, close_secrets),
            Check("images", "imagens em uso", images, ours(supply.publish_mirrors), settles=True),
            Check("forge", "forge", github),
            Check("proxy", "proxy", proxy),
        ),
    )  # fmt: skip
