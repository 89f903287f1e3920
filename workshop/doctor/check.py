"""What a check is, what it finds, and how a probe asks a program."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from workshop import paths, shell
from workshop.errors import WorkshopError

Report = Callable[[str], None]

LIMIT_SECONDS: Final = 8.0
"""A check that has not ended by then counts as failed; the whole examination is promised within 10 s."""
ASK_SECONDS: Final = 6.0
"""Less than `LIMIT_SECONDS`, so that a program that hangs is named, and ended."""


MEND: Final = ".venv/bin/workshop doctor --fix"
"""The command that repairs, where a repair is known."""


class Verdict(StrEnum):
    """The values are what `--json` says."""

    GOOD = "ok"
    BAD = "fault"
    APART = "optional"
    """Not applicable, or wanted and not needed: never a fault."""


SYMBOLS: Final = {Verdict.GOOD: "✓", Verdict.BAD: "✗", Verdict.APART: "–"}


@dataclass(frozen=True)
class Finding:
    """What a check found: one sentence, and the command that helps (empty where nothing has to be done)."""

    verdict: Verdict
    sentence: str
    fix: str = ""


def good(sentence: str) -> Finding:
    """All is as it should be."""
    return Finding(Verdict.GOOD, sentence)


def bad(sentence: str, fix: str) -> Finding:
    """A fault, and the command that repairs it."""
    return Finding(Verdict.BAD, sentence, fix)


def apart(sentence: str, fix: str = "") -> Finding:
    """Something that the workshop runs without."""
    return Finding(Verdict.APART, sentence, fix)


@dataclass(frozen=True)
class Check:
    """One line of the examination.

    **probe**: looks, and changes nothing. A `WorkshopError` of it is a fault with that sentence.
    **repair**: does what is safe, and only what is safe; None where a person has to decide. A `WorkshopError` of it
    says what it could not do.
    **settles**: whether a fault may go by itself some time after another one was repaired.
    """

    id: str
    title: str
    probe: Callable[[], Finding]
    repair: Callable[[Report], None] | None = None
    settles: bool = False
    limit: float = LIMIT_SECONDS


@dataclass(frozen=True)
class Area:
    """The checks under one heading."""

    heading: str
    checks: tuple[Check, ...]


def ask(program: str, *arguments: str, limit: float = ASK_SECONDS) -> str:
    """What a program printed, asked with the workshop's own PATH and cluster.

    By `subprocess`, not by `workshop.shell`: that one forks in Python, which a process with a thread for every check
    must not do. **limit**: seconds. Raises `WorkshopError` where the program is missing, hangs or fails.
    """
    try:
        done = subprocess.run(
            [program, *arguments], cwd=paths.ROOT, env=shell.environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=limit, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise WorkshopError(f"o programa {program} não está nesta máquina", fix="make supply") from None
    except OSError as error:
        raise WorkshopError(f"o programa {program} não roda: {error.strerror}", fix="make supply") from None
    except subprocess.TimeoutExpired:
        raise WorkshopError(
            f"`{program} {' '.join(arguments[:2])}` não respondeu em {limit:.0f} s",
            fix=_HANGS.get(program, ""),
        ) from None
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise WorkshopError(f"`{program} {arguments[0]}`: {words[-1] if words else f'saída {done.returncode}'}")
    return done.stdout


def docker_info() -> dict[str, Any]:
    """What the engine says of itself; asked once in an examination. Raises `WorkshopError` as `ask` does."""
    found: dict[str, Any] = share("docker info", lambda: json.loads(ask("docker", "info", "--format", "{{json .}}")))
    if errors := found.get("ServerErrors"):
        raise WorkshopError(errors[0])
    return found


def forget_answers() -> None:
    """From here on everything is asked anew."""
    with _lock:
        _answers.clear()


_answers: Final[dict[str, Future[Any]]] = {}
_lock: Final = threading.Lock()


def share(question: str, find: Callable[[], Any]) -> Any:
    """What `find` returns or raises; checks that have the same question ask once, and all get the answer."""
    with _lock:
        first = question not in _answers
        answer = _answers.setdefault(question, Future())
    if first:
        try:
            answer.set_result(find())
        except Exception as error:
            answer.set_exception(error)
    return answer.result()


_HANGS: Final = {
    "docker": "sudo systemctl restart docker",
    "kubectl": "uptime   # com a máquina muito ocupada, espere",
}
