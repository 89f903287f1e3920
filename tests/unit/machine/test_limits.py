"""A machine that is too small is told so, with both figures and what helps."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from workshop import paths, voice
from workshop.errors import WorkshopError
from workshop.machine import limits

Usage = namedtuple("Usage", "total used free")
TOO_FULL = Usage(100e9, 93e9, 7e9)
ROOMY = Usage(100e9, 10e9, 90e9)


def test_too_little_disk_is_named_with_both_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "SUPPLIED", tmp_path / "supplied")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: TOO_FULL)
    with pytest.raises(WorkshopError, match=r"Só há 7 GB livres .* precisa de 20 GB") as caught:
        limits.check_resources()
    assert caught.value.fix


def test_what_is_supplied_already_needs_no_more_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "SUPPLIED", tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: TOO_FULL)
    limits.check_resources()


def test_too_little_memory_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.sysconf
    pages = 2 * 2**30 // real("SC_PAGE_SIZE")
    monkeypatch.setattr(os, "sysconf", lambda name: pages if name == "SC_PHYS_PAGES" else real(name))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: ROOMY)
    with pytest.raises(WorkshopError, match=r"2\.0 GiB de memória; a oficina precisa de 6 GiB"):
        limits.check_resources()


def test_a_limit_that_may_not_be_raised_is_said_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "INOTIFY", {"kernel.ostype": 10**9})
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "7")

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError

    monkeypatch.setattr(Path, "write_text", refuse)
    told: list[str] = []
    with voice.heard_by(told.append):
        limits.raise_inotify()
    assert "sudo sysctl -w kernel.ostype=1000000000" in told[0]
