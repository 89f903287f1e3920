"""Two at once: one waits for the other, and says for whom."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from workshop import turns, voice
from workshop.errors import WorkshopError

HOLDER = """
import sys, time
from pathlib import Path
from workshop import turns
with turns.alone(Path(sys.argv[1]), "a volta ao início"):
    print("holds", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(name="lock")
def fixture_lock(tmp_path: Path) -> Path:
    return tmp_path / "run" / "story.lock"


def holder(lock: Path, seconds: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "holds\n"
    return process


def test_who_comes_second_waits_and_is_told_for_whom(lock: Path) -> None:
    told: list[str] = []
    with holder(lock, 2.5) as first, voice.heard_by(told.append), turns.alone(lock, "o caminho até o notebook 05"):
        assert first.poll() is not None or first.wait(1) == 0
    assert f"esperando: fim de a volta ao início, em outro processo ({first.pid})" in told[0]
    assert told[-1].startswith("✓")


def test_a_holder_that_is_killed_holds_nothing(lock: Path) -> None:
    with holder(lock, 60) as first:
        first.kill()
        first.wait(5)
        began = time.monotonic()
        with turns.alone(lock, "x"), voice.unheard():
            assert time.monotonic() - began < 1


def test_one_that_does_not_end_is_named_with_the_command_that_ends_it(
    lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LIMIT_SECONDS", 0.5)
    with holder(lock, 60) as first:
        waiting = turns.alone(lock, "x")
        with voice.unheard(), pytest.raises(WorkshopError, match="fim de a volta ao início") as caught:
            waiting.__enter__()
        first.kill()
    assert caught.value.fix == f"kill {first.pid}"


def test_what_a_process_does_alone_it_goes_on_doing(lock: Path) -> None:
    done = []

    def inner() -> None:
        with turns.alone(lock, "inside"):
            done.append(True)

    with turns.alone(lock, "outside"):
        inner()
        thread = threading.Thread(target=inner)
        thread.start()
        thread.join(5)
    assert done == [True, True]
    with turns.alone(lock, "again"):
        pass
