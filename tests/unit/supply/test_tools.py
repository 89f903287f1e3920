"""Finding tools by asking them, and building them whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.supply.conftest import script
from workshop import paths
from workshop.errors import WorkshopError
from workshop.process import Cancelled, Group
from workshop.supply import tools
from workshop.supply.catalogue import Program

TOOL = Program("tool", "1.34.3", "tool", "example/tool", version_args=("version",))


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


FAKE_GO = """
while [ $# -gt 0 ]; do [ "$1" = -o ] && target=$2; shift; done
printf '#!/bin/sh\\necho v1.34.3\\n' > "$target"; chmod 755 "$target"
"""


def test_a_built_tool_is_recognised_by_its_stamp(machine: Path) -> None:
    script(machine / "path" / "go", FAKE_GO)
    tools.build(TOOL, tools.for_people(), Group(), machine / "log")
    tools.build(TOOL, tools.for_images(), Group(), machine / "log")
    assert tools.tools_in_place([TOOL]) == {"tool": "bin"}
    assert tools.binaries_in_place([TOOL]) == {"tool"}
    (machine / "tools" / "tool" / "go.mod").write_text("module tool\n\ngo 1.26.1\n")
    assert tools.tools_in_place([TOOL]) == {}
    assert tools.binaries_in_place([TOOL]) == frozenset()


IN_AN_IMAGE = Program("tool", "1.34.3", "tool", "example/tool", image="tool", image_path="/usr/bin/tool")
DOCKER = """
echo "$*" >> "$(dirname "$0")/calls"
case $1 in create) echo abc ;; cp) printf '#!/bin/sh\\necho v1.34.3\\n' > "$3" ;; esac
"""


def test_a_tool_out_of_an_image_is_recognised_and_leaves_no_container(machine: Path) -> None:
    docker = script(machine / "path" / "docker", DOCKER)
    tools.take_from_image(IN_AN_IMAGE, "quay.io/tool:v1.34.3", tools.for_people(), Group(), machine / "log")
    assert tools.tools_in_place([IN_AN_IMAGE]) == {"tool": "bin"}
    assert [call.split()[0] for call in docker.with_name("calls").read_text().splitlines()] == ["create", "cp", "rm"]
    assert tools.tools_in_place([replace(IN_AN_IMAGE, version="1.35.0")]) == {}


def test_an_interrupted_build_leaves_nothing_that_counts(machine: Path) -> None:
    """The compiler has written half a file when it is ended."""
    group = Group()
    script(machine / "path" / "go", FAKE_GO + "kill -9 $$ # half a file, and gone\n")
    with pytest.raises(WorkshopError):
        tools.build(TOOL, tools.for_images(), group, machine / "log")
    assert tools.binaries_in_place([TOOL]) == frozenset()
    assert not (paths.BUILD_BIN / "tool").exists()
    assert list((paths.BUILD_BIN.parent / "partial").iterdir()), "the half file is kept apart"


def test_a_kill_between_the_rename_and_the_stamp_is_built_again(machine: Path) -> None:
    script(machine / "path" / "go", FAKE_GO)
    tools.build(TOOL, tools.for_images(), Group(), machine / "log")
    tools.stamp_path(paths.BUILD_BIN / "tool").unlink()
    assert tools.binaries_in_place([TOOL]) == frozenset()


def test_a_failing_build_shows_its_last_lines_and_its_log(machine: Path) -> None:
    script(machine / "path" / "go", "for n in $(seq 40); do echo line $n; done; exit 3")
    log = machine / ".workshop" / "logs" / "tool.log"
    with pytest.raises(WorkshopError, match="código 3") as caught:
        tools.build(TOOL, tools.for_people(), Group(), log)
    assert caught.value.details.splitlines() == [f"line {n}" for n in range(26, 41)]
    assert ".workshop/logs/tool.log" in caught.value.fix


def test_nothing_starts_once_a_run_is_ended(machine: Path) -> None:
    script(machine / "path" / "go", FAKE_GO)
    group = Group()
    group.cancel()
    with pytest.raises(Cancelled):
        tools.build(TOOL, tools.for_people(), group, machine / "log")
    assert not (paths.BIN / "tool").exists()
