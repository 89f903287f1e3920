"""A machine that is too small is told so, with both figures and what helps."""

from __future__ import annotations

import platform
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from workshop import voice
from workshop.errors import WorkshopError
from workshop.machine import limits

Usage = namedtuple("Usage", "total used free")


def test_too_little_disk_is_named_with_both_figures_and_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100e9, 93e9, 7e9))
    with pytest.raises(WorkshopError, match=rf"Só há 7 GB livres em {tmp_path}; .* precisa de 8 GB") as caught:
        limits.check_disk(tmp_path, limits.TO_PULL_GB)
    assert caught.value.fix
    limits.check_disk(tmp_path, 5)


def test_a_folder_in_the_engines_own_machine_is_not_looked_at(tmp_path: Path) -> None:
    limits.check_disk(tmp_path / "var-lib-docker", 1e9)


def test_nor_one_behind_a_folder_that_is_closed_to_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> Usage:
        raise PermissionError

    monkeypatch.setattr(shutil, "disk_usage", refuse)
    limits.check_disk(tmp_path, 1e9)


@pytest.mark.parametrize(
    ("system", "kernel", "fix"),
    [
        ("darwin", "24.6.0", "Docker Desktop → Settings → Resources"),
        ("linux", "5.15.167.4-microsoft-standard-WSL2", ".wslconfig"),
        ("linux", "6.1.0-37-amd64", "máquina maior"),
    ],
)
def test_too_little_memory_is_named_and_what_gives_more_of_it(
    system: str, kernel: str, fix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "release", lambda: kernel)
    with pytest.raises(WorkshopError, match=r"2\.0 GiB de memória; a oficina precisa de 6 GiB") as caught:
        limits.check_memory(2 * 2**30)
    assert fix in caught.value.fix
    limits.check_memory(8 * 2**30)


def test_a_limit_that_may_not_be_raised_is_said_with_the_command_that_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SYSCTL", tmp_path)
    monkeypatch.setattr(limits, "INOTIFY", {"fs.inotify.max_user_watches": 10**9})
    file = tmp_path / "fs" / "inotify" / "max_user_watches"
    file.parent.mkdir(parents=True)
    file.write_text("7", encoding="ascii")

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError

    monkeypatch.setattr(Path, "write_text", refuse)
    told: list[str] = []
    with voice.heard_by(told.append):
        limits.raise_inotify()
    assert "fs.inotify.max_user_watches=1000000000 | sudo tee -a /etc/sysctl.d/" in told[0]


def test_where_there_are_no_such_limits_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SYSCTL", tmp_path / "none")
    told: list[str] = []
    with voice.heard_by(told.append):
        limits.raise_inotify()
    assert told == []
