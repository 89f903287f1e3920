"""One at a time: what must not be done by two at once waits for who does it, and says for whom."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from workshop import wait

LIMIT_SECONDS: Final = 45 * 60
"""As long as the longest that anybody does: to build everything."""
_held: Final[set[Path]] = set()
_guard: Final = threading.Lock()


@contextmanager
def alone(lock: Path, what: str) -> Iterator[None]:
    """Do something while nobody else on this machine does it, or what else that lock guards.

    **lock**: a file; it stays where it is, and is free as soon as its holder ends, however that happens. **what**: as
    others read it while they wait: `a volta ao início`. What this process does alone already, it goes on doing.
    Raises `WorkshopError` that names the holder where that one does not come to an end in 45 minutes.
    """
    with _guard:
        again = lock in _held
        _held.add(lock)
    if again:
        yield
        return
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with lock.open("a+", encoding="utf-8") as file:
            _take(file, what)
            yield
            _write(file, "")
    finally:
        _held.discard(lock)


def _take(file: IO[str], what: str) -> None:
    if not _free(file):
        holder, fix = _holder(file)
        wait.until(f"fim de {holder}", lambda: _free(file), limit=LIMIT_SECONDS, fix=fix)
    _write(file, json.dumps({"what": what, "pid": os.getpid(), "since": time.time()}))


def _free(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> tuple[str, str]:
    """Who holds it, in words, and the command that ends that one."""
    file.seek(0)
    try:
        found = json.loads(file.read())
        seconds = time.time() - found["since"]
        return f"{found['what']}, em outro processo ({found['pid']}) há {seconds:.0f} s", f"kill {found['pid']}"
    except (ValueError, KeyError, TypeError):
        # It has just begun, or just ended.
        return "outra execução da oficina", ""


def _write(file: IO[str], text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()
