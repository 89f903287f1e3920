"""Errors for people: what happened, and the command or change that fixes it."""

from __future__ import annotations

FIX = "→"
"""What stands before the command that helps, wherever an error is shown."""


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

    def __str__(self) -> str:
        parts = [self.message]
        if self.details:
            parts.append(self.details)
        if self.fix:
            parts.append(f"{FIX} {self.fix}")
        return "\n".join(parts)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a stack trace: in a notebook the sentence is what helps."""
        return str(self).splitlines()
