"""A screen that nobody sees, what is recorded from it, and the film made of that: Debian's Xvfb and ffmpeg."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from workshop import numbers, process, voice, wait
from workshop.errors import WorkshopError
from workshop.machine import apt
from workshop.videos import captions

PAGE: Final = (captions.WIDTH, captions.HEIGHT - captions.STRIP)
"""Width and height of the screen, in pixels: the picture without the captions' strip."""
FRAMES: Final = 15
"""Per second: letters that appear and a page that scrolls need no more."""
SMALLEST_QUALITY: Final = 34
QUALITIES: Final = (22, 25, 28, 31, SMALLEST_QUALITY)
"""x264's constant rate factors, best first: the first that keeps the file small enough is taken."""
KEY_FRAMES: Final = 20 * FRAMES
"""At most so many frames from one to the next: a player jumps there. A page full of letters makes each a large one."""
_PACKAGES: Final = {"Xvfb": "xvfb", "ffmpeg": "ffmpeg"}
_START_SECONDS: Final = 20
_ENCODE_SECONDS: Final = 15 * 60


def ensure() -> None:
    """Have Xvfb and ffmpeg, and a font for the captions.

    Raises `WorkshopError` where they are missing and this may not install them.
    """
    missing = [package for program, package in _PACKAGES.items() if shutil.which(program) is None]
    if missing:
        apt.require(*missing, "fonts-dejavu-core", missing=f"Para gravar faltam {' e '.join(missing)}.")


@contextmanager
def screen(folder: Path) -> Iterator[str]:
    """An X server without a monitor, of the size `PAGE`; gives what DISPLAY has to be.

    **folder**: where its log goes. Raises `WorkshopError` where it does not start.
    """
    log = folder / "xvfb.log"
    arguments = ["-screen", "0", f"{PAGE[0]}x{PAGE[1]}x24", "-nolisten", "tcp", "-wr"]
    # It closes its standard output before it has a number to say.
    command = ["sh", "-c", 'exec Xvfb -displayfd 3 "$@" 3>&1 1>&2', "Xvfb", *arguments]
    with log.open("wb") as errors, process.started(command, stdout=process.PIPE, stderr=errors) as server:
        # It says the number when it is ready, and nothing at all when it ends.
        number = server.stdout.readline().decode().strip() if server.stdout else ""
        if not number:
            raise WorkshopError("O Xvfb não começou.", details=_tail(log), fix=_read(log))
        yield f":{number}"


@contextmanager
def recording(display: str, file: Path) -> Iterator[None]:
    """Record the screen into that file, without loss, for as long as the block lasts.

    Its frames carry the time of the machine's clock (`time.time()`), so that what happened when can be found in it.
    Raises `WorkshopError` where nothing is recorded.
    """
    log = file.with_suffix(".log")
    command = [
        "ffmpeg", "-hide_banner", "-loglevel", "warning", "-nostdin", "-y", "-copyts",
        "-f", "x11grab", "-draw_mouse", "0", "-framerate", str(FRAMES), "-video_size", f"{PAGE[0]}x{PAGE[1]}",
        "-i", display, "-codec:v", "libx264rgb", "-preset", "ultrafast", "-qp", "0",
        "-g", str(10 * FRAMES), "-flush_packets", "1", str(file),
    ]  # fmt: skip
    # It has a file to finish when it is told to end.
    with (
        log.open("wb") as output,
        process.started(command, stdout=output, stderr=output, grace=_START_SECONDS) as camera,
    ):
        with voice.unheard():
            wait.until(
                "começo da gravação",
                lambda: camera.poll() is not None or (file.exists() and file.stat().st_size > 0),
                limit=_START_SECONDS,
                every=0.1,
                diagnosis=lambda: _tail(log),
            )
        yield
        if camera.poll() is not None:
            raise WorkshopError("O ffmpeg parou de gravar.", details=_tail(log), fix=_read(log))


def make(recorded: Path, timing: str, texts: tuple[Path, Path], film: Path, *, seconds: float, largest: int) -> None:
    """Make the film of what was recorded: H.264 that plays anywhere, captions in the picture and as a track.

    **timing**: for the filter `setpts`. **texts**: the captions as ASS, and as SRT. **seconds**: how long it gets.
    **largest**: bytes; quality gives way until it fits. Raises `WorkshopError` where ffmpeg fails, or it never fits.
    """
    drawn, subtitles = texts
    width, height = captions.WIDTH, captions.HEIGHT
    picture = ",".join([
        f"setpts='{timing}'", f"fps={FRAMES}", "scale=out_color_matrix=bt709:out_range=tv", "format=yuv420p",
        f"pad={width}:{height}:0:0:color=0x{captions.BACKGROUND}", f"ass={drawn.name}",
    ])  # fmt: skip
    for quality in QUALITIES:
        command = [
            "ffmpeg", "-hide_banner", "-loglevel", "warning", "-nostdin", "-y",
            "-i", recorded.name, "-i", subtitles.name, "-map", "0:v", "-map", "1:s", "-filter:v", picture,
            "-t", f"{seconds:.2f}", "-codec:v", "libx264", "-profile:v", "high", "-level", "4.0", "-preset", "veryfast",
            "-tune", "animation", "-crf", str(quality), "-g", str(KEY_FRAMES),
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
            "-codec:s", "mov_text", "-metadata:s:s:0", "language=por", "-disposition:s:0", "0",
            "-movflags", "+faststart", str(film),
        ]  # fmt: skip
        # From its own folder: a filter's argument would need the colons and quotes of a path escaped.
        process.run(command, cwd=recorded.parent, limit=_ENCODE_SECONDS)
        if film.stat().st_size <= largest:
            return
    made, limit = film.stat().st_size / 1e6, largest / 1e6
    raise WorkshopError(
        f"O vídeo tem {numbers.decimal(made)} MB, e o limite é {limit:.0f}, mesmo com a menor qualidade.",
        fix="menos coisa que se mexe: veja SMALLEST_QUALITY em workshop/videos/studio.py",
    )


def _tail(log: Path) -> str:
    return process.last_lines(log.read_text(encoding="utf-8", errors="replace"))


def _read(log: Path) -> str:
    return f"less {process.relative(log)}"
