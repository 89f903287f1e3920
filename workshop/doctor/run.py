"""Examining: all checks side by side, each with its own limit. Healing: one repair after the other, then again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Final

import httpx

from workshop import voice
from workshop.doctor.check import MEND, Check, Finding, Verdict, as_finding, bad, forget_answers
from workshop.errors import WorkshopError

SETTLE_SECONDS: Final = 90.0
"""How long a repaired thing may take until its check passes: a pod that starts, an Application that compares."""
_EVERY_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Result:
    """What a check found, and after how many seconds."""

    check: Check
    finding: Finding
    seconds: float

    @property
    def is_fault(self) -> bool:
        """Whether something has to be done."""
        return self.finding.verdict is Verdict.BAD


@dataclass(frozen=True)
class Repair:
    """What was done about a fault; **problem** is what stood in the way, or an empty string."""

    check: Check
    problem: str = ""
    lines: list[str] = field(default_factory=list)


def examine(checks: Sequence[Check]) -> list[Result]:
    """Run all checks at once; their results in the order of the checks.

    Never raises, and ends at the longest limit: a probe that hangs is left behind, and the result says so.
    """
    forget_answers()
    started = time.monotonic()
    runs = [_Run(check, started) for check in checks]
    return [run.result() for run in runs]


def heal(checks: Sequence[Check], results: Sequence[Result]) -> list[Repair]:
    """Repair what may be repaired, in the order of the checks, and wait until what was repaired is well.

    What a fault had hidden, and shows only once that is repaired, gets a second round.
    """
    repairs = _round(checks, results)
    tried = {repair.check.id for repair in repairs}
    hidden = [result for result in examine(checks) if result.is_fault and result.check.id not in tried]
    return repairs + _round(checks, hidden)


def _round(checks: Sequence[Check], results: Sequence[Result]) -> list[Repair]:
    """Each fault is looked at again just before its turn: an earlier repair may have healed it."""
    repairs: list[Repair] = []
    for result in results:
        if not result.is_fault or result.check.repair is None:
            continue
        if repairs and not examine([result.check])[0].is_fault:
            voice.say(f"{result.check.title}: já se resolveu")
            continue
        repairs.append(_repair(result.check, result.check.repair))
    mended = {repair.check.id for repair in repairs if not repair.problem}
    if mended:
        # What could not be repaired keeps others down for as long as one cares to wait.
        hopeful = {result.check.id for result in results if result.is_fault} if len(mended) == len(repairs) else set()
        _settle([c for c in checks if c.id in mended or (c.settles and c.id in hopeful)])
    return repairs


class _Run:
    """One check in a thread of its own, which speaks to whom we speak, and does not keep the process alive."""

    def __init__(self, check: Check, started: float) -> None:
        self._check, self._started = check, started
        self._found: Result | None = None
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._probe,), name=f"check-{check.id}", daemon=True
        )
        self._thread.start()

    def _probe(self) -> None:
        finding = _guarded(self._check.probe)
        self._found = Result(self._check, finding, time.monotonic() - self._started)

    def result(self) -> Result:
        self._thread.join(max(0.0, self._started + self._check.limit - time.monotonic()))
        late = bad(f"a verificação não terminou em {self._check.limit:.0f} s", "make doctor   # outra vez")
        return self._found or Result(self._check, late, self._check.limit)


def _guarded(probe: Callable[[], Finding]) -> Finding:
    try:
        return probe()
    except WorkshopError as error:
        return as_finding(error)
    except httpx.TransportError as error:
        return bad(f"{error.request.url.netloc.decode()} não responde", f"{MEND}   # ainda não há oficina? make up")
    except Exception as error:
        return bad(f"a verificação falhou: {type(error).__name__}: {error}", "make doctor   # outra vez")


def _repair(check: Check, repair: Callable[[], object]) -> Repair:
    lines: list[str] = []
    outside = copy_context()

    def hear(line: str) -> None:
        lines.append(line)
        outside.copy().run(voice.say, f"  {line}")

    voice.say(f"consertando: {check.title}")
    try:
        with voice.heard_by(hear):
            repair()
    except WorkshopError as error:
        problem = "\n  ".join([error.message, *error.details.splitlines()[-3:]])
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
    else:
        return Repair(check, lines=lines)
    voice.say(f"  não deu: {problem}")
    return Repair(check, problem, lines)


def _settle(checks: Sequence[Check]) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    waiting = [result.check for result in examine(checks) if result.is_fault]
    if waiting:
        voice.say(f"esperando: {', '.join(check.title for check in waiting)}")
    while waiting and time.monotonic() < deadline:
        time.sleep(_EVERY_SECONDS)
        waiting = [result.check for result in examine(waiting) if result.is_fault]
