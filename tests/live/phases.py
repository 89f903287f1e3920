"""When a live test has its turn: all of them share one workshop, and what one leaves is what the next one finds.

Each live module says what it needs and leaves by `pytest.mark.phase(Phase.…)`; without that it is not collected.
"""

from __future__ import annotations

from enum import IntEnum


class Phase(IntEnum):
    """What a test finds, and what it leaves, in the order in which they run."""

    AS_REHEARSED = 1
    """Looks at what the rehearsal has left, and changes nothing."""
    BESIDE = 2
    """Makes what is its own (guests, branches, Projects) and takes it away again; the story stays where it is."""
    MOVES_THE_STORY = 3
    """Takes the story to other points, or its start."""
    ALL_NOTEBOOKS = 4
    """Runs every notebook once more."""
    MAKES_FAULTS = 5
    """Breaks parts of the workshop, and mends them."""
    TAKES_APART = 6
    """Leaves nothing."""
