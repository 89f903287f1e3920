"""Order of the suite: fast tests, then the live ones phase by phase (`tests/live/phases.py`)."""

from __future__ import annotations

from pathlib import Path

import pytest

LIVE = Path(__file__).parent / "live"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reuse", action="store_true", help="look at the latest rehearsal instead of making one")
    parser.addoption("--keep", action="store_true", help="leave the workshop standing after the live tests")
    parser.addoption("--soak", action="store_true", help="also the live tests that measure, and take long for it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--soak"):
        left_out = [item for item in items if item.get_closest_marker("soak")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
    for item in items:
        if LIVE in item.path.parents:
            item.add_marker("live")
            # A warning in its fortieth minute is listed at the end, and does not cost the run.
            item.add_marker(pytest.mark.filterwarnings("default"))
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("live") is None:
        return 0
    phase = item.get_closest_marker("phase")
    if phase is None:
        raise pytest.UsageError(f"{item.nodeid}: say what it needs, with pytest.mark.phase (tests/live/phases.py)")
    return int(phase.args[0])


def pytest_runtest_setup(item: pytest.Item) -> None:
    # A rehearsal takes minutes; where the fast tests already fail, its answer is of no interest.
    session = item.session
    if session.testsfailed and item.get_closest_marker("live") and not getattr(session, "live_began", False):
        session.shouldfail = "the fast tests failed; the live ones were not started"
        pytest.skip("not started: the fast tests failed")
    if item.get_closest_marker("live"):
        session.live_began = True  # type: ignore[attr-defined]
