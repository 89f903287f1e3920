"""What a check is, what it finds, and how a probe asks a program, the engine, the cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final

from workshop import kube, process
from workshop.errors import WorkshopError
from workshop.machine import engine, refusals

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
    **repair**: does what is safe, and only what is safe; None where a person has to decide. It says (`voice`) what it
    does, and a `WorkshopError` of it what it could not do.
    **settles**: whether a fault may go by itself some time after another one was repaired.
    """

    id: str
    title: str
    probe: Callable[[], Finding]
    repair: Callable[[], object] | None = None
    settles: bool = False
    limit: float = LIMIT_SECONDS


@dataclass(frozen=True)
class Area:
    """The checks under one heading."""

    heading: str
    checks: tuple[Check, ...]


def ask(program: str, *arguments: str, limit: float = ASK_SECONDS) -> str:
    """What a program printed. **limit**: seconds.

    Raises `process.Failed` with its last line, which fits where a finding is shown; `process.TimedOut` with what helps
    where it hangs; `process.Missing`.
    """
    try:
        return process.run([program, *arguments], limit=limit).out
    except process.TimedOut:
        raise process.TimedOut(
            f"`{program} {' '.join(arguments[:2])}` não respondeu em {limit:.0f} s",
            fix=refusals.restart_command() if program == "docker" else "",
        ) from None
    except process.Failed as error:
        last = error.details.rpartition("\n")[2].strip() or f"saída {error.code}"
        raise process.Failed(f"`{program} {arguments[0]}`: {last}", error.code) from None


def as_finding(error: WorkshopError) -> Finding:
    """A fault from an error: its sentence as the others of the list are written."""
    first, rest = error.message[:2], error.message[2:]
    return bad(f"{first.lower() if first in _ARTICLES else first}{rest.rstrip('.')}", error.fix)


def docker_info() -> dict[str, Any]:
    """What the engine says of itself; asked once in an examination. Raises `WorkshopError` as `engine.info` does."""
    found: dict[str, Any] = share("docker info", partial(engine.info, ASK_SECONDS))
    return found


def objects(kind: str, namespace: str = "") -> list[kube.Object]:
    """What the cluster has of a kind; asked once in an examination. Raises `WorkshopError` as `kube.objects` does."""
    found: list[kube.Object] = share(
        f"{namespace}/{kind}", lambda: kube.objects(kind, namespace, limit=ASK_SECONDS - 1)
    )
    return found


def named(kind: str, name: str, namespace: str = "") -> kube.Object:
    """One of them. Raises `WorkshopError` where it is not there."""
    for item in objects(kind, namespace):
        if item["metadata"]["name"] == name:
            return item
    raise WorkshopError(f"não há {kind} {name} no cluster", fix="make up")


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


_ARTICLES: Final = ("A ", "O ", "Os", "As", "Nã")
"""How sentences begin that are one of a list's lines as well."""
