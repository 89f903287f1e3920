"""The presenter's terminal, in a tmux server of the test's own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from workshop.errors import WorkshopError
from workshop.rehearsal import tmux

PROGRAM = shutil.which("tmux") or ""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path))
    monkeypatch.delenv("TMUX", raising=False)
    yield
    monkeypatch.delenv("TMUX", raising=False)
    subprocess.run([PROGRAM, "kill-server"], capture_output=True, check=False)


@pytest.mark.skipif(not PROGRAM, reason="no tmux here")
@pytest.mark.usefixtures("server")
def test_code_actions_and_logs_are_side_by_side_with_our_tools() -> None:
    tmux.make_session(PROGRAM)
    panes = subprocess.run(
        [PROGRAM, "list-panes", "-t", "=oficina:", "-F", "#{pane_title} #{pane_active} #{pane_left} #{pane_top}"],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    titles = [line.split()[0] for line in panes]
    assert titles == ["código", "ações", "logs"]
    assert [line.split()[1] for line in panes] == ["1", "0", "0"]
    left = [int(line.split()[2]) for line in panes]
    assert left[0] < left[1] == left[2]


@pytest.mark.skipif(not PROGRAM, reason="no tmux here")
@pytest.mark.usefixtures("server")
def test_a_second_time_the_session_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    monkeypatch.setattr(tmux.os, "execv", lambda program, arguments: shown.append(arguments))
    tmux.open_session()
    tmux.open_session()
    assert [arguments[1] for arguments in shown] == ["attach-session"] * 2
    listed = subprocess.run([PROGRAM, "list-sessions"], capture_output=True, text=True, check=True).stdout
    assert len(listed.splitlines()) == 1


@pytest.mark.skipif(not PROGRAM, reason="no tmux here")
@pytest.mark.usefixtures("server")
def test_within_tmux_it_says_how_to_get_there(monkeypatch: pytest.MonkeyPatch) -> None:
    tmux.make_session(PROGRAM)
    socket = subprocess.run(
        [PROGRAM, "display-message", "-p", "-t", "=oficina:", "#{socket_path}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    monkeypatch.setenv("TMUX", f"{socket},1,0")  # as a pane of that server has it
    with pytest.raises(WorkshopError, match="já está no tmux") as raised:
        tmux.open_session()
    assert "switch-client" in raised.value.fix


def test_without_tmux_it_says_what_else_there_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WorkshopError, match="não está nesta máquina") as raised:
        tmux.open_session()
    assert "make lab" in raised.value.fix
