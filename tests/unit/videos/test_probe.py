"""What is wrong with a video is said; made here with the same library that reads it."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from workshop.errors import WorkshopError
from workshop.videos import captions, probe


def film(
    file: Path, *, codec: str = "libx264", size: tuple[int, int] = (captions.WIDTH, captions.HEIGHT),
    still: bool = False, subtitles: bool = True, fast: bool = True,
) -> Path:  # fmt: skip
    """A video of ten seconds, one picture each, that is as it has to be but for what is asked."""
    options = {"movflags": "+faststart"} if fast else {}
    with av.open(str(file), "w", options=options) as container:
        video = container.add_stream(
            codec, rate=1, options={"preset": "superfast"} | ({"profile": "high"} if "264" in codec else {})
        )
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        track = container.add_stream("mov_text") if subtitles else None
        if track:
            track.metadata["language"] = probe.LANGUAGE
            track.codec_context.subtitle_header = b"[Script Info]\nScriptType: v4.00+\n"
        for number in range(10):
            frame = av.VideoFrame(*size, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([50 if still else 20 * number + 10]) * plane.buffer_size)
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return file


def test_a_video_as_it_has_to_be_has_no_fault(tmp_path: Path) -> None:
    file = film(tmp_path / "a.mp4")
    assert probe.faults(file) == []
    assert probe.look(file).seconds == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"still": True}, "mesma imagem"),
        ({"codec": "mpeg4"}, "não h264"),
        ({"size": (1280, 720)}, "1280×720"),
        ({"subtitles": False}, "legendas"),
        ({"fast": False}, "índice no fim"),
    ],
)
def test_a_fault_is_said(tmp_path: Path, wrong: dict[str, object], said: str) -> None:
    faults = probe.faults(film(tmp_path / "a.mp4", **wrong))  # type: ignore[arg-type]
    assert any(said in fault for fault in faults), faults


@pytest.mark.parametrize(("name", "said"), [("LONGEST_SECONDS", "dura 10 s"), ("LARGEST_BYTES", "MB")])
def test_a_limit_that_is_passed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    file = film(tmp_path / "a.mp4")
    monkeypatch.setattr(probe, name, 1)
    assert any(said in fault for fault in probe.faults(file))


def test_what_is_no_video_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(b"not a film")
    with pytest.raises(WorkshopError, match="não é um vídeo"):
        probe.look(file)
