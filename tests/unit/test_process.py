"""Programs: ended at their limit, with whoever started them, and with their own words where they fail."""

from __future__ import annotations

import inspect
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workshop import paths, process
from workshop.voice import Crew

SOON = 20.0
"""Seconds that nothing here takes, however busy the machine is."""


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


def eventually(what: Callable[[], object]) -> bool:
    """Whether it comes true soon."""
    end = time.monotonic() + SOON
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def lives(pid: int) -> bool:
    """Whether it runs; what has ended and was not waited for by anybody does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def pid_in(file: Path) -> int:
    assert eventually(lambda: file.exists() and file.read_text().endswith("\n"))
    return int(file.read_text())


@pytest.fixture
def pid_file(tmp_path: Path) -> Path:
    return tmp_path / "pid"


def test_what_it_printed_comes_back_apart() -> None:
    done = process.run(shell("echo out; echo err >&2"))
    assert (done.code, done.out, done.err, done.ok) == (0, "out\n", "err\n", True)


def test_it_runs_in_the_repository_unless_told_otherwise(tmp_path: Path) -> None:
    assert Path(process.run(["pwd", "-P"]).out.strip()) == paths.ROOT.resolve()
    assert Path(process.run(["pwd", "-P"], cwd=tmp_path).out.strip()) == tmp_path.resolve()


def test_what_it_writes_can_be_read_by_others_whoever_runs_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        process.run(["touch", tmp_path / "page.html"])
    finally:
        os.umask(before)
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o644


def test_its_input_is_what_it_is_given_and_nothing_else() -> None:
    text = "linha\n" * 50_000
    assert process.run(["cat"], stdin=text).out == text
    assert process.run(["cat"]).out == ""


def test_a_program_that_does_not_read_its_input_is_no_error() -> None:
    assert process.run(["true"], stdin="x" * 1_000_000).ok


def test_a_failure_says_its_code_and_its_last_lines() -> None:
    with pytest.raises(process.Failed) as caught:
        process.run(shell("seq 1 100 >&2; echo no >&2; exit 7"), fix="make again")
    assert caught.value.code == 7
    assert "falhou (código 7)" in caught.value.message
    assert caught.value.details.splitlines()[-2:] == ["100", "no"]
    assert len(caught.value.details.splitlines()) == process.TAIL_LINES
    assert caught.value.fix == "make again"


def test_what_fails_without_a_word_on_stderr_is_quoted_from_its_output() -> None:
    with pytest.raises(process.Failed) as caught:
        process.run(shell("echo recusado; exit 1"))
    assert caught.value.details == "recusado"


def test_a_failure_may_be_an_answer() -> None:
    assert process.run(["false"], check=False).code == 1


def test_a_log_takes_everything_and_is_the_way_to_help(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "build.log"
    assert process.run(shell("echo one; echo two >&2"), log=log) == process.Done(0, "", "")
    with pytest.raises(process.Failed) as caught:
        process.run(shell("echo three; exit 1"), log=log)
    assert log.read_text() == "$ sh -c 'echo one; echo two >&2'\none\ntwo\n$ sh -c 'echo three; exit 1'\nthree\n"
    assert caught.value.details.endswith("three")
    assert str(log) in caught.value.fix


def test_every_program_has_a_limit_unless_it_is_watched() -> None:
    assert 0 < inspect.signature(process.run).parameters["limit"].default <= 60


def test_the_limit_ends_it_and_its_children_with_what_it_said(pid_file: Path) -> None:
    began = time.monotonic()
    with pytest.raises(process.TimedOut, match="não terminou em 1 s") as caught:
        process.run(shell(f"echo quase; sleep 100 & echo $! > {pid_file}; wait"), limit=1, fix="make again")
    assert time.monotonic() - began < SOON
    assert caught.value.fix == "make again"
    assert caught.value.details == "quase"
    assert eventually(lambda: not lives(pid_in(pid_file)))


def test_a_child_that_keeps_the_output_open_holds_up_nobody_and_is_ended(pid_file: Path) -> None:
    began = time.monotonic()
    with pytest.raises(process.TimedOut):
        process.run(shell(f"sleep 100 & echo $! > {pid_file}"), limit=1)
    assert time.monotonic() - began < SOON
    assert eventually(lambda: not lives(pid_in(pid_file)))


@pytest.mark.parametrize("listen", [process.run, lambda *args, **more: list(process.lines(*args, **more))])
def test_a_child_that_went_its_own_way_holds_up_nobody(listen: Callable[..., object], pid_file: Path) -> None:
    began = time.monotonic()
    try:
        with pytest.raises(process.TimedOut):
            listen(shell(f"setsid sh -c 'echo $$ > {pid_file}; exec sleep 100' & sleep 0.2"), limit=1)
        assert time.monotonic() - began < SOON
    finally:
        os.kill(pid_in(pid_file), signal.SIGKILL)


def test_what_does_not_heed_is_ended_all_the_same(pid_file: Path) -> None:
    with process.started(
        shell(f"trap '' TERM; echo $$ > {pid_file}; while :; do sleep 0.1; done"), grace=0.2
    ) as running:
        pid = pid_in(pid_file)
    assert running.returncode == -signal.SIGKILL
    assert eventually(lambda: not lives(pid))


def test_what_ends_by_itself_is_given_the_time(tmp_path: Path, pid_file: Path) -> None:
    tidied = tmp_path / "tidied"
    script = f"trap 'touch {tidied}; exit 0' TERM; echo $$ > {pid_file}; while :; do sleep 0.1; done"
    with process.started(shell(script)):
        pid_in(pid_file)
    assert tidied.exists()


def test_a_group_is_ended_from_another_thread(pid_file: Path) -> None:
    group, outcome = process.Group(), []

    def work() -> None:
        try:
            process.run(shell(f"echo $$ > {pid_file}; exec sleep 100"), limit=None, group=group)
        except process.Cancelled as cancelled:
            outcome.append(cancelled)

    thread = threading.Thread(target=work)
    thread.start()
    pid = pid_in(pid_file)
    group.cancel()
    thread.join(SOON)
    assert len(outcome) == 1
    assert not lives(pid)
    with pytest.raises(process.Cancelled):
        process.run(["true"], group=group)


def test_what_has_ended_by_itself_is_nothing_to_a_group() -> None:
    group = process.Group()
    assert process.run(["true"], group=group).ok
    group.check()
    group.cancel()


PARENT = """
import sys
from workshop import process
try:
    process.run(["sh", "-c", sys.argv[1]], limit=None)
except KeyboardInterrupt:
    print("interrupted")
"""


def parent(script: str) -> subprocess.Popen[str]:
    """Another Python that runs the script, with the workshop's means."""
    return subprocess.Popen([sys.executable, "-c", PARENT, script], cwd=paths.ROOT, text=True, stdout=subprocess.PIPE)


@pytest.mark.skipif(not shutil.which("setpriv"), reason="nothing here can end it then")
def test_it_ends_with_its_parent_even_if_that_is_killed(pid_file: Path) -> None:
    with parent(f"echo $$ > {pid_file}; exec sleep 100") as killed:
        pid = pid_in(pid_file)
        assert lives(pid)
        killed.kill()
    assert eventually(lambda: not lives(pid))


def test_an_interruption_ends_it_with_its_children(pid_file: Path) -> None:
    # Not at once: while Python itself still starts a program nobody can know of it, and it would be left to itself.
    with parent(f"sleep 1; sleep 100 & echo $! > {pid_file}; wait") as interrupted:
        pid = pid_in(pid_file)
        interrupted.send_signal(signal.SIGINT)
        assert interrupted.communicate(timeout=SOON)[0] == "interrupted\n"
    assert eventually(lambda: not lives(pid))


def test_many_at_once_do_not_mix() -> None:
    with Crew(20) as crew:
        done = list(
            crew.map(lambda number: process.run(shell(f"echo {number}; cat"), stdin=str(number)).out, range(20))
        )
    assert done == [f"{number}\n{number}" for number in range(20)]


@pytest.mark.parametrize(
    "start",
    [
        process.run,
        lambda command: list(process.lines(command, limit=1)),
        process.foreground,
        lambda command: process.detached(command, log=Path(os.devnull)),
    ],
)
def test_a_program_that_is_not_there_is_missing_with_a_way_out(start: Callable[..., object]) -> None:
    with pytest.raises(process.Missing, match="`nosuchprogram` não está nesta máquina") as caught:
        start(["nosuchprogram", "--version"])
    assert caught.value.fix.startswith("make supply")


def test_a_file_that_may_not_be_run_is_not_said_to_be_missing(tmp_path: Path) -> None:
    file = tmp_path / "tool"
    file.write_text("#!/bin/sh\n")
    with pytest.raises(process.Missing, match="`tool` não roda: sem permissão") as caught:
        process.run([file])
    assert caught.value.fix


def test_lines_come_while_they_are_printed(tmp_path: Path) -> None:
    go = tmp_path / "go"
    script = f"echo one; while ! test -e {go}; do sleep 0.02; done; echo two >&2; printf three"
    said = process.lines(shell(script), limit=SOON)
    assert next(said) == "one\n"
    go.touch()
    assert list(said) == ["two\n", "three"]


def test_lines_have_a_limit_though_nothing_is_printed(pid_file: Path) -> None:
    began = time.monotonic()
    with pytest.raises(process.TimedOut, match="não terminou em 1 s"):
        list(process.lines(shell(f"echo $$ > {pid_file}; exec sleep 100"), limit=1))
    assert time.monotonic() - began < SOON
    assert not lives(pid_in(pid_file))


def test_lines_have_a_limit_though_they_never_stop() -> None:
    with pytest.raises(process.TimedOut):
        for _ in process.lines(["yes"], limit=1):
            pass


def test_lines_have_a_limit_though_the_output_is_closed(pid_file: Path) -> None:
    with pytest.raises(process.TimedOut):
        list(process.lines(shell(f"echo $$ > {pid_file}; exec sleep 100 >/dev/null 2>&1"), limit=1))
    assert not lives(pid_in(pid_file))


def test_whoever_asks_for_no_more_lines_ends_it(pid_file: Path) -> None:
    said = process.lines(shell(f"echo $$ > {pid_file}; exec yes"), limit=SOON)
    assert next(said) == "y\n"
    said.close()  # type: ignore[attr-defined]  # a generator
    assert not lives(pid_in(pid_file))


def test_lines_end_with_the_failure() -> None:
    heard = []
    with pytest.raises(process.Failed) as caught:
        for line in process.lines(shell("echo last; exit 3"), limit=SOON):
            heard.append(line)
    assert heard == ["last\n"]
    assert caught.value.code == 3


def test_the_foreground_returns_its_code() -> None:
    assert process.foreground(shell("exit 4")) == 4


def test_what_is_detached_goes_on_and_says_it_in_its_log(tmp_path: Path, pid_file: Path) -> None:
    log = tmp_path / "logs" / "engine.log"
    engine = process.detached(shell(f"echo began; echo $$ > {pid_file}; exec sleep 100"), log=log)
    try:
        assert pid_in(pid_file) == engine.pid
        assert log.read_text() == "began\n"
        assert lives(engine.pid)
    finally:
        engine.kill()
        engine.wait()


def test_commands_are_shown_as_people_read_them() -> None:
    assert process.shown(["cat", paths.ROOT / "k8s" / "a b.yaml"]) == "cat 'k8s/a b.yaml'"
    assert len(process.shown(["x" * 1000])) <= 160
    assert process.last_lines("a\nb\nc\n", 2) == "b\nc"
