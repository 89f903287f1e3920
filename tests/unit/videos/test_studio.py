"""The screen, its recording and the film made of it, with programs in the place of Xvfb and ffmpeg."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workshop import paths
from workshop.errors import WorkshopError
from workshop.videos import studio

Program = Callable[[str, str], None]
SCREEN = """while [ "$1" != -displayfd ]; do shift; done
echo starting
echo $$ > "$FOLDER/pid"
eval "echo 99 >&$2"
exec sleep 60"""
CAMERA = """for last; do :; done
echo picture > "$last"
trap 'echo end >> "$last"; exit 255' TERM
while :; do sleep 0.05; done"""
"""Ends as ffmpeg does: when it is told to, with its file whole."""
CUTTER = """while [ $# -gt 1 ]; do [ "$1" = -crf ] && quality=$2; shift; done
head -c $(( 1000 - 10 * quality )) /dev/zero > "$1"
"""


@pytest.fixture(name="program")
def fixture_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Puts a script in the place of a program."""
    monkeypatch.setattr(paths, "BIN", tmp_path / "bin")
    monkeypatch.setenv("FOLDER", str(tmp_path))
    paths.BIN.mkdir()

    def put(name: str, script: str) -> None:
        file = paths.BIN / name
        file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        file.chmod(0o755)

    return put


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_screen_has_a_number_and_goes_with_the_block(program: Program, tmp_path: Path) -> None:
    program("Xvfb", SCREEN)
    with studio.screen(tmp_path) as display:
        assert display == ":99"
        pid = int((tmp_path / "pid").read_text(encoding="ascii"))
        assert is_running(pid)
    assert not is_running(pid)
    assert (tmp_path / "xvfb.log").read_text(encoding="utf-8") == "starting\n", "what it says otherwise is kept"


def test_a_screen_that_does_not_start_says_why(program: Program, tmp_path: Path) -> None:
    program("Xvfb", "echo no memory >&2; exit 1")
    with pytest.raises(WorkshopError, match="Xvfb não começou") as raised, studio.screen(tmp_path):
        pass
    assert raised.value.details == "no memory"


def test_a_recording_begins_with_the_block_and_is_whole_at_its_end(program: Program, tmp_path: Path) -> None:
    program("ffmpeg", CAMERA)
    with studio.recording(":99", tmp_path / "a.mkv"):
        assert (tmp_path / "a.mkv").read_text(encoding="ascii") == "picture\n"
    assert (tmp_path / "a.mkv").read_text(encoding="ascii") == "picture\nend\n"


def test_a_recording_that_stops_meanwhile_is_none(program: Program, tmp_path: Path) -> None:
    program("ffmpeg", 'for last; do :; done; echo x > "$last"; echo disk full >&2; sleep 0.3')
    with (
        pytest.raises(WorkshopError, match="parou de gravar") as raised,
        studio.recording(":99", tmp_path / "a.mkv"),
    ):
        time.sleep(1)
    assert raised.value.details == "disk full"


@pytest.mark.parametrize(("largest", "size"), [(10_000, 780), (750, 750), (700, 690)])
def test_quality_gives_way_until_the_film_is_small_enough(
    program: Program, tmp_path: Path, largest: int, size: int
) -> None:
    program("ffmpeg", CUTTER)
    film = tmp_path / "film.mp4"
    studio.make(tmp_path / "a.mkv", "T", (tmp_path / "a.ass", tmp_path / "a.srt"), film, seconds=3, largest=largest)
    assert film.stat().st_size == size


def test_a_film_that_never_fits_is_refused(program: Program, tmp_path: Path) -> None:
    program("ffmpeg", CUTTER)
    with pytest.raises(WorkshopError, match="mesmo com a menor qualidade"):
        studio.make(
            tmp_path / "a.mkv", "T", (tmp_path / "a.ass", tmp_path / "a.srt"), tmp_path / "film.mp4",
            seconds=3, largest=10,
        )  # fmt: skip
