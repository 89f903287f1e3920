"""A screen that nobody sees, what is recorded from it, and the film made of that: Debian's Xvfb and ffmpeg."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from workshop import wait
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
    if not missing:
        return
    packages = [*missing, "fonts-dejavu-core"]
    if os.geteuid() != 0 or not apt.is_debian():
        raise WorkshopError(
            f"Para gravar faltam {' e '.join(missing)}.", fix=f"sudo apt-get install {' '.join(packages)}"
        )
    apt.install(*packages)


@contextmanager
def screen(folder: Path) -> Iterator[str]:
    """An X server without a monitor, of the size `PAGE`; gives what DISPLAY has to be.

    **folder**: where its log goes. Raises `WorkshopError` where it does not start.
    """
    log = folder / "xvfb.log"
    reading, writing = os.pipe()
    with log.open("w") as output, os.fdopen(reading) as said:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{PAGE[0]}x{PAGE[1]}x24", "-nolisten", "tcp", "-wr"],
            stdout=output, stderr=output, pass_fds=[writing],
        )  # fmt: skip
        os.close(writing)
        try:
            # It says the number when it is ready, and nothing at all when it ends.
            number = said.readline().strip()
            if not number:
                raise WorkshopError("O Xvfb não começou.", details=_tail(log), fix=f"less {log}")
            yield f":{number}"
        finally:
            _end(server)


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
    with log.open("w") as output:
        camera = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            wait.until(
                "a gravação começou",
                lambda: camera.poll() is not None or (file.exists() and file.stat().st_size > 0),
                limit=_START_SECONDS,
                every=0.1,
                diagnosis=lambda: _tail(log),
                report=lambda _: None,
            )
            yield
            if camera.poll() is not None:
                raise WorkshopError("O ffmpeg parou de gravar.", details=_tail(log), fix=f"less {log}")
        finally:
            _end(camera)


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
        try:
            # From its own folder: a filter's argument would need the colons and quotes of a path escaped.
            done = subprocess.run(
                command, cwd=recorded.parent, capture_output=True, text=True, timeout=_ENCODE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise WorkshopError(f"O ffmpeg não terminou o vídeo em {_ENCODE_SECONDS // 60} min.") from None
        if done.returncode:
            raise WorkshopError("O ffmpeg não fez o vídeo.", details="\n".join(done.stderr.splitlines()[-8:]))
        if film.stat().st_size <= largest:
            return
    made, limit = film.stat().st_size / 1e6, largest / 1e6
    raise WorkshopError(
        f"O vídeo tem {made:.1f} MB, e o limite é {limit:.0f}, mesmo com a menor qualidade.",
        fix="menos coisa que se mexe: veja SMALLEST_QUALITY em workshop/videos/studio.py",
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, which both take for a proper end; SIGKILL where that does not help."""
    process.terminate()
    try:
        process.wait(timeout=_START_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:])
