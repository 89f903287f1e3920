"""One video, from the story's state to the file: play the notebook, cut, caption, look at it, and only then replace."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from workshop import numbers, paths, voice
from workshop.errors import WorkshopError
from workshop.platform import kargo
from workshop.rehearsal import lab
from workshop.videos import browser, captions, cut, ending, manifest, probe, script, studio
from workshop.videos.cut import Span
from workshop.videos.manifest import Manifest, Video
from workshop.videos.player import Player
from workshop.videos.script import Scene

LONGEST: Final = probe.LONGEST_SECONDS - 10
"""Seconds that a film is cut to: players and ffmpeg do not agree on the last of them."""
ZOOM: Final = 4 / 3
"""Of the page: over the letters that `workshop lab` sets for a room."""
_SETTINGS: Final = {
    # Every cell is laid out from the beginning: one that is not yet has no height that the page could scroll to.
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
}
"""JupyterLab's settings for the recording alone, by their file."""


def record_all(videos: Sequence[Video]) -> None:
    """Record these videos in order.

    Raises `WorkshopError` at the first that fails; the older one is left in its place.
    """
    studio.ensure()
    browser.chromium()
    for video in videos:
        voice.say(f"▶ {video.name}: {video.title}")
        began = time.monotonic()
        made = record(video)
        size = numbers.decimal(video.file.stat().st_size / 1e6)
        voice.say(f"✓ {video.file.name}: {made.seconds:.0f} s, {size} MB, em {time.monotonic() - began:.0f} s")


def record(video: Video) -> Manifest:
    """Record a video and put it in its place, with what it is of.

    Raises `WorkshopError` where anything goes wrong; what was recorded until then stays in `.workshop/videos`.
    """
    folder = _fresh(paths.STUDIO / video.name)
    before = ending.prepare(video.notebook.number)
    content = json.loads(video.notebook.path.read_text(encoding="utf-8"))
    cells = list(manifest.cells(content))
    scenes = script.scenes(cells)
    fingerprint = manifest.fingerprint(video.notebook.path)

    recorded = folder / "recorded.mkv"
    with playing(video, content, scenes, folder) as (player, display), studio.recording(display, recorded):
        spans = player.walk(script.closing(cells))
        end = ending.check(video.notebook.number, before)
        ending.demand(end, player.seen())

    film = folder / video.file.name
    seconds = develop(spans, scenes, script.title(cells), recorded, film)
    if faults := probe.faults(film):
        raise WorkshopError(f"{film.name}: {'; '.join(faults)}.", fix=f"o vídeo está em {paths.STUDIO.name}/")
    made = Manifest(
        notebook=video.notebook.file,
        fingerprint=fingerprint,
        sha256=manifest.digest(film),
        seconds=round(seconds, 1),
        recorded=datetime.now(UTC).strftime("%Y-%m-%d"),
        kargo=kargo.which(),
        stages=end.stages,
        on_screen=end.on_screen,
    )
    _publish(video, film, made)
    shutil.rmtree(folder)
    return made


@contextmanager
def playing(
    video: Video, content: Mapping[str, Any], scenes: Sequence[Scene], folder: Path
) -> Iterator[tuple[Player, str]]:
    """A copy of the notebook, open in JupyterLab on a screen of its own; gives its player, and the screen's name.

    **folder**: where logs go.
    """
    with tempfile.TemporaryDirectory(prefix="workshop-videos-") as temporary:
        # Its own settings: what somebody has chosen for themselves is not on film.
        stage, private = Path(temporary) / "notebooks", Path(temporary) / "lab"
        stage.mkdir()
        (stage / video.notebook.file).write_text(json.dumps(without_outputs(content)), encoding="utf-8")
        for name, values in _SETTINGS.items():
            file = private / "settings" / name
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps(values), encoding="utf-8")
        variables = {"JUPYTERLAB_SETTINGS_DIR": str(private / "settings")}
        with (
            lab.serving(stage, folder / "lab.log", variables) as served,
            studio.screen(folder) as display,
            browser.on_screen(display, studio.PAGE, ZOOM) as page,
        ):
            notebook = video.notebook
            player = Player(page, scenes, name=notebook.file, limit=notebook.limit_seconds)
            player.open(served.url(notebook.file, alone=True))
            yield player, display


def develop(spans: Sequence[Span], scenes: Sequence[Scene], title: str, recorded: Path, film: Path) -> float:
    """Make the film of what was recorded; returns how many seconds it lasts."""
    pieces = cut.cut(spans, LONGEST)
    lines = captions.lines(pieces, scenes, title)
    drawn, subtitles = recorded.with_name("captions.ass"), recorded.with_name("captions.srt")
    drawn.write_text(captions.as_ass(lines), encoding="utf-8")
    subtitles.write_text(captions.as_srt(lines), encoding="utf-8")
    timing = cut.expression(pieces, probe.begins(recorded))
    seconds = cut.length(pieces)
    studio.make(recorded, timing, (drawn, subtitles), film, seconds=seconds, largest=probe.LARGEST_BYTES)
    return seconds


def without_outputs(content: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook as a presenter begins with it."""
    fresh = json.loads(json.dumps(content))
    for cell in fresh["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return dict(fresh)


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _publish(video: Video, film: Path, made: Manifest) -> None:
    """Put both in their place. A video without its manifest is called stale, never the other way round."""
    video.folder.mkdir(parents=True, exist_ok=True)
    video.manifest_file.unlink(missing_ok=True)
    partial = video.file.with_suffix(".partial")
    shutil.copyfile(film, partial)
    partial.replace(video.file)
    made.write(video.manifest_file)
