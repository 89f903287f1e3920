"""What the environment says."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings

DEVELOPMENT_JWT_KEY = "development-only-key-do-not-use-elsewhere"

LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)]


class Settings(BaseSettings):
    """One field per environment variable of the same name."""

    database_url: str = "postgresql://postgres:postgres@localhost:5432/users_db"
    environment: Literal["dev", "stg", "prod"] = "dev"
    log_level: LogLevel = "INFO"
    jwt_secret_key: SecretStr = SecretStr(DEVELOPMENT_JWT_KEY)

    # Baked into the image when it is built.
    app_version: str = "local"
    app_commit: str = "unknown"

    @model_validator(mode="after")
    def _development_key_stays_in_development(self) -> Settings:
        if self.environment != "dev" and self.jwt_secret_key.get_secret_value() in ("", DEVELOPMENT_JWT_KEY):
            raise ValueError(f"JWT_SECRET_KEY has to be set where ENVIRONMENT is {self.environment}")
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
