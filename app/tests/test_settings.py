"""Settings from the environment."""

from __future__ import annotations

import pytest

from users_api.settings import DEVELOPMENT_JWT_KEY, load_settings


@pytest.mark.parametrize("environment", ["stg", "prod"])
@pytest.mark.parametrize("key", [None, "", DEVELOPMENT_JWT_KEY])
def test_the_development_key_is_refused_elsewhere(
    monkeypatch: pytest.MonkeyPatch, environment: str, key: str | None
) -> None:
    monkeypatch.setenv("ENVIRONMENT", environment)
    if key is not None:
        monkeypatch.setenv("JWT_SECRET_KEY", key)

    with pytest.raises(SystemExit, match=f"JWT_SECRET_KEY has to be set where ENVIRONMENT is {environment}"):
        load_settings()


def test_a_mistake_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "secret-by-accident")

    with pytest.raises(SystemExit, match="ENVIRONMENT") as exit_:
        load_settings()
    assert "secret-by-accident" not in str(exit_.value)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "prod")
    monkeypatch.setenv("JWT_SECRET_KEY", "a-real-one")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    monkeypatch.setenv("APP_VERSION", "0a1b2c3d")

    settings = load_settings()

    assert (settings.environment, settings.log_level, settings.app_version) == ("prod", "DEBUG", "0a1b2c3d")
    assert "a-real-one" not in repr(settings)
