"""The backup videos as committed: there, of today's notebooks, playable anywhere, with the end of the story."""

from __future__ import annotations

import pytest

from workshop.videos import ending, manifest, probe
from workshop.videos.manifest import Manifest, Video

VIDEOS = [pytest.param(video, id=video.name) for video in manifest.videos()]


@pytest.mark.parametrize("video", VIDEOS)
def test_it_is_of_the_notebook_as_it_is(video: Video) -> None:
    complaint = manifest.complaint(video)
    assert not complaint, f"{complaint} Run: {manifest.MAKE}"


@pytest.mark.parametrize("video", VIDEOS)
def test_it_plays_anywhere_and_is_short_and_small(video: Video) -> None:
    assert probe.faults(video.file) == []


@pytest.mark.parametrize("video", VIDEOS)
def test_its_last_picture_shows_where_the_story_stands(video: Video) -> None:
    """As the recorder found it: it compares the cluster with the text on the page, and keeps no video that differs."""
    kept = Manifest.read(video.manifest_file)
    moved = ending.MOVES.get(video.notebook.number)
    assert kept.on_screen
    if moved:
        assert f"{moved} {kept.stages[moved]} saudável" in kept.on_screen[0]
    first, last = probe.pictures(video.file, [1.0, probe.look(video.file).seconds - 1.0])
    assert first != last
