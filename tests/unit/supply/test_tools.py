"""Finding tools by asking them, and building them whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workshop import paths
from workshop.errors import WorkshopError
from workshop.supply import tools
from workshop.supply.catalogue import Program
from workshop.supply.processes import Cancelled, Processes

TOOL = Program("tool", "1.34.3", "tool", "example/tool", version_args=("version",))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation in a temporary folder, with a PATH of one folder beside the system's."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "BIN", tmp_path / ".workshop" / "bin")
    monkeypatch.setattr(tools, "BINARIES", tmp_path / ".workshop" / "build" / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    (tmp_path / "tools" / "tool").mkdir(parents=True)
    (tmp_path / "tools" / "tool" / "go.mod").write_text("module tool\n\ngo 1.26.0\n")
    return tmp_path


def script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    "text",
    ["Client Version: v1.34.3\nKustomize Version: v5.7.1", "v1.34.3+g1234567", "kind v1.34.3 go1.26.8", "1.34.3."],
)
def test_a_version_is_recognised(text: str) -> None:
    assert tools.names_version(text, "1.34.3")


@pytest.mark.parametrize("text", ["v1.34.30", "v11.34.3", "v1.34.3-rc.1", "v1.34.3.1", "1x34x3", "go1.34.3"])
def test_another_version_is_not(text: str) -> None:
    assert not tools.names_version(text, "1.34.3")


def test_a_tool_on_path_is_used_if_its_version_fits(machine: Path) -> None:
    own = script(machine / "path" / "tool", "echo v1.34.3")
    assert tools.tools_in_place([TOOL]) == {"tool": "PATH"}
    assert tools.locate(TOOL) == ("PATH", own)


@pytest.mark.parametrize("body", ["echo v1.30.0", "exit 1", "echo v1.34.3; exit 1"])
def test_another_version_or_a_broken_tool_on_path_is_not(machine: Path, body: str) -> None:
    script(machine / "path" / "tool", body)
    assert tools.tools_in_place([TOOL]) == {}


def test_our_own_comes_before_path(machine: Path) -> None:
    script(machine / "path" / "tool", "echo v1.34.3")
    own = script(paths.BIN / "tool", "echo v1.34.3")
    assert tools.locate(TOOL) == ("bin", own)


def test_an_outdated_one_of_ours_does_not_hide_the_right_one(machine: Path) -> None:
    script(machine / "path" / "tool", "echo v1.34.3")
    own = script(paths.BIN / "tool", "echo v1.30.0")
    assert tools.tools_in_place([TOOL]) == {"tool": "PATH"}
    assert not own.exists()


def test_a_tool_that_is_nowhere_says_how_to_get_it(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "locate", lambda program: None)
    tools._remembered.cache_clear()
    with pytest.raises(WorkshopError, match="kubectl 1"):
        tools.tool_path("kubectl")


FAKE_GO = """
while [ $# -gt 0 ]; do [ "$1" = -o ] && target=$2; shift; done
printf '#!/bin/sh\\necho v1.34.3\\n' > "$target"; chmod 755 "$target"
"""


def test_a_built_tool_is_recognised_by_its_stamp(machine: Path) -> None:
    script(machine / "path" / "go", FAKE_GO)
    tools.build(TOOL, paths.BIN, Processes(), machine / "log")
    tools.build(TOOL, tools.BINARIES, Processes(), machine / "log")
    assert tools.tools_in_place([TOOL]) == {"tool": "bin"}
    assert tools.binaries_in_place([TOOL]) == {"tool"}
    (machine / "tools" / "tool" / "go.mod").write_text("module tool\n\ngo 1.26.1\n")
    assert tools.tools_in_place([TOOL]) == {}
    assert tools.binaries_in_place([TOOL]) == frozenset()


def test_an_interrupted_build_leaves_nothing_that_counts(machine: Path) -> None:
    """The compiler has written half a file when it is ended."""
    processes = Processes()
    script(machine / "path" / "go", FAKE_GO + "kill -9 $$ # half a file, and gone\n")
    with pytest.raises(WorkshopError):
        tools.build(TOOL, tools.BINARIES, processes, machine / "log")
    assert tools.binaries_in_place([TOOL]) == frozenset()
    assert not (tools.BINARIES / "tool").exists()
    assert list((tools.BINARIES.parent / "partial").iterdir()), "the half file is kept apart"


def test_a_kill_between_the_rename_and_the_stamp_is_built_again(machine: Path) -> None:
    script(machine / "path" / "go", FAKE_GO)
    tools.build(TOOL, tools.BINARIES, Processes(), machine / "log")
    tools.stamp_path(tools.BINARIES / "tool").unlink()
    assert tools.binaries_in_place([TOOL]) == frozenset()


def test_a_failing_build_shows_its_last_lines_and_its_log(machine: Path) -> None:
    script(machine / "path" / "go", "for n in $(seq 40); do echo line $n; done; exit 3")
    log = machine / ".workshop" / "logs" / "tool.log"
    with pytest.raises(WorkshopError, match="exit code 3") as caught:
        tools.build(TOOL, paths.BIN, Processes(), log)
    assert caught.value.details.splitlines() == [f"line {n}" for n in range(26, 41)]
    assert ".workshop/logs/tool.log" in caught.value.fix


def test_nothing_starts_once_a_run_is_ended(machine: Path) -> None:
    processes = Processes()
    processes.cancel()
    with pytest.raises(Cancelled):
        tools.build(TOOL, paths.BIN, processes, machine / "log")


class TestGo:
    def test_a_missing_go_is_named_with_the_version_that_is_needed(
        self, machine: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(machine / "path"))
        with pytest.raises(WorkshopError, match=r"not on PATH.*1\.26\.0") as caught:
            tools.check_go(["tool"])
        assert "go.dev" in caught.value.fix

    def test_an_old_go_is_refused(self, machine: Path) -> None:
        script(machine / "path" / "go", "echo go version go1.19.8 linux/amd64")
        with pytest.raises(WorkshopError, match="too old") as caught:
            tools.check_go(["tool"])
        assert "go1.19.8" in caught.value.details

    def test_a_go_that_refuses_the_module_itself_is_quoted(self, machine: Path) -> None:
        script(machine / "path" / "go", "echo 'go.mod requires go >= 1.26.0' >&2; exit 1")
        with pytest.raises(WorkshopError, match="too old") as caught:
            tools.check_go(["tool"])
        assert "requires go" in caught.value.details

    def test_a_newer_go_will_do(self, machine: Path) -> None:
        script(machine / "path" / "go", "echo go version go1.26.8 linux/amd64")
        tools.check_go(["tool"])


def test_the_workshops_tools_come_first_on_path(machine: Path) -> None:
    folders = tools.path_environment()["PATH"].split(os.pathsep)
    assert folders[0] == str(paths.BIN)
    assert len(folders) == len(set(folders))
