"""A video is of its notebook as long as the notebook's cells are the same; and it is noticed when they are not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from workshop.errors import WorkshopError
from workshop.rehearsal import agenda, schedule
from workshop.videos import manifest
from workshop.videos.manifest import Manifest, Video


@pytest.fixture(name="notebooks")
def fixture_notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the notebooks lie; one of the talk's is there, with two cells and an output."""
    monkeypatch.setattr("workshop.paths.NOTEBOOKS", tmp_path)
    write(schedule.STORY[0].path, ["# Título", "print(1)"], outputs=["1\n"])
    return tmp_path


@pytest.fixture(name="video")
def fixture_video(notebooks: Path) -> Video:
    """A video that was recorded from that notebook."""
    video = replace(manifest.videos(notebooks / "backup")[0], notebook=schedule.STORY[0])
    video.folder.mkdir()
    video.file.write_bytes(b"film")
    recorded(video).write(video.manifest_file)
    return video


def write(path: Path, sources: list[str], outputs: list[str] | None = None) -> None:
    cells = [
        {"cell_type": "markdown" if number == 0 else "code", "source": source.splitlines(keepends=True)}
        for number, source in enumerate(sources)
    ]
    cells[-1]["outputs"] = outputs or []  # type: ignore[assignment]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


def recorded(video: Video) -> Manifest:
    return Manifest(
        video.notebook.file, manifest.fingerprint(video.notebook.path), manifest.digest(video.file),
        seconds=200, recorded="2026-11-25", kargo="kargo-lite", stages={}, on_screen=[],
    )  # fmt: skip


def test_there_is_one_for_each_part_that_names_one() -> None:
    named = [(part.video, part.notebook) for part in agenda.PARTS if part.video]
    assert [(video.name, video.notebook.number) for video in manifest.videos()] == named
    assert len(named) == len(schedule.STORY)


def test_a_video_of_the_same_cells_is_current(video: Video) -> None:
    assert manifest.complaint(video) == ""


def test_new_outputs_leave_it_current(video: Video) -> None:
    write(video.notebook.path, ["# Título", "print(1)"], outputs=["another\n"])
    assert manifest.complaint(video) == ""


@pytest.mark.parametrize(
    "cells",
    [
        ["# Outro título", "print(1)"],
        ["# Título", "print(2)"],
        ["# Título", "print(1)", "print(2)"],
        ["# Título"],
        ["# Títuloprint(1)"],
    ],
)
def test_a_changed_cell_makes_it_stale(video: Video, cells: list[str]) -> None:
    write(video.notebook.path, cells)
    assert "mudou depois" in manifest.complaint(video)


def test_a_cell_of_another_kind_makes_it_stale(video: Video) -> None:
    content = json.loads(video.notebook.path.read_text(encoding="utf-8"))
    content["cells"][1]["cell_type"] = "markdown"
    video.notebook.path.write_text(json.dumps(content), encoding="utf-8")
    assert "mudou depois" in manifest.complaint(video)


def test_a_source_in_lines_is_the_same_as_one_in_a_piece(video: Video) -> None:
    content = json.loads(video.notebook.path.read_text(encoding="utf-8"))
    content["cells"][1]["source"] = "".join(content["cells"][1]["source"])
    video.notebook.path.write_text(json.dumps(content), encoding="utf-8")
    assert manifest.complaint(video) == ""


def test_another_notebook_makes_it_stale(video: Video) -> None:
    replace(recorded(video), notebook="99-other.ipynb").write(video.manifest_file)
    assert "99-other.ipynb" in manifest.complaint(video)


def test_another_file_makes_it_stale(video: Video) -> None:
    video.file.write_bytes(b"something else")
    assert "não é o arquivo que foi gravado" in manifest.complaint(video)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"notebook": "04-ci.ipynb"}'])
def test_a_damaged_manifest_makes_it_stale(video: Video, text: str) -> None:
    video.manifest_file.write_text(text, encoding="utf-8")
    assert video.manifest_file.name in manifest.complaint(video)


def test_a_missing_one_is_missed(video: Video) -> None:
    video.file.unlink()
    assert "não existe" in manifest.complaint(video)


def test_what_is_written_is_what_is_read(video: Video) -> None:
    assert Manifest.read(video.manifest_file) == recorded(video)


def test_without_names_those_that_need_it_are_chosen(video: Video) -> None:
    missing = replace(video, name="missing")
    assert manifest.select((), [video, missing]) == (missing,)


def test_a_name_chooses_one_that_is_current(video: Video) -> None:
    assert manifest.select([video.name], [video, replace(video, name="other")]) == (video,)


def test_an_unknown_name_is_refused_with_those_that_there_are(video: Video) -> None:
    with pytest.raises(WorkshopError, match="06-nada") as refused:
        manifest.select(["06-nada"])
    assert all(video.name in refused.value.fix for video in manifest.videos())
