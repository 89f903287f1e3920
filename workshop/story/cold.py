"""What a pipeline did for the first time: a talk that was rehearsed does not do it again, so no budget counts it.

The engine keeps what a `RUN` of a Dockerfile leaves, for as long as its inputs are the same to the byte. A `RUN` that
it does execute, and that passes, is one that it had not yet: on this machine, with these inputs, that happens once.
"""

from __future__ import annotations

import json
import re
import time
from itertools import pairwise
from typing import Final

from workshop import paths

Span = tuple[float, float]
Step = tuple[str, str]
"""The job, and its step."""

EXECUTED: Final = "---> Running in"
"""What the classic builder prints where it took an instruction's result from no cache."""
_INSTRUCTION: Final = re.compile(r"Step \d+/\d+ : (\w+)")
_KEPT: Final = "RUN"
"""Of the instructions that are executed, the one that may take long; a label has another commit in it each time."""


class Watch:
    """Follows the steps of one pipeline, several of which may run at a time."""

    def __init__(self) -> None:
        self._began: dict[Step, float] = {}
        self._instruction: dict[Step, str] = {}
        self._executed: set[Step] = set()
        self._cold: list[Span] = []
        self._others: list[Span] = []

    def reads(self, step: Step, message: str) -> None:
        """A line that a step printed; its first one is where it begins."""
        self._began.setdefault(step, time.monotonic())
        if found := _INSTRUCTION.match(message.strip()):
            self._instruction[step] = found[1]
        elif EXECUTED in message and self._instruction.get(step) == _KEPT:
            self._executed.add(step)

    def ends(self, step: Step, *, passed: bool) -> None:
        """A step has ended. What failed is not kept, and fails again in the talk."""
        spans = self._cold if passed and step in self._executed else self._others
        spans.append((self._began[step], time.monotonic()))

    def seconds(self) -> float:
        """For how long steps ran that were cold, and no other did: only that time is saved where all of it is kept."""
        moments = sorted({moment for span in (*self._cold, *self._others) for moment in span})
        return sum(
            after - before
            for before, after in pairwise(moments)
            if _covers(self._cold, before, after) and not _covers(self._others, before, after)
        )


def note(seconds: float) -> None:
    """Write down that so much of the pipeline that ends now was cold: who rehearses runs in another process."""
    if seconds:
        paths.COLD.parent.mkdir(parents=True, exist_ok=True)
        with paths.COLD.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"ended": time.time(), "seconds": round(seconds, 1)}) + "\n")


def since(moment: float) -> float:
    """The seconds of all pipelines that have ended since then. **moment**: in seconds since 1970."""
    if not paths.COLD.exists():
        return 0.0
    noted = map(json.loads, paths.COLD.read_text(encoding="utf-8").splitlines())
    return sum(float(entry["seconds"]) for entry in noted if entry["ended"] >= moment)


def _covers(spans: list[Span], before: float, after: float) -> bool:
    return any(began <= before and after <= ended for began, ended in spans)
