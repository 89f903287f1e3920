"""What is promoted where, and how far that has come."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from .objects import Object, part_of


@dataclass(frozen=True)
class Move:
    """A Promotion, the Stage that it is for, and the Freight that it brings there."""

    promotion: Object
    stage: Object
    target: Object


@dataclass
class Progress:
    """How far a Promotion has come; the part of its status that running steps changes."""

    phase: str = "Running"
    message: str = ""
    current_step: int = 0
    metadata: list[Object] = field(default_factory=list)
    state: Object = field(default_factory=dict)
    health_checks: list[Object] = field(default_factory=list)

    @classmethod
    def of(cls, status: Object) -> Progress:
        """Read it from a Promotion's status."""
        status = copy.deepcopy(status)
        return cls(
            phase=status.get("phase", "Running"),
            current_step=status.get("currentStep") or 0,
            metadata=status.get("stepExecutionMetadata") or [],
            state=part_of(status, "state"),
            health_checks=status.get("healthChecks") or [],
        )

    def into(self, status: Object) -> None:
        """Write it to a Promotion's status."""
        status |= {
            "phase": self.phase,
            "message": self.message or None,
            "currentStep": self.current_step or None,
            "stepExecutionMetadata": self.metadata,
            "state": self.state,
            "healthChecks": self.health_checks or None,
        }
