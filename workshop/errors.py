"""Errors for people: what happened, and the command or change that fixes it."""

from __future__ import annotations

from typing import Final

FAILED: Final = "✗"
"""What stands before what happened, wherever an error is shown."""
FIX: Final = "→"
"""What stands before the command that helps."""


class WorkshopError(Exception):
    """A failure that a person can act on.

    **message**: what happened and why, one or two sentences.
    **fix**: the command or change that repairs it, or an empty string where there is none.
    **details**: lines that help to understand it (events, conditions, log lines).
    """

    def __init__(self, message: str, fix: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.details = details

    def parts(self) -> tuple[str, str, str]:
        """How it is shown, on a terminal and in a notebook: what happened, the details, what repairs it; or nothing."""
        return f"{FAILED} {self.message}", self.details, f"{FIX} {self.fix}" if self.fix else ""

    def __str__(self) -> str:
        return "\n".join(filter(None, self.parts()))

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a stack trace: in a notebook the sentence is what helps."""
        return str(self).splitlines()
