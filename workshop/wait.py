"""One way to wait: for a visible reason, with a limit, and a diagnosis when the limit runs out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from workshop import voice
from workshop.errors import WorkshopError

Value = TypeVar("Value")
HEARTBEAT_SECONDS = 15.0
"""A wait says at least this often that it still waits, and for what."""
_UNANNOUNCED_SECONDS = 1.0
"""What takes no longer is not worth a line."""


def until(
    reason: str,
    probe: Callable[[], Value | None],
    *,
    limit: float,
    every: float = 0.5,
    diagnosis: Callable[[], str] | None = None,
    fix: str = "",
) -> Value:
    """Ask `probe` until it returns something true, and return that.

    **reason**: what is waited for, as the audience should read it, and never as if it were so already: `promoção de
    1a2b3c4d para stg`, not `a promoção terminou`.
    **limit**, **every**: seconds.
    **diagnosis**: called when the limit runs out; its text (events, conditions, log lines) goes into the error. Where
    it fails itself, its error goes there instead.

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
                voice.say(f"✓ {reason} ({now - started:.0f} s)")
            return value
        if now - started > limit:
            raise WorkshopError(
                f"Não aconteceu em {limit:.0f} s: {reason}.", fix=fix, details=_guarded(diagnosis) if diagnosis else ""
            )
        if not announced and now - started > _UNANNOUNCED_SECONDS:
            announced = True
            voice.say(f"… esperando: {reason}")
        if now - spoken > HEARTBEAT_SECONDS:
            spoken = now
            voice.say(f"… esperando: {reason} ({now - started:.0f} s de no máximo {limit:.0f} s)")
        time.sleep(every)


def _guarded(diagnosis: Callable[[], str]) -> str:
    """What the diagnosis says; where it fails, why: the time-out is what has to be told."""
    try:
        return diagnosis()
    except Exception as error:  # whatever it is, it is less than what has just run out
        return f"(sem diagnóstico: {error or type(error).__name__})"
