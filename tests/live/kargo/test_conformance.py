"""Kargo, real or lite, told the same stories: every case of `cases/`, six at a time.

WORKSHOP_KARGO=real make test-kargo      # the same on real Kargo
pytest tests/live/kargo --reuse -k rollback
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.live.kargo import language, world
from workshop import shell

AT_A_TIME = 6
CASES = language.cases()


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[None]]]:
    """The cases that were asked for, under way; those that disturb others come after them, one by one."""
    if not request.config.getoption("--reuse"):
        request.getfixturevalue("rehearsal")
    language.make_argocd_project()
    kind = "lite" if world.is_lite() else "real"
    asked = {item.name for item in request.session.items if item.path == request.path}
    chosen = [case for case in CASES if f"test_case[{case.id}]" in asked and case.only in ("", kind)]
    # The longest first, so that none of them is left for the end.
    chosen.sort(key=lambda case: not case.id.startswith("rollback"))
    around = shell.environment()
    with (
        pytest.MonkeyPatch.context() as patch,
        ThreadPoolExecutor(AT_A_TIME) as crowd,
        ThreadPoolExecutor(1) as single,
    ):
        # pytest sets and removes a variable with each test, and a copy that a thread makes just then fails.
        patch.setattr(shell, "environment", lambda: around)
        running = {case.id: crowd.submit(language.play, case) for case in chosen if not case.alone}
        before = list(running.values())

        def play_alone(case: language.Case) -> None:
            for other in before:
                other.exception()
            language.play(case)

        running |= {case.id: single.submit(play_alone, case) for case in chosen if case.alone}
        yield running
        for future in running.values():
            future.cancel()
    language.leave_nothing()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: language.Case, outcomes: dict[str, Future[None]]) -> None:
    if case.id not in outcomes:
        pytest.skip(f"about Kargo {case.only} alone")
    outcomes[case.id].result()
