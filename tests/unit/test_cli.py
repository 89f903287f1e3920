"""The command line: help for every command, sentences and exit codes for every failure."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from workshop import cli, paths, voice
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.rehearsal.report import PASSED, NotebookResult, Report

runner = CliRunner()
COMMANDS = sorted(get_command(cli.app).commands)  # type: ignore[attr-defined]
GROUPS = [name for name in COMMANDS if hasattr(get_command(cli.app).commands[name], "commands")]  # type: ignore[attr-defined]


def environment(**extra: str) -> dict[str, str]:
    """This environment without the choices of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("WORKSHOP_")} | extra


def workshop(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the real command."""
    return subprocess.run(
        [sys.executable, "-m", "workshop.cli", *arguments],
        capture_output=True, text=True, env=environment(**extra), timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    shown = runner.invoke(cli.app, [command, "--help"])
    assert shown.exit_code == 0
    assert get_command(cli.app).commands[command].help  # type: ignore[attr-defined]


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_of_a_group_has_help(group: str) -> None:
    for command in get_command(cli.app).commands[group].commands.values():  # type: ignore[attr-defined]
        shown = runner.invoke(cli.app, [group, command.name, "--help"])
        assert shown.exit_code == 0
        assert command.help


def takes_arguments(command: str) -> bool:
    """Whether it means nothing by itself: a target of make could not pass on what it needs."""
    return any(parameter.required for parameter in get_command(cli.app).commands[command].params)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in GROUPS and not takes_arguments(name)])
def test_make_knows_every_command(command: str) -> None:
    would = subprocess.run(
        ["make", "--dry-run", command], cwd=paths.ROOT, capture_output=True, text=True, timeout=30, check=True
    ).stdout.splitlines()
    assert would[-1].split() == [".venv/bin/workshop", command]
    assert would[0].split()[0] == "scripts/bootstrap", "the environment comes first"


def test_an_unknown_setting_is_a_sentence_and_exit_1() -> None:
    done = workshop("status", WORKSHOP_NONSENSE="1")
    assert done.returncode == 1
    assert "WORKSHOP_NONSENSE" in done.stderr
    assert "unset WORKSHOP_NONSENSE" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_of_the_wrong_type_is_a_sentence_and_exit_1() -> None:
    done = workshop("notebooks", "list", WORKSHOP_GATEWAY_PORT="eighty")
    assert done.returncode == 1
    assert "WORKSHOP_GATEWAY_PORT" in done.stderr
    assert "'eighty'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_bundle_is_a_sentence_and_exit_1(tmp_path: Path) -> None:
    (tmp_path / "other.iso").write_bytes(b"x" * 10000)
    done = workshop("bundle", "import", str(tmp_path / "other.iso"))
    assert done.returncode == 1
    assert "other.iso foi recusado" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bundle_does_not_replace_a_folder(tmp_path: Path) -> None:
    done = workshop("bundle", "create", str(tmp_path))
    assert done.returncode == 1
    assert "é uma pasta" in done.stderr


def test_help_works_even_with_bad_settings() -> None:
    assert workshop("--help", WORKSHOP_NONSENSE="1").returncode == 0


def test_a_notebook_that_is_not_there_is_a_sentence_and_exit_1() -> None:
    done = workshop("rehearse", "--only", "42")
    assert done.returncode == 1
    assert "42" in done.stderr
    assert "workshop notebooks list" in done.stderr


def test_the_list_shows_every_notebook_with_its_time() -> None:
    done = workshop("notebooks", "list")
    assert done.returncode == 0
    for number in range(10):
        assert f"{number:02}-" in done.stdout
    assert "10 min" in done.stdout


def test_an_error_shows_message_details_and_fix(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**options: object) -> None:
        raise WorkshopError("A [coisa] quebrou.", fix="make again", details="Warning: BackOff")

    monkeypatch.setattr(cli.flows, "prepare", broken)
    monkeypatch.setattr(sys, "argv", ["workshop", "supply"])
    monkeypatch.setattr(config, "settings", lambda: None)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    assert capsys.readouterr().err == "✗ A [coisa] quebrou.\nWarning: BackOff\n→ make again\n"


def test_an_error_is_shown_alike_in_a_notebook() -> None:
    error = WorkshopError("A [coisa] quebrou.", fix="make again", details="Warning: BackOff")
    assert error._render_traceback_() == ["✗ A [coisa] quebrou.", "Warning: BackOff", "→ make again"]
    assert WorkshopError("Só isto.")._render_traceback_() == ["✗ Só isto."]


def test_what_is_said_is_printed_where_nobody_listens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where somebody did, the supply would have no live table on a terminal."""

    def prepare(**options: object) -> None:
        assert not voice.has_listener()
        voice.say("  ✓ [redis]")

    monkeypatch.setattr(cli.flows, "prepare", prepare)
    monkeypatch.setattr(config, "settings", lambda: None)
    runner.invoke(cli.app, ["supply"], catch_exceptions=False)
    cli.supply()
    assert capsys.readouterr().out == "  ✓ [redis]\n"


def test_a_rehearsal_over_budget_is_exit_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    slow = NotebookResult("05-dev", "DEV", 300, cells=3, cells_run=3, status=PASSED, seconds=301.0)
    monkeypatch.setattr(cli.flows, "up", lambda console: Report([slow]))
    monkeypatch.setattr(sys, "argv", ["workshop", "up"])
    monkeypatch.setattr(config, "settings", lambda: None)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    assert "05-dev levou 301 s" in capsys.readouterr().err


def test_an_error_that_nobody_foresaw_is_a_sentence_and_its_details_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "UNEXPECTED", tmp_path / "logs" / "unexpected.log")

    def fail(**_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(cli.flows, "prepare", fail)
    shown = runner.invoke(cli.app, ["supply"])
    assert shown.exit_code == 1
    assert "ZeroDivisionError: division by zero" in shown.stderr
    assert "Traceback" not in shown.output
    assert str(paths.UNEXPECTED) in shown.stderr.replace("\n", "")
    assert "Traceback" in paths.UNEXPECTED.read_text(encoding="utf-8")


TALKATIVE = """
import sys
from workshop import cli
cli.flows.prepare = lambda **_: [print("x" * 1000) for _ in range(10_000)]
sys.argv = ["workshop", "supply"]
cli.main()
"""


def test_who_reads_only_the_first_line_hears_no_complaint() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TALKATIVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_is_one_sentence_and_exit_130(sent: signal.Signals, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    program = (
        "import pathlib, sys, time\n"
        "from workshop import cli, settings\n"
        "settings.settings = lambda: None\n"
        "def wait(**options):\n"
        f"    pathlib.Path({str(begun)!r}).touch()\n"
        "    time.sleep(60)\n"
        "cli.flows.prepare = wait\n"
        "sys.argv = ['workshop', 'supply']\n"
        "cli.main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    deadline = time.monotonic() + 30
    while not begun.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(sent)
    _, shown = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrompido" in shown
    assert "Traceback" not in shown
