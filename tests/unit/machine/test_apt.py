"""Debian's packages: whose system this is, and what apt says when it cannot."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from tests.unit.machine.conftest import Script
from workshop import voice
from workshop.errors import WorkshopError
from workshop.machine import apt


@pytest.mark.parametrize(
    ("release", "debian"),
    [
        ({"ID": "debian"}, True),
        ({"ID": "ubuntu", "ID_LIKE": "debian"}, True),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, True),
        ({"ID": "fedora"}, False),
    ],
    ids=lambda value: value["ID"] if isinstance(value, dict) else "",
)
def test_a_systems_family_decides_whether_apt_is_of_use(
    release: dict[str, str], debian: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    assert apt.is_debian() is debian


def test_a_failure_shows_apts_last_words(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    install: Path = script("apt-install", 'echo "E: Unable to locate package $1" >&2; exit 100')
    monkeypatch.setattr(apt, "INSTALL", install)
    told: list[str] = []
    with voice.heard_by(told.append), pytest.raises(WorkshopError, match="ffmpeg") as caught:
        apt.install("ffmpeg")
    assert "Unable to locate package ffmpeg" in caught.value.details
    assert told == ["instalando com apt: ffmpeg"]
