"""The one way to run a program: with a limit, its last lines in the error, ended with whoever started it.

Safe in threads (`subprocess`, no fork in Python). Everything runs with `environment.variables`, unless told otherwise.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final

from workshop import environment, paths
from workshop.errors import WorkshopError

Command = Sequence[str | Path]

LIMIT_SECONDS: Final = 60.0
"""What a program gets by default; whatever may take longer says so."""
_UMASK: Final = 0o022
"""What programs write is read by others, too: by an image's own user, of a checkout that was built into it."""
GRACE_SECONDS: Final = 5.0
"""Between asking a program to end and ending it."""
TAIL_LINES: Final = 15
"""Of what a failed program printed last."""
PIPE: Final = subprocess.PIPE
"""For `started`: an output that is read while the program runs."""
_SHOWN_CHARACTERS: Final = 160
_CHUNK_BYTES: Final = 65536


class Failed(WorkshopError):
    """A program ended with another code than 0: **code**, negative for a signal."""

    def __init__(self, message: str, code: int, fix: str = "", details: str = "") -> None:
        super().__init__(message, fix, details)
        self.code = code


class TimedOut(WorkshopError):
    """A program did not end within its limit, and was ended."""


class Missing(WorkshopError):
    """There is no such program on this machine, or it cannot be run."""


class Cancelled(Exception):
    """The run is being ended; what was under way did not happen."""


@dataclass(frozen=True)
class Done:
    """How a program ended, and what it printed: nothing where that went to a log."""

    code: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        """Whether it says that it succeeded."""
        return self.code == 0


def run(
    command: Command,
    *,
    limit: float | None = LIMIT_SECONDS,
    stdin: str | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
    check: bool = True,
    fix: str = "",
    group: Group | None = None,
) -> Done:
    """Run a program to its end.

    **limit**: seconds; None only for what somebody watches. **env**: all of its variables; default: ours.
    **log**: where its output is appended, instead of being returned. **check**: whether a failure is an error.
    **fix**: the command that helps where it fails; by default the log. **group**: what can end it, with others.

    Raises `Failed` with the last lines, `TimedOut`, `Missing`, or `Cancelled` where its group was ended.
    """
    with contextlib.ExitStack() as stack:
        output: IO[bytes] | int = subprocess.PIPE
        errors: int = subprocess.PIPE
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            output, errors = stack.enter_context(log.open("ab")), subprocess.STDOUT
            output.write(f"$ {shlex.join(map(str, command))}\n".encode())
            output.flush()
        with started(
            command, stdout=output, stderr=errors, cwd=cwd, env=env, group=group,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        ) as process:  # fmt: skip
            try:
                out, err = process.communicate(stdin.encode() if stdin is not None else None, timeout=limit)
            except subprocess.TimeoutExpired as late:
                raise TimedOut(
                    f"`{shown(command)}` não terminou em {limit:.0f} s.",
                    fix=fix or _fix(log),
                    details=_tail(log) if log else last_lines(_text(late.stderr).strip() or _text(late.stdout).strip()),
                ) from None
        if group is not None:
            group.check()
    done = Done(process.returncode, _text(out), _text(err))
    if check and not done.ok:
        raise failure(command, done, log, fix)
    return done


def failure(command: Command, done: Done, log: Path | None = None, fix: str = "") -> Failed:
    """The error of a program that failed: its own last lines, and where to read the rest."""
    return Failed(
        f"`{shown(command)}` falhou (código {done.code}).",
        code=done.code,
        details=_tail(log) if log else last_lines(done.err.strip() or done.out.strip()),
        fix=fix or _fix(log),
    )


def lines(
    command: Command, *, limit: float, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """What a program prints on both its outputs, line by line while it comes; ended when nobody asks for more.

    **limit**: seconds for all of it. Raises `TimedOut`, `Missing`, or `Failed` after the last line.
    """
    deadline = time.monotonic() + limit
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=cwd, env=env) as process:
        assert process.stdout is not None  # noqa: S101 - asked for above
        try:
            yield from _lines(process.stdout, deadline)
            code = process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise TimedOut(f"`{shown(command)}` não terminou em {limit:.0f} s.") from None
        if code != 0:
            raise Failed(f"`{shown(command)}` falhou (código {code}).", code=code)


def foreground(command: Command, *, env: Mapping[str, str] | None = None) -> int:
    """Run what a person asked for on this very terminal, without a limit; returns its exit code."""
    try:
        return subprocess.run(list(map(str, command)), env=env, check=False).returncode
    except OSError as error:
        raise _missing(command, error) from None


def detached(command: Command, *, log: Path) -> subprocess.Popen[bytes]:
    """Start what is to go on after us (an engine), its output appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        try:
            return subprocess.Popen(
                list(map(str, command)),
                stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise _missing(command, error) from None


@contextmanager
def started(
    command: Command,
    *,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    stdout: IO[bytes] | int | None = subprocess.DEVNULL,
    stderr: IO[bytes] | int | None = subprocess.DEVNULL,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    group: Group | None = None,
    grace: float = GRACE_SECONDS,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program for the length of a block; at its end, however it ends, the program and its children have ended.

    **grace**: seconds that it gets to end by itself once it is asked to.
    Raises `Missing`, or `Cancelled` where its group is being ended.
    """
    variables = dict(env) if env is not None else environment.variables()
    found = shutil.which(str(command[0]), path=variables.get("PATH"))
    if found is None:
        there = os.sep in str(command[0]) and Path(command[0]).is_file()
        raise _missing(command, PermissionError(errno.EACCES, "sem permissão") if there else FileNotFoundError())
    with group.admission() if group else contextlib.nullcontext():
        try:
            # A group of its own, so that Ctrl-C reaches it through us, in order, and whole.
            process = subprocess.Popen(
                [*_die_with_parent(), found, *map(str, command[1:])],
                stdin=stdin, stdout=stdout, stderr=stderr, cwd=cwd or paths.ROOT, env=variables, start_new_session=True,
                umask=_UMASK,
            )  # fmt: skip
        except OSError as error:
            raise _missing(command, error) from None
        if group is not None:
            group.add(process)
    try:
        yield process
    finally:
        _end(process, grace=grace)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        if group is not None:
            group.remove(process)


class Group:
    """Programs of several threads that can all be ended at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._cancelled = threading.Event()

    def check(self) -> None:
        """Raise `Cancelled` if the run is being ended."""
        if self._cancelled.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Let time pass. Raises `Cancelled` as soon as the run is being ended."""
        self._cancelled.wait(seconds)
        self.check()

    def cancel(self) -> None:
        """End every program of it, politely, then for good; no new one starts."""
        with self._lock:
            self._cancelled.set()
            running = list(self._running)
        _end(*running)

    @contextmanager
    def admission(self) -> Iterator[None]:
        """Within the block a program may be started and added. Raises `Cancelled` where none may."""
        with self._lock:
            self.check()
            yield

    def add(self, process: subprocess.Popen[bytes]) -> None:
        """Count a program in; only during an `admission`."""
        self._running.add(process)

    def remove(self, process: subprocess.Popen[bytes]) -> None:
        """Forget a program that has ended."""
        with self._lock:
            self._running.discard(process)


def last_lines(text: str, lines: int = TAIL_LINES) -> str:
    """The end of what a program printed: that is where it says why it failed."""
    return "\n".join(text.rstrip().splitlines()[-lines:])


def shown(command: Command) -> str:
    """A command line as people read it: paths relative to the repository, and not too long."""
    text = shlex.join(relative(part) for part in command)
    return text if len(text) < _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 3]}..."


def relative(part: str | Path) -> str:
    """A path as people see it: relative to the repository where it lies inside; anything else as it is."""
    path = Path(part)
    inside = path.is_absolute() and path != paths.ROOT and path.is_relative_to(paths.ROOT)
    return str(path.relative_to(paths.ROOT) if inside else part)


def _missing(command: Command, error: OSError) -> Missing:
    name = Path(command[0]).name
    if isinstance(error, FileNotFoundError):
        return Missing(
            f"O programa `{name}` não está nesta máquina.", fix="make supply   # traz ou constrói as ferramentas"
        )
    return Missing(f"O programa `{name}` não roda: {error.strerror}.", fix="make supply")


def _fix(log: Path | None) -> str:
    return f"less {relative(log)}   # e depois o mesmo comando de novo" if log else ""


def _tail(log: Path) -> str:
    return last_lines(log.read_text(encoding="utf-8", errors="replace"))


def _lines(output: IO[bytes], deadline: float) -> Iterator[str]:
    """Its lines until it is closed. Raises `TimeoutError` at the deadline, whoever still holds the output open."""
    begun = b""
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError
            chunk = os.read(output.fileno(), _CHUNK_BYTES)
            if not chunk:
                break
            *whole, begun = (begun + chunk).split(b"\n")
            for line in whole:
                yield _text(line + b"\n")
    if begun:
        yield _text(begun)


def _text(output: bytes | None) -> str:
    return (output or b"").decode(errors="replace")


def _end(*processes: subprocess.Popen[bytes], grace: float = GRACE_SECONDS) -> None:
    """End process groups: politely, then for good."""
    # Until we know that it has ended its id is its own, and its group's: there may be children that outlive it. What
    # has been waited for already may have handed its id on.
    ours = [process for process in processes if process.returncode is None]
    for process in ours:
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(process.poll() is None for process in ours) and time.monotonic() < deadline:
        time.sleep(0.02)
    for process in ours:
        _signal(process, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=GRACE_SECONDS)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # The group outlives its first process where that left children behind; it is ours, by its id.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@lru_cache
def _die_with_parent() -> tuple[str, ...]:
    """A prefix that ends a program when this process is killed with -9, so that none is left to itself."""
    setpriv: Any = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--") if setpriv else ()
