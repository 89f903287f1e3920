"""Kargo, real or lite, told the same stories: every case of `cases/`, six at a time.

WORKSHOP_KARGO=real make test-kargo      # the same on real Kargo
pytest tests/live/kargo --reuse -k rollback
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest

from tests.live.kargo import language, world
from tests.live.kargo.outage import Outage
from tests.live.phases import Phase
from workshop import environment

pytestmark = pytest.mark.phase(Phase.BESIDE)

AT_A_TIME = 6
CASES = language.cases()


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[None]]]:
    """The cases that were asked for, under way; those that disturb others come after them."""
    if not request.config.getoption("--reuse"):
        request.getfixturevalue("rehearsal")
    language.make_argocd_project()
    kind = "lite" if world.is_lite() else "real"
    asked = {item.name for item in request.session.items if item.path == request.path}
    chosen = [case for case in CASES if f"test_case[{case.id}]" in asked and case.only in ("", kind)]
    # The longest first, so that none of them is left for the end.
    chosen.sort(key=lambda case: not case.id.startswith("rollback"))
    crowded = [case for case in chosen if not case.alone]
    held = [case for case in chosen if case.alone == "together"]
    single = [case for case in chosen if case.alone is True]
    outage = Outage(world.World().kill_controller, len(held))
    around = environment.variables()
    with (
        pytest.MonkeyPatch.context() as patch,
        ThreadPoolExecutor(AT_A_TIME) as crowd,
        ThreadPoolExecutor(len(held) or 1) as everybody,
        ThreadPoolExecutor(1) as one,
    ):
        # pytest sets and removes a variable with each test, and a copy that a thread makes just then fails.
        patch.setattr(environment, "variables", lambda: around)
        running = {case.id: crowd.submit(language.play, case) for case in crowded}
        before = list(running.values())
        running |= {case.id: everybody.submit(play_after, before, case, outage) for case in held}
        before = list(running.values())
        running |= {case.id: one.submit(play_after, before, case) for case in single}
        yield running
        for future in running.values():
            future.cancel()
    language.leave_nothing()


def play_after(others: Sequence[Future[None]], case: language.Case, outage: Outage | None = None) -> None:
    """Play a case once the others have ended, well or not."""
    wait(others)
    language.play(case, outage)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: language.Case, outcomes: dict[str, Future[None]]) -> None:
    if case.id not in outcomes:
        pytest.skip(f"about Kargo {case.only} alone")
    outcomes[case.id].result()
