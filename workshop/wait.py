"""One way to wait: for a visible reason, with a limit, and a diagnosis when the limit runs out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from workshop.errors import WorkshopError

Value = TypeVar("Value")
HEARTBEAT_SECONDS = 15.0
"""A wait says at least this often that it still waits, and for what."""


def until(
    reason: str,
    probe: Callable[[], Value | None],
    *,
    limit: float,
    every: float = 0.5,
    diagnosis: Callable[[], str] | None = None,
    fix: str = "",
    report: Callable[[str], None] = print,
) -> Value:
    """Ask `probe` until it returns something true, and return that.

    **reason**: what is waited for, as the audience should read it.
    **limit**, **every**: seconds.
    **diagnosis**: called when the limit runs out; its text (events, conditions, log lines) goes into the error.

    Raises `WorkshopError` when the limit runs out. Errors of the probe are not swallowed: a probe that may fail for
    a while says so by returning None.
    """
    started = time.monotonic()
    spoken = started
    announced = False
    while True:
        value = probe()
        now = time.monotonic()
        if value:
            if announced:
                report(f"✓ {reason} ({now - started:.0f} s)")
            return value
        if now - started > limit:
            raise WorkshopError(
                f"Still not so after {limit:.0f} s: {reason}.",
                fix=fix,
                details=diagnosis() if diagnosis else "",
            )
        if not announced and now - started > 1.0:
            announced = True
            report(f"… {reason}")
        if now - spoken > HEARTBEAT_SECONDS:
            spoken = now
            report(f"… {reason} ({now - started:.0f} s of at most {limit:.0f} s)")
        time.sleep(every)
