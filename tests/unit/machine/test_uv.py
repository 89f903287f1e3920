"""uv: its own executable, and its last words where it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.machine.conftest import Script
from workshop import paths
from workshop.errors import WorkshopError
from workshop.machine import uv


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scripts/bootstrap would have put one."""
    monkeypatch.setattr(paths, "UV", tmp_path / "uv")
    return paths.UV


def test_a_script_of_that_name_is_no_use_on_another_machine(script: Script, own: Path) -> None:
    script("uv", "exec /opt/uv")
    with pytest.raises(WorkshopError, match="O uv") as caught:
        uv.program()
    assert "scripts/bootstrap" in caught.value.fix
    own.write_bytes(b"\x7fELF and so on")
    assert uv.program() == own


def test_only_the_beginning_is_read(own: Path) -> None:
    with own.open("wb") as stream:
        stream.write(b"\x7fELF")
        stream.truncate(1 << 40)
    assert uv.is_binary(own)
    assert not uv.is_binary(own.parent)
    assert not uv.is_binary(own.parent / "nowhere")


def test_a_failure_is_a_sentence_with_its_last_words(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uv, "program", lambda: script("uv", "echo 'error: no route to host' >&2; exit 2"))
    with pytest.raises(WorkshopError, match=r"uv\.lock") as caught:
        uv.run("sync")
    assert caught.value.details == "error: no route to host"


def test_it_uses_this_machines_python_and_authorities(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uv, "program", lambda: script("uv", 'echo "$UV_SYSTEM_CERTS $UV_PYTHON_DOWNLOADS $MINE"'))
    assert uv.run("sync", variables={"MINE": "too"}) == "1 never too\n"
