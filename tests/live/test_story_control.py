"""Any point of the story from any other, and back to its start: where does that end, and how long does it take?

Runs after everything that looks at what the rehearsal has left, and before all notebooks run again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.live.conftest import REHEARSAL_LIMIT_SECONDS, Rehearsal, listed
from tests.live.phases import Phase
from workshop import paths, registry, voice
from workshop import settings as config
from workshop.board.visitor import served_version
from workshop.services import forge
from workshop.story import course, demo, points, repository

pytestmark = [pytest.mark.phase(Phase.MOVES_THE_STORY), pytest.mark.timeout(REHEARSAL_LIMIT_SECONDS)]

UNFRIENDLY: Final = (8, 6)
"""Far ahead, and back over approvals. The others come after an interruption, and with all notebooks (test_nbval)."""
PROMOTED: Final = {4: (), 5: (), 6: ("dev",), 7: ("dev", "stg"), 8: ("dev", "stg", "prod")}
"""The Stages that have the new version when a notebook starts."""
RESET_SECONDS: Final = 20.0
BUSY_FACTOR: Final = 2.5
"""What a reset may take on a quiet machine; and how much more where two cores are busy with something else too."""
INTERRUPTED: Final = 130


@pytest.fixture(autouse=True)
def _after_a_good_rehearsal(rehearsal: Rehearsal) -> None:
    if rehearsal.exit_code:
        pytest.skip("the rehearsal failed; there is no story to move about in")


@pytest.fixture(name="tell")
def fixture_tell(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[str], None]]:
    """Show a line at once, also what the workshop says: all of this takes minutes."""

    def tell(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)

    with voice.heard_by(tell):
        yield tell


def open_pull_requests() -> list[Any]:
    return forge.checked("GET", f"{repository.PATH}/pulls", params={"state": "open"})


def served() -> dict[str, str]:
    """What a visitor of each environment is told."""
    return {environment: served_version(environment) for environment in config.ENVIRONMENTS}


def assert_at(number: int) -> None:
    """Forge, registry, Kargo and the application all say that notebook `number` can start."""
    first, head = repository.first()[:8], repository.head()[:8]
    assert repository.merged() == ({course.UPDATE} if number > points.FIRST_OF_DEMO else set())
    assert (head == first) is (number == points.FIRST_OF_DEMO)
    assert open_pull_requests() == []
    for image in config.APP_IMAGES:
        assert set(registry.local().tags(image)) == {first, head}
    found = served()
    if number == 5:
        # dev takes the new version by itself; whether it has it yet is what the notebook watches.
        assert found.pop("dev") in (first, head)
    assert found == {stage: head if stage in PROMOTED[number] else first for stage in found}
    assert not paths.RESETTING.exists()


@pytest.mark.parametrize("number", UNFRIENDLY)
def test_it_gets_there(number: int, tell: Callable[[str], None], record_property: Callable[[str, Any], None]) -> None:
    tell(f"\n→ {number:02d}")
    started = time.monotonic()
    points.reach(number)
    record_property("seconds", round(time.monotonic() - started, 1))
    assert_at(number)


def test_a_second_time_it_only_looks(tell: Callable[[str], None]) -> None:
    """After the last of the others."""
    before = {item["metadata"]["name"] for item in listed("promotions")}
    points.reach(UNFRIENDLY[-1])
    assert {item["metadata"]["name"] for item in listed("promotions")} == before
    assert_at(UNFRIENDLY[-1])


@pytest.mark.soak
def test_a_reset_from_the_end_of_the_talk_is_quick(
    tell: Callable[[str], None], record_property: Callable[[str, Any], None]
) -> None:
    """All three environments have to change their version: it cannot be further away."""
    points.reach(8)
    busy = os.getloadavg()[0] > 0.75 * (os.cpu_count() or 1)
    started = time.monotonic()
    demo.reset()
    seconds = time.monotonic() - started
    limit = RESET_SECONDS * (BUSY_FACTOR if busy else 1)
    record_property("seconds", round(seconds, 1))
    tell(f"reset: {seconds:.1f} s of {limit:.0f} s{' (a busy machine)' if busy else ''}")
    assert_at(points.FIRST_OF_DEMO)
    by_stage = [item["spec"]["stage"] for item in listed("promotions")]
    assert sorted(by_stage) == sorted(config.ENVIRONMENTS), "one promotion each, and nothing of before"
    assert seconds <= limit


@pytest.mark.parametrize(
    ("arguments", "after", "number"),
    [(("reset",), 2.0, 4), (("reset",), 6.0, 4), (("goto", "05"), 5.0, 5), (("goto", "07"), 3.0, 7)],
    ids=["reset, early", "reset, late", "in CI", "in a promotion"],
)
def test_what_was_interrupted_goes_on_with_the_same_command(
    arguments: tuple[str, ...], after: float, number: int, tell: Callable[[str], None]
) -> None:
    command = [str(Path(sys.executable).with_name("workshop")), *arguments]
    tell(f"\n$ workshop {' '.join(arguments)}   # and Ctrl-C after {after:.0f} s")
    with subprocess.Popen(command, cwd=paths.ROOT, text=True, stdout=subprocess.PIPE) as process:
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=120)
    tell(output.rstrip())
    assert process.returncode in (INTERRUPTED, 0)
    points.reach(number)
    assert_at(number)
