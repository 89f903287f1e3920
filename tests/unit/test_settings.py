"""A setting that makes no sense is a sentence that names it, and nothing else happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError


@pytest.fixture
def toml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A workshop.toml of this test's own."""
    path = tmp_path / "workshop.toml"
    monkeypatch.setattr(paths, "CONFIG_FILE", path)
    monkeypatch.setitem(config.Settings.model_config, "toml_file", path)
    config.settings.cache_clear()
    yield path
    config.settings.cache_clear()


def test_without_a_file_the_defaults_hold(toml: Path) -> None:
    assert config.settings().gateway_port == 8080
    assert config.settings().kargo == "auto"


def test_the_environment_wins_over_the_file(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml.write_text("gateway_port = 9001\ngitea_port = 3001\n")
    monkeypatch.setenv("WORKSHOP_GATEWAY_PORT", "9002")
    assert config.settings().gateway_port == 9002
    assert config.settings().gitea_port == 3001


def test_addresses_follow_the_ports(toml: Path) -> None:
    toml.write_text("gateway_port = 9001\nregistry_port = 5002\n")
    assert config.environment_url("stg") == "http://stg.app.localhost:9001"
    assert config.registry_on_host() == "localhost:5002"
    # What gitops/, helm/ and k8s/ say stays true, whatever port this machine has free.
    assert config.registry_in_cluster() == "registry.workshop.local:5001"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("gateway_prot = 1\n", ["workshop.toml", "'gateway_prot'", "gateway_port"]),
        ("gateway_port = 'eighty'\n", ["workshop.toml", "'gateway_port'", "'eighty'"]),
        ("gateway_port = 70000\n", ["workshop.toml", "'gateway_port'", "70000", "não pode ser maior que 65535"]),
        ("gateway_port = 0\n", ["não pode ser menor que 1"]),
        ("takeover = 'perhaps'\n", ["workshop.toml", "'takeover'", "'perhaps'", "true ou false"]),
        ("supply = 'steal'\n", ["workshop.toml", "'supply'", "tem de ser 'auto', 'pull' ou 'build'"]),
        ("supply = \n", ["workshop.toml", "TOML"]),
        ("forge = 'gitlab'\n", ["workshop.toml", "'forge'", "'gitea'", "'github'"]),
        ("forge = 'github'\n", ["workshop.toml", "'github_repository'", "forge = 'github'", "DONO/NOME"]),
        ("[nested]\nkey = 1\n", ["workshop.toml", "'nested'"]),
    ],
)
def test_a_bad_file_is_named_with_its_key(toml: Path, text: str, named: list[str]) -> None:
    toml.write_text(text)
    with pytest.raises(WorkshopError) as caught:
        config.settings()
    for word in named:
        assert word in caught.value.message
    assert caught.value.fix


@pytest.mark.parametrize(
    "value",
    [
        "story",
        "grace/",
        "/story",
        "grace/story/tree",
        "https://github.com/grace/story",
        "git@github.com:grace/story",
        "grace/story.git",
        "grace/..",
        "--repo/story",
        "grace/story --web",
    ],
)
def test_a_github_repository_is_owner_and_name(toml: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WORKSHOP_FORGE", "github")
    monkeypatch.setenv("WORKSHOP_GITHUB_REPOSITORY", value)
    with pytest.raises(WorkshopError, match=r"WORKSHOP_GITHUB_REPOSITORY.*DONO/NOME") as caught:
        config.settings()
    assert value in caught.value.message


def test_a_github_repository_gives_its_address(toml: Path) -> None:
    toml.write_text("forge = 'github'\ngithub_repository = 'Grace-Murray/image.promotion_1'\n")
    assert config.repository_on_github() == "https://github.com/Grace-Murray/image.promotion_1.git"


def test_a_bad_variable_is_named(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSHOP_GITEA_PORT", "zero")
    with pytest.raises(WorkshopError, match=r"WORKSHOP_GITEA_PORT.*'zero'"):
        config.settings()


def test_an_unknown_variable_is_named_with_the_known_ones(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSHOP_GATEWAY", "8080")
    with pytest.raises(WorkshopError, match="WORKSHOP_GATEWAY") as caught:
        config.settings()
    assert caught.value.fix.startswith("unset WORKSHOP_GATEWAY ")
    assert "WORKSHOP_GATEWAY_PORT" in caught.value.fix


def test_the_example_file_holds_the_defaults(toml: Path) -> None:
    example = (paths.ROOT / "workshop.toml.example").read_text(encoding="utf-8")
    toml.write_text(example)
    assert config.settings() == config.Settings.model_construct()
    for name in config.Settings.model_fields:
        assert f"\n{name} = " in example, f"workshop.toml.example does not show {name}"


@pytest.mark.parametrize(
    ("text", "wrong", "other"),
    [
        ("gitea_port = 8080\n", "gitea_port", "gateway_port"),
        ("gateway_port = 3000\n", "gitea_port", "gateway_port"),
        ("lab_port = 5432\n", "lab_port", "postgres_port"),
    ],
)
def test_two_services_cannot_have_one_port(toml: Path, text: str, wrong: str, other: str) -> None:
    toml.write_text(text)
    with pytest.raises(WorkshopError, match=rf"'{wrong}'.*porta de {other}"):
        config.settings()
