"""Compose: Docker's plugin, the program of that name, or the package that brings it."""

from __future__ import annotations

import os
import platform
import sys

import pytest

from tests.unit.machine.conftest import Script
from workshop.errors import WorkshopError
from workshop.machine import compose


def test_it_is_dockers_plugin_where_there_is_one(script: Script) -> None:
    script("docker", '[ "$*" = "compose version" ]')
    assert compose.command() == ["docker", "compose"]


def test_it_is_the_program_of_that_name_where_docker_has_no_plugin(script: Script) -> None:
    script("docker", "exit 1")
    script("docker-compose", "exit 0")
    assert compose.command() == ["docker-compose"]


def test_without_it_and_the_right_to_install_it_its_package_is_named(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "ubuntu", "ID_LIKE": "debian"})
    with pytest.raises(WorkshopError, match="docker-compose") as caught:
        compose.command()
    assert caught.value.fix.startswith("sudo apt-get install docker-compose-v2 ")


@pytest.mark.parametrize(
    ("system", "release", "command"),
    [("linux", "fedora", "sudo dnf install docker-compose "), ("darwin", "", "brew install docker-compose ")],
)
def test_where_there_is_no_apt_the_systems_own_command_is_named(
    script: Script, system: str, release: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": release})
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(WorkshopError) as caught:
        compose.command()
    assert caught.value.fix.startswith(command)


@pytest.mark.parametrize(
    ("release", "package"),
    [
        ({"ID": "debian"}, "docker-compose"),
        ({"ID": "ubuntu", "ID_LIKE": "debian"}, "docker-compose-v2"),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "docker-compose-v2"),
        ({"ID": "fedora"}, "docker-compose"),
    ],
    ids=lambda value: value["ID"] if isinstance(value, dict) else "",
)
def test_a_systems_family_decides_what_its_package_is_called(
    release: dict[str, str], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    assert compose.package() == package
