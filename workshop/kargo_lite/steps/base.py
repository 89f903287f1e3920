"""What every step is made of.

A step is a function from its context to a result. It raises StepError when it cannot do its work, and
answers ``Running`` when it has to wait for something: it is then called again once that has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..kube import Kube
from ..objects import Object
from ..settings import Settings


class StepError(Exception):
    """The step did not work. ``terminal`` means that trying again is of no use, whatever ``retry`` says."""

    def __init__(
        self,
        message: str,
        *,
        terminal: bool = False,
        status: str = "Errored",
        output: Object | None = None,
    ) -> None:
        super().__init__(message)
        self.terminal = terminal
        self.status = status
        self.output = output


@dataclass(frozen=True)
class StepContext:
    """All that a step may know and touch."""

    kube: Kube
    settings: Settings
    project: str
    stage: str
    promotion: str
    actor: str
    alias: str
    work_dir: Path
    config: Object
    state: Object = field(default_factory=dict)

    def path(self, relative: str) -> Path:
        """A path inside the promotion's working directory; nothing leads out of it."""
        root = self.work_dir.resolve()
        resolved = (root / relative.lstrip("/")).resolve()
        if not resolved.is_relative_to(root):
            raise StepError(f"path {relative} leads out of the working directory", terminal=True, status="Failed")
        return resolved


@dataclass(frozen=True)
class StepResult:
    """What came of a step; the output is for later steps to read.

    **retry_after**: seconds until a step that polls would like to be called again.
    """

    status: str = "Succeeded"
    message: str = ""
    output: Object | None = None
    health_check: Object | None = None
    retry_after: float = 0.0


@dataclass(frozen=True)
class Runner:
    """A step's function and the time it gets when its ``retry`` says nothing (0: as long as it takes)."""

    run: Callable[[StepContext], StepResult]
    timeout: float = 0.0
