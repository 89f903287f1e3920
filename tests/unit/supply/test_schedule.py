"""Jobs run in the right order, beside each other where they may, and end together when they must."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workshop import process, voice
from workshop.errors import WorkshopError
from workshop.supply.schedule import Job, Progress, Skipped, State, run_jobs


class Silent:
    """A display that remembers."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def started(self, progress: Progress) -> None:
        self.begun.append(progress.job.id)

    def ended(self, progress: Progress) -> None: ...
    def tick(self, everything: object) -> None: ...


def job(name: str, *needs: str, lane: str = "one", work: Callable[[], str] = lambda: "") -> Job:
    return Job(name, name, "trabalhando", lane, needs, work)


def run(*jobs: Job, display: Silent | None = None) -> dict[str, State]:
    ended = run_jobs(jobs, {"one": 1, "two": 2}, display or Silent(), lambda: None)
    return {progress.job.id: progress.state for progress in ended}


def test_what_is_needed_comes_first() -> None:
    display = Silent()
    run(job("c", "b"), job("b", "a"), job("a"), job("d"), display=display)
    assert display.begun.index("a") < display.begun.index("b") < display.begun.index("c")


def test_the_order_of_the_list_holds_where_nothing_else_does() -> None:
    display = Silent()
    run(*(job(name) for name in "xyz"), display=display)
    assert display.begun == ["x", "y", "z"]


def test_a_lane_is_never_wider_than_it_may_be_and_lanes_run_beside_each_other() -> None:
    running = {"one": 0, "two": 0}
    most = {"one": 0, "two": 0}
    lock, together = threading.Lock(), threading.Barrier(3, timeout=10)

    def work(lane: str, meet: bool) -> Callable[[], str]:
        def inner() -> str:
            with lock:
                running[lane] += 1
                most[lane] = max(most[lane], running[lane])
            if meet:
                together.wait()
            with lock:
                running[lane] -= 1
            return ""

        return inner

    run(
        *(job(f"one{n}", lane="one", work=work("one", n == 0)) for n in range(3)),
        *(job(f"two{n}", lane="two", work=work("two", n < 2)) for n in range(5)),
    )
    assert most == {"one": 1, "two": 2}


def test_what_needs_a_skipped_job_is_skipped_and_the_rest_runs() -> None:
    def skip() -> str:
        raise Skipped("silent")

    assert run(job("a", work=skip), job("b", "a"), job("c", "b"), job("d")) == {
        "a": State.SKIPPED, "b": State.SKIPPED, "c": State.SKIPPED, "d": State.DONE,
    }  # fmt: skip


def test_a_need_outside_the_list_is_met() -> None:
    assert run(job("a", "was there before")) == {"a": State.DONE}


def test_a_failure_ends_what_runs_beside_it(tmp_path: Path) -> None:
    group = process.Group()

    def slow() -> str:
        process.run(["sleep", "60"], log=tmp_path / "slow.log", group=group)
        return ""

    def fails() -> str:
        time.sleep(0.2)
        raise WorkshopError("the disk is full")

    began = time.monotonic()
    with pytest.raises(WorkshopError, match="disk is full"):
        run_jobs(
            [job("slow", work=slow), job("fails", lane="two", work=fails), job("later", "slow")],
            {"one": 1, "two": 1}, Silent(), group.cancel,
        )  # fmt: skip
    assert time.monotonic() - began < 10


def test_a_stubborn_program_and_its_own_children_are_ended_too(tmp_path: Path) -> None:
    group, note = process.Group(), tmp_path / "child"
    command = ["sh", "-c", f"trap '' TERM; sleep 61 & echo $! > {note}; while :; do wait; done"]

    def work() -> None:
        with pytest.raises(process.Cancelled):
            process.run(command, log=tmp_path / "log", group=group)

    thread = threading.Thread(target=work)
    thread.start()
    _until(lambda: note.exists() and note.read_text().strip() != "")
    group.cancel()
    thread.join(10)
    assert not thread.is_alive()
    _until(lambda: not _alive(int(note.read_text())))


def test_a_job_speaks_to_whom_its_caller_speaks() -> None:
    def work() -> str:
        voice.say("instalando")
        return ""

    told: list[str] = []
    with voice.heard_by(told.append):
        run(job("a", work=work))
    assert told == ["instalando"]


PROGRAM = """
import sys
from pathlib import Path
from workshop import process
from workshop.supply.progress import Lines
from workshop.supply.schedule import Job, run_jobs
group = process.Group()
def work():
    command = ["sh", "-c", f"echo $$ > {sys.argv[1]}; exec sleep 60"]
    process.run(command, log=Path(sys.argv[1]).with_suffix(".log"), group=group)
try:
    run_jobs([Job("a", "a", "b", "one", (), work)], {"one": 1}, Lines(print), group.cancel)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_no_child_outlives_an_interrupted_run(tmp_path: Path, number: signal.Signals, code: int) -> None:
    note = tmp_path / "child"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, note], stdout=subprocess.DEVNULL)
    _until(lambda: note.exists() and note.read_text().strip() != "")
    process.send_signal(number)
    assert process.wait(15) == code
    _until(lambda: not _alive(int(note.read_text())))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
