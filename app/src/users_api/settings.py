"""What the environment says."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode

DEVELOPMENT_JWT_KEY = "development-only-key-do-not-use-elsewhere"
# HS256 is only as strong as its key: as long as the hash at least (RFC 7518, 3.2).
SHORTEST_JWT_KEY = 32

LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)]


def _comma_separated(origins: object) -> object:
    return (
        [part.strip() for part in origins.split(",") if part.strip()] if isinstance(origins, str) else origins
    )


class Settings(BaseSettings):
    """One field per environment variable of the same name."""

    database_url: str = "postgresql://postgres:postgres@localhost:5432/users_db"
    environment: Literal["dev", "stg", "prod"] = "dev"
    log_level: LogLevel = "INFO"
    jwt_secret_key: SecretStr = SecretStr(DEVELOPMENT_JWT_KEY)
    access_token_minutes: int = Field(default=60, ge=1, le=24 * 60)
    # Pages of other origins that may ask; the own one goes through the same origin and needs none.
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)] = ()

    # Baked into the image when it is built.
    app_version: str = "local"
    app_commit: str = "unknown"

    @model_validator(mode="after")
    def _key_is_fit_for_the_environment(self) -> Settings:
        key = self.jwt_secret_key.get_secret_value()
        if self.environment != "dev" and key in ("", DEVELOPMENT_JWT_KEY):
            raise ValueError(f"JWT_SECRET_KEY has to be set where ENVIRONMENT is {self.environment}")
        if len(key.encode()) < SHORTEST_JWT_KEY:
            raise ValueError(f"JWT_SECRET_KEY needs at least {SHORTEST_JWT_KEY} bytes: openssl rand -hex 32")
        return self


def load_settings() -> Settings:
    """The settings, or a sentence per mistake and exit code 1."""
    try:
        return Settings()
    except ValidationError as error:
        mistakes = [
            f"{'_'.join(str(part) for part in mistake['loc']).upper()} {mistake['msg']}".strip()
            for mistake in error.errors(include_input=False)
        ]
        raise SystemExit("settings: " + "; ".join(mistakes)) from None
