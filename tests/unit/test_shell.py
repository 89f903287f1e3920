"""Tools called by name: echoed, streamed, and their failures said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workshop import paths
from workshop.errors import WorkshopError
from workshop.shell import Tool, environment


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
    with pytest.raises(WorkshopError, match="`speak fail` failed with exit code 3") as caught:
        tool.text("fail")
    assert caught.value.details == "no such pod"


def test_ok_asks_without_raising(tool: Tool) -> None:
    assert tool.ok("say")
    assert not tool.ok("fail")


def test_a_tool_that_hangs_is_ended(tool: Tool) -> None:
    with pytest.raises(WorkshopError, match="did not end within 1 s"):
        tool.text("wait", limit=1)


def test_a_refusal_is_shown_and_returned(tool: Tool, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.refused("fail") == "no such pod"
    assert "no such pod" in capsys.readouterr().out


def test_a_refusal_that_does_not_come_is_an_error(tool: Tool) -> None:
    with pytest.raises(WorkshopError, match="expected to be refused"):
        tool.refused("say hello")


def test_another_folder(tool: Tool, tmp_path: Path) -> None:
    assert Path(tool.within(tmp_path).text("where").strip()).resolve() == tmp_path.resolve()


def test_a_tool_that_is_not_there_names_the_command_that_brings_it() -> None:
    with pytest.raises(WorkshopError, match="`nosuchtool`") as caught:
        Tool("nosuchtool").text()
    assert "make supply" in caught.value.fix


def test_our_tools_and_our_cluster_come_first() -> None:
    variables = environment()
    assert variables["PATH"].split(os.pathsep)[0] == str(paths.BIN)
    assert variables["KUBECONFIG"] == str(paths.KUBECONFIG)
    assert variables["NO_COLOR"] == "1"
