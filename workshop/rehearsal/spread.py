"""How much the time of the same notebook differs from one rehearsal to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from workshop.rehearsal.report import PASSED, Report


@dataclass(frozen=True)
class Spread:
    """The seconds of one notebook in several rehearsals, in their order, without what was cold.

    **ran**: in how many rehearsals it was started; **seconds** has those in which it ran to its end.
    """

    name: str
    budget_seconds: int | None
    ran: int
    seconds: tuple[float, ...]

    @property
    def lowest(self) -> float:
        """The shortest run; 0 where none ended."""
        return min(self.seconds, default=0.0)

    @property
    def middle(self) -> float:
        """The median; 0 where none ended."""
        return median(self.seconds) if self.seconds else 0.0

    @property
    def highest(self) -> float:
        """The longest run; 0 where none ended."""
        return max(self.seconds, default=0.0)

    @property
    def over_budget(self) -> bool:
        """Whether the longest run was too long for the talk."""
        return self.budget_seconds is not None and self.highest > self.budget_seconds


def per_notebook(reports: Iterable[Report]) -> list[Spread]:
    """The spread of each notebook that these rehearsals have, in the order of the talk."""
    reports = list(reports)
    found: dict[str, Spread] = {}
    for result in (result for report in reports for result in report.notebooks if result.started):
        known = found.get(result.name, Spread(result.name, result.budget_seconds, 0, ()))
        ended = (result.talk_seconds,) if result.status == PASSED else ()
        found[result.name] = Spread(result.name, result.budget_seconds, known.ran + 1, (*known.seconds, *ended))
    return [found[name] for name in sorted(found)]


def of_the_whole(reports: Sequence[Report]) -> Spread:
    """The spread of all notebooks together; only rehearsals in which each of them ran to its end count."""
    whole = [report.seconds - report.cold_seconds for report in reports if report.is_complete]
    return Spread("total", None, len(reports), tuple(whole))
