"""Settings from the environment."""

from __future__ import annotations

import pytest

from users_api.settings import DEVELOPMENT_JWT_KEY, load_settings

REAL_KEY = "a-real-one-0123456789abcdef01234"


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


@pytest.mark.parametrize("environment", ["dev", "stg", "prod"])
def test_a_short_key_is_refused_everywhere(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    monkeypatch.setenv("ENVIRONMENT", environment)
    monkeypatch.setenv("JWT_SECRET_KEY", REAL_KEY[:31])

    with pytest.raises(SystemExit, match="JWT_SECRET_KEY needs at least 32 bytes") as exit_:
        load_settings()
    assert REAL_KEY[:31] not in str(exit_.value)


def test_a_mistake_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "secret-by-accident")

    with pytest.raises(SystemExit, match="ENVIRONMENT") as exit_:
        load_settings()
    assert "secret-by-accident" not in str(exit_.value)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "prod")
    monkeypatch.setenv("JWT_SECRET_KEY", REAL_KEY)
    monkeypatch.setenv("LOG_LEVEL", "debug")
    monkeypatch.setenv("APP_VERSION", "0a1b2c3d")

    settings = load_settings()

    assert (settings.environment, settings.log_level, settings.app_version) == ("prod", "DEBUG", "0a1b2c3d")
    assert REAL_KEY not in repr(settings)


def test_what_is_left_out_is_for_development() -> None:
    settings = load_settings()

    assert (settings.environment, settings.access_token_minutes, settings.cors_origins) == ("dev", 60, ())


@pytest.mark.parametrize("minutes", ["0", "-1", "1441", "soon"])
def test_a_session_lasts_between_a_minute_and_a_day(monkeypatch: pytest.MonkeyPatch, minutes: str) -> None:
    monkeypatch.setenv("ACCESS_TOKEN_MINUTES", minutes)

    with pytest.raises(SystemExit, match="ACCESS_TOKEN_MINUTES"):
        load_settings()


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ("", ()),
        ("https://a.example", ("https://a.example",)),
        (" https://a , ,https://b", ("https://a", "https://b")),
    ],
)
def test_origins_are_separated_by_commas(
    monkeypatch: pytest.MonkeyPatch, given: str, origins: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", given)

    assert load_settings().cors_origins == origins
