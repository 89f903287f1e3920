"""Every name, port and path of the workshop, once; and the few choices that a user has.

The choices (`Settings`) come from `WORKSHOP_*` environment variables or from `workshop.toml` at the top of
the repository. The names are constants: charts, manifests and notebooks use them too, and a test compares.
"""

from __future__ import annotations

import os
import re
import tomllib
from functools import lru_cache
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from workshop.errors import WorkshopError
from workshop.paths import CONFIG_FILE, VERSIONS

# -- The cluster ------------------------------------------------------------------------------------
CLUSTER_NAME: Final = "image-promotion"
NODE_CONTAINER: Final = f"{CLUSTER_NAME}-control-plane"
DOCKER_NETWORK: Final = "workshop"
POD_SUBNET: Final = "10.244.0.0/24"
SERVICE_SUBNET: Final = "10.96.0.0/16"
GATEWAY_NODE_PORT: Final = 30080

NAMESPACE_ARGOCD: Final = "argocd"
NAMESPACE_KARGO: Final = "kargo"
NAMESPACE_GATEWAY: Final = "gateway"
NAMESPACE_BENCH: Final = "bench"
"""What `workshop bench` compares with; it goes when the measurement ends."""
NAMESPACE_CERT_MANAGER: Final = "cert-manager"
PROJECT: Final = "image-promotion"
WAREHOUSE: Final = "app"
ENVIRONMENTS: Final = ("dev", "stg", "prod")
PERSONAS: Final = {"qa": "stg", "po": "prod"}
"""Service account of the Project → the Stage that it may promote to."""
APPROVERS: Final = {stage: persona for persona, stage in PERSONAS.items()}
"""The Stages at which somebody has to ask, and who does."""

KARGO_HOST: Final = "kargo.localhost"
ARGOCD_HOST: Final = "argocd.localhost"
"""Host names of the pages, through the gateway."""

# -- Services beside the cluster --------------------------------------------------------------------
REGISTRY_CONTAINER: Final = "workshop-registry"
GITEA_CONTAINER: Final = "workshop-gitea"
POSTGRES_CONTAINER: Final = "workshop-postgres"
CONTAINERS: Final = (REGISTRY_CONTAINER, GITEA_CONTAINER, POSTGRES_CONTAINER)
REGISTRY_NAME: Final = "registry.workshop.local"
REGISTRY_PORT: Final = 5001
GITEA_NAME: Final = "gitea.workshop.local"
GITEA_PORT: Final = 3000
POSTGRES_NAME: Final = "pg.workshop.local"
POSTGRES_PORT: Final = 5432
"""Ports inside the cluster's network, as the manifests name them; this machine's own are a choice (`Settings`)."""
LABEL: Final = "workshop.installation"
"""Docker label that every container and volume of ours carries; its value is the installation's folder."""

FORGE_ORGANISATION: Final = "workshop"
REPOSITORY: Final = "image-promotion-gitops"
FORGE_ADMIN: Final = "workshop-admin"
"""Sets the forge up, and does nothing in the story."""
CI_LOGS: Final = "ci-logs"
"""The repository of the forge that keeps what the pipeline printed; a commit's status links there."""
PRESENTER: Final = "presenter"
FORGE_KARGO: Final = "kargo"
"""Writes the branches env/*, and nothing else."""
FORGE_ARGOCD: Final = "argocd"
"""Reads."""
FORGE_CI: Final = "ci"
"""Reports the pipeline's results."""
APP_IMAGES: Final = ("image-promotion-frontend", "image-promotion-backend")


_GITHUB_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}")


class Settings(BaseSettings):
    """What a user may choose; everything else is a constant of this module."""

    model_config = SettingsConfigDict(env_prefix="WORKSHOP_", toml_file=CONFIG_FILE, extra="forbid", frozen=True)

    supply: Literal["auto", "pull", "build"] = Field("auto", description="de onde vêm ferramentas e imagens")
    forge: Literal["gitea", "github"] = Field(
        "gitea", description="onde pull requests são abertos, verificados e integrados"
    )
    github_repository: str = Field("", validate_default=True, description="DONO/NOME em github.com")
    kargo: Literal["auto", "real", "lite"] = Field("auto", description="o Kargo oficial, ou o substituto")
    gateway_port: int = Field(8080, ge=1, le=65535, description="porta HTTP dos três ambientes")
    registry_port: int = Field(5001, ge=1, le=65535, validate_default=True, description="porta do registro local")
    gitea_port: int = Field(3000, ge=1, le=65535, validate_default=True, description="porta do Gitea local")
    postgres_port: int = Field(5432, ge=1, le=65535, validate_default=True, description="porta do PostgreSQL")
    lab_port: int = Field(8888, ge=1, le=65535, validate_default=True, description="porta do JupyterLab")
    takeover: bool = Field(False, description="tomar o lugar da oficina de outra pasta desta máquina")

    @field_validator("github_repository")
    @classmethod
    def _names_a_repository(cls, value: str, info: ValidationInfo) -> str:
        needed = info.data.get("forge") == "github"
        if not value and needed:
            raise PydanticCustomError("missing_repository", "forge = 'github' precisa de um repositório, DONO/NOME")
        if value and not _GITHUB_REPOSITORY.fullmatch(value):
            raise PydanticCustomError("not_a_repository", "tem de ser DONO/NOME, como no endereço da página")
        return value

    @field_validator("registry_port", "gitea_port", "postgres_port", "lab_port")
    @classmethod
    def _is_a_port_of_its_own(cls, value: int, info: ValidationInfo) -> int:
        for name, other in info.data.items():
            if name.endswith("_port") and other == value:
                raise PydanticCustomError("same_port", "é a porta de {other} também: cada uma a sua", {"other": name})
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then workshop.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


LIVE_VARIABLE: Final = "WORKSHOP_LIVE"
"""1 in the JupyterLab that `workshop lab` opens, and in its kernels: somebody looks, and can press a button."""
RESERVED_VARIABLES: Final = {"WORKSHOP_ROOT", LIVE_VARIABLE}


def is_live() -> bool:
    """Whether a person steps through a notebook; a headless run says no, wherever it was started."""
    return os.environ.get(LIVE_VARIABLE) == "1"


@lru_cache
def settings() -> Settings:
    """The choices in force.

    Raises `WorkshopError` that names the file or variable, the key and what was expected.
    """
    known = {f"WORKSHOP_{name.upper()}" for name in Settings.model_fields} | RESERVED_VARIABLES
    unknown = sorted(name for name in os.environ if name.startswith("WORKSHOP_") and name not in known)
    if unknown:
        raise WorkshopError(
            f"O ambiente tem uma configuração que a oficina não conhece: {', '.join(unknown)}.",
            fix=f"unset {' '.join(unknown)}   # conhece: {', '.join(sorted(known - RESERVED_VARIABLES))}",
        )
    try:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        raise WorkshopError(
            f"{CONFIG_FILE.name} não é TOML válido: {error}.", fix=f"edite {CONFIG_FILE.name}"
        ) from None
    except ValidationError as error:
        raise WorkshopError(_describe(error), fix=f"edite {CONFIG_FILE.name}, ou mude a variável WORKSHOP_*") from None


_EXPECTED: Final = {
    "int_parsing": "tem de ser um número inteiro",
    "int_type": "tem de ser um número inteiro",
    "bool_parsing": "tem de ser true ou false",
    "bool_type": "tem de ser true ou false",
    "string_type": "tem de ser um texto",
    "literal_error": "tem de ser {expected}",
    "greater_than_equal": "não pode ser menor que {ge}",
    "less_than_equal": "não pode ser maior que {le}",
}
"""pydantic's kinds of errors, as people here read them."""


def _describe(error: ValidationError) -> str:
    lines = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"])
        source = f"WORKSHOP_{key.upper()}" if f"WORKSHOP_{key.upper()}" in os.environ else CONFIG_FILE.name
        if item["type"] == "extra_forbidden":
            known = ", ".join(sorted(Settings.model_fields))
            lines.append(f"{source}: a oficina não conhece a chave '{key}' (conhece: {known}).")
        else:
            context = {name: str(value).replace(" or ", " ou ") for name, value in item.get("ctx", {}).items()}
            known_kind = _EXPECTED.get(item["type"])
            expected = known_kind.format_map(context) if known_kind else item["msg"]
            lines.append(f"{source}: '{key}' = {item['input']!r}: {expected}.")
    return "\n".join(lines)


@lru_cache
def versions() -> dict[str, Any]:
    """The pins of versions.toml."""
    return tomllib.loads(VERSIONS.read_text(encoding="utf-8"))


# -- Addresses, derived -----------------------------------------------------------------------------
def registry_in_cluster() -> str:
    """Host and port of the registry as pods and manifests name it."""
    return f"{REGISTRY_NAME}:{REGISTRY_PORT}"


def registry_on_host() -> str:
    """Host and port of the registry as this machine names it."""
    return f"localhost:{settings().registry_port}"


def gitea_on_host() -> str:
    """Base URL of Gitea on this machine."""
    return f"http://localhost:{settings().gitea_port}"


def gitea_in_cluster() -> str:
    """Base URL of Gitea as pods name it."""
    return f"http://{GITEA_NAME}:{GITEA_PORT}"


def repository_in_cluster() -> str:
    """The git URL that Argo CD and Kargo use; character for character the same in gitops/."""
    return f"{gitea_in_cluster()}/{FORGE_ORGANISATION}/{REPOSITORY}.git"


def repository_on_host() -> str:
    """The git URL of the story's repository on this machine, without credentials."""
    return f"{gitea_on_host()}/{FORGE_ORGANISATION}/{REPOSITORY}.git"


def repository_on_github() -> str:
    """The git URL of the repository on GitHub, without credentials."""
    return f"https://github.com/{settings().github_repository}.git"


def environment_host(environment: str) -> str:
    """The host name of the app in one environment, through the gateway."""
    return f"{environment}.app.localhost"


def environment_url(environment: str) -> str:
    """Where a browser finds the app of one environment."""
    return f"http://{environment_host(environment)}:{settings().gateway_port}"


def service_account(persona: str) -> str:
    """A persona as Kubernetes calls it, who asks in its name."""
    return f"system:serviceaccount:{PROJECT}:{persona}"


def application(environment: str) -> str:
    """Argo CD's name for what runs in an environment: gitops/argocd/applications."""
    return f"{environment}-app"


def kargo_address() -> str:
    """Host and port of Kargo's page and API, as a browser of this machine names them; only real Kargo has them."""
    return f"{KARGO_HOST}:{settings().gateway_port}"


def kargo_api() -> str:
    """Where programs find Kargo's API: a name that every resolver knows; the gateway takes it for Kargo's."""
    return f"http://localhost:{settings().gateway_port}"


def argocd_url() -> str:
    """Where a browser finds Argo CD's page."""
    return f"http://{ARGOCD_HOST}:{settings().gateway_port}"
