"""Tools called by name: echoed, streamed, and their failures said."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from workshop import paths, voice
from workshop.errors import WorkshopError
from workshop.shell import Tool


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """A tool of the workshop that says what it is told to."""
    script = tmp_path / "speak"
    script.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        '  say) shift; echo "$@";;\n'
        "  both) echo out; echo err >&2;;\n"
        "  cat) cat;;\n"
        "  where) pwd;;\n"
        "  fail) echo 'no such pod' >&2; exit 3;;\n"
        "  no) echo no; exit 1;;\n"
        "  wait) sleep 30;;\n"
        "  env) echo $SECRET;;\n"
        "esac\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr(paths, "BIN", tmp_path)
    return Tool("speak")


def test_a_call_shows_the_command_and_its_output(tool: Tool, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool("say hello 'two words'") is None
    assert capsys.readouterr().out == "$ speak say hello 'two words'\nhello two words\n"


def test_both_streams_are_shown(tool: Tool, capsys: pytest.CaptureFixture[str]) -> None:
    tool("both")
    assert set(capsys.readouterr().out.splitlines()[1:]) == {"out", "err"}


def test_text_is_silent(tool: Tool, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.text("say", "a  b", "$HOME") == "a  b $HOME\n"
    assert capsys.readouterr().out == ""


def test_input_reaches_the_tool(tool: Tool) -> None:
    assert tool.text("cat", stdin="kind: Promotion\n") == "kind: Promotion\n"


def test_a_failure_carries_the_tools_own_words(tool: Tool) -> None:
    with pytest.raises(WorkshopError, match=r"`speak fail` falhou \(código 3\)") as caught:
        tool.text("fail")
    assert caught.value.details == "no such pod"


def test_a_call_that_fails_has_shown_its_words_already(tool: Tool, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WorkshopError, match=r"`speak fail` falhou \(código 3\)"):
        tool("fail")
    assert capsys.readouterr().out == "$ speak fail\nno such pod\n"


def test_ok_asks_without_raising(tool: Tool) -> None:
    assert tool.ok("say")
    assert not tool.ok("fail")


def test_a_tool_that_hangs_is_ended(tool: Tool) -> None:
    began = time.monotonic()
    with pytest.raises(WorkshopError, match="não terminou em 1 s"):
        tool.text("wait", limit=1)
    with pytest.raises(WorkshopError, match="não terminou em 1 s"):
        tool("wait", limit=1)
    assert not tool.ok("wait", limit=1)
    assert time.monotonic() - began < 20


def test_a_refusal_is_shown_and_returned(tool: Tool, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.refused("fail") == "no such pod"
    assert "no such pod" in capsys.readouterr().out


def test_a_refusal_that_does_not_come_is_an_error(tool: Tool) -> None:
    with pytest.raises(WorkshopError, match="`speak say hello` tinha de ser recusado"):
        tool.refused("say hello")


def test_another_folder(tool: Tool, tmp_path: Path) -> None:
    assert Path(tool.within(tmp_path).text("where").strip()).resolve() == tmp_path.resolve()


def test_a_tool_that_is_not_there_names_the_command_that_brings_it() -> None:
    for ask in (Tool("nosuchtool").text, Tool("nosuchtool")):
        with pytest.raises(WorkshopError, match="`nosuchtool` não está nesta máquina") as caught:
            ask("get pods")
        assert "make supply" in caught.value.fix


def test_a_secret_goes_by_environment(tool: Tool) -> None:
    assert tool.with_variables({"SECRET": "s3cret"}).text("env") == "s3cret\n"
    assert tool.text("env") == "\n"


def test_a_change_is_silent_outside_a_notebook(tool: Tool) -> None:
    heard: list[str] = []
    with voice.heard_by(heard.append):
        assert tool.change("say", "created") == "created\n"
    assert heard == []


def test_a_change_is_echoed_in_a_notebook_as_one_would_type_it(tool: Tool) -> None:
    heard: list[str] = []
    with voice.heard_by(heard.append), voice.echoing(True):
        assert tool.change("say", "two words") == "two words\n"
    assert heard == ["$ speak say 'two words'", "two words"]


def test_what_a_change_reads_is_told_by_name_and_never_by_content(tool: Tool) -> None:
    heard: list[str] = []
    manifest = "kind: Secret\nmetadata:\n  name: forge\nstringData:\n  password: s3cret\n"
    with voice.heard_by(heard.append), voice.echoing(True):
        tool.change("say", "created", stdin=manifest)
    assert heard[0] == "$ speak say created   # Secret forge"
    assert "s3cret" not in "".join(heard)


def test_a_change_that_fails_is_an_error_and_no_echo(tool: Tool) -> None:
    heard: list[str] = []
    with voice.heard_by(heard.append), voice.echoing(True), pytest.raises(WorkshopError, match="falhou"):
        tool.change("fail")
    assert heard == []
