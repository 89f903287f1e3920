"""Whether this instance can serve, and if not, why not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

OK = "ok"


class CheckFailed(Exception):
    """What a check raises: the message says what is missing."""


Check = Callable[[], None]


class Health:
    """Named checks, asked on every readiness probe."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)
        self._last: dict[str, str] = {}

    def report(self) -> dict[str, str]:
        """Each check's name with "ok" or the reason why it fails."""
        report = {name: _outcome(check) for name, check in self._checks.items()}
        # A probe asks every second: only what changed is worth a line in the log.
        for name, outcome in report.items():
            if outcome != self._last.get(name, OK):
                log.log(logging.INFO if outcome == OK else logging.ERROR, "readiness: %s: %s", name, outcome)
        self._last = report
        return report


def _outcome(check: Check) -> str:
    try:
        check()
    except CheckFailed as failure:
        return str(failure)
    return OK
