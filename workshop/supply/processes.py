"""Child processes that write to a log and can all be ended at once."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from workshop import paths
from workshop.errors import WorkshopError

LOG_FOLDER: Final = paths.LOGS / "supply"
TAIL_LINES: Final = 15
GRACE_SECONDS: Final = 5.0


class Cancelled(Exception):
    """The run is being ended; what was under way did not happen."""


class Processes:
    """Runs commands for several threads; `cancel` ends them all and lets no new one start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._cancelled = False

    def run(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Run a command to its end, its output appended to `log`.

        Raises `WorkshopError` with the last lines where it fails, `Cancelled` where it was ended.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            output.write(f"$ {' '.join(map(str, command))}\n".encode())
            output.flush()
            with self._lock:
                self.check()
                # A group of its own, so that Ctrl-C reaches it through us, in order, and whole.
                process = subprocess.Popen(
                    [*_die_with_parent(), *command],
                    stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                    cwd=cwd, env=env, start_new_session=True,
                )  # fmt: skip
                self._running.add(process)
            try:
                code = process.wait()
            finally:
                with self._lock:
                    self._running.discard(process)
        self.check()
        if code != 0:
            raise failure(f"{Path(command[0]).name} {command[1]} failed (exit code {code}).", log)

    def check(self) -> None:
        """Raise `Cancelled` if the run is being ended."""
        if self._cancelled:
            raise Cancelled

    def cancel(self) -> None:
        """End every process group: politely, then for good."""
        with self._lock:
            self._cancelled = True
            running = list(self._running)
        for process in running:
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while any(process.poll() is None for process in running) and time.monotonic() < deadline:
            time.sleep(0.05)
        for process in running:
            _signal_group(process, signal.SIGKILL)


def failure(message: str, log: Path) -> WorkshopError:
    """The error of a failed command: its last lines, and where to read the rest."""
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:])
    return WorkshopError(message, details=tail, fix=f"less {shown(log)}   # then run the same command again")


def shown(path: Path) -> str:
    """A path as people see it: relative to the repository where it lies inside."""
    return str(path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # The group outlives its first process where that left children behind; it is ours, by its id.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _die_with_parent() -> list[str]:
    """A prefix that ends the command when this process is killed with -9, so that none is left to itself."""
    return ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
