"""This machine: too small, without Docker, with a port taken; each a sentence with the command that helps."""

from __future__ import annotations

import os
import platform
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from workshop import paths
from workshop.errors import WorkshopError
from workshop.machine import apt, engine, limits, oci_runtime, ports
from workshop.machine import compose as compose_program

Usage = namedtuple("Usage", "total used free")


def script(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return folder


def test_too_little_disk_is_named_with_both_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "STATE", tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100e9, 93e9, 7e9))
    with pytest.raises(WorkshopError, match=r"Only 7 GB are free .* needs 20 GB") as caught:
        limits.check_resources()
    assert caught.value.fix


def test_what_is_supplied_already_needs_no_more_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "STATE", tmp_path)
    (tmp_path / "supplied").touch()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100e9, 93e9, 7e9))
    limits.check_resources()


def test_too_little_memory_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.sysconf
    monkeypatch.setattr(os, "sysconf", lambda name: 2 * 2**30 // 4096 if name == "SC_PHYS_PAGES" else real(name))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100e9, 10e9, 90e9))
    with pytest.raises(WorkshopError, match=r"2\.0 GiB of memory; the workshop needs 6 GiB"):
        limits.check_resources()


def test_no_docker_and_no_right_to_start_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(WorkshopError, match="Docker does not answer") as caught:
        engine.start(print)
    assert "systemctl start docker" in caught.value.fix


def test_a_docker_elsewhere_that_is_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(WorkshopError, match="DOCKER_HOST"):
        engine.start(print)


def test_docker_that_answers_is_used_as_it_is(path: Path) -> None:
    assert not engine.answers()
    script(path, "docker", "echo 28.2.2")
    assert engine.answers()
    script(path, "docker", "exit 1")
    assert not engine.answers()


def test_a_port_in_use_is_not_free() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        assert not ports.is_free(port)
    assert ports.is_free(port)


def test_a_pid_file_of_another_process_is_no_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid_file = tmp_path / "dockerd.pid"
    pid_file.write_text(str(os.getpid()), encoding="ascii")
    monkeypatch.setattr(engine, "PID", pid_file)
    engine.stop(print)
    assert not pid_file.exists()


def test_the_runtime_wrapper_drops_one_capability_and_keeps_the_rest() -> None:
    process = {"capabilities": {"bounding": ["CAP_CHOWN", "CAP_SYS_RESOURCE"], "effective": ["CAP_SYS_RESOURCE"]}}
    oci_runtime.without_capability(process)
    assert process == {"capabilities": {"bounding": ["CAP_CHOWN"], "effective": []}}


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (["--root", "/r", "create", "--bundle", "/b", "id"], "/b"),
        (["create", "--bundle=/b", "id"], "/b"),
        (["run", "-b", "/b", "id"], "/b"),
        (["delete", "id"], None),
    ],
)
def test_the_runtime_wrapper_finds_the_bundle(arguments: list[str], value: str | None) -> None:
    assert oci_runtime._value(arguments, "--bundle", "-b") == value


def test_compose_is_dockers_plugin_where_there_is_one(path: Path) -> None:
    script(path, "docker", '[ "$*" = "compose version" ]')
    assert compose_program.command() == ["docker", "compose"]


def test_compose_is_the_program_of_that_name_where_docker_has_no_plugin(path: Path) -> None:
    script(path, "docker", "exit 1")
    script(path, "docker-compose", "exit 0")
    assert compose_program.command() == ["docker-compose"]


def test_without_compose_and_the_right_to_install_it_its_package_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "ubuntu", "ID_LIKE": "debian"})
    with pytest.raises(WorkshopError, match="docker-compose") as caught:
        compose_program.command()
    assert caught.value.fix.startswith("sudo apt-get install docker-compose-v2 ")


@pytest.mark.parametrize(
    ("release", "debian", "package"),
    [
        ({"ID": "debian"}, True, "docker-compose"),
        ({"ID": "ubuntu", "ID_LIKE": "debian"}, True, "docker-compose-v2"),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, True, "docker-compose-v2"),
        ({"ID": "fedora"}, False, "docker-compose"),
    ],
    ids=lambda value: value["ID"] if isinstance(value, dict) else "",
)
def test_a_systems_family_decides_what_its_packages_are_called(
    release: dict[str, str], debian: bool, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    assert apt.is_debian() is debian
    assert compose_program.package() == package
