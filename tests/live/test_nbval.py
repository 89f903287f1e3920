"""After everything else: every notebook runs once more, alone and in an odd order, and says what it said."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

from tests import comparison
from tests.live.conftest import REHEARSAL_LIMIT_SECONDS, Rehearsal
from tests.live.phases import Phase
from workshop import settings as config
from workshop.rehearsal import schedule

pytestmark = [pytest.mark.phase(Phase.ALL_NOTEBOOKS), pytest.mark.timeout(REHEARSAL_LIMIT_SECONDS)]
ORDER: Final = (8, 5, 0, 7, 3, 4, 2, 6, 1)
"""Back to before a merge, forward over approvals, the set-up in between: none may lean on the one before it."""
RIGHT, WRONG = f"v{config.versions()['tools']['helm']['version']}", "v0.0.1"
"""What notebook 00 shows of helm, and what it does not."""


@pytest.fixture(autouse=True)
def _after_a_good_rehearsal(rehearsal: Rehearsal) -> None:
    if rehearsal.exit_code:
        pytest.skip("the rehearsal failed; what a second run says is of no interest")


def test_every_notebook_runs_again_and_says_the_same(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    known = {notebook.number: notebook.path for notebook in schedule.REHEARSAL}
    assert set(ORDER) == set(known)
    notebooks = [known[number] for number in ORDER]
    # nbval tells of each cell when it ends: that is shown at once, for all of them take minutes.
    with capfd.disabled():
        outcome = comparison.run(notebooks, tmp_path, REHEARSAL_LIMIT_SECONDS)
    assert outcome.failures == ()
    assert outcome.exit_code == 0
    assert outcome.passed == sum(len(comparison.code_cells(notebook)) for notebook in notebooks)


def test_a_wrong_stored_output_turns_it_red(tmp_path: Path) -> None:
    copy = Path(shutil.copy(schedule.SETUP[0].path, tmp_path))
    text = copy.read_text(encoding="utf-8")
    assert text.count(RIGHT) == 1
    copy.write_text(text.replace(RIGHT, WRONG), encoding="utf-8")
    outcome = comparison.run([copy], tmp_path, REHEARSAL_LIMIT_SECONDS)
    assert outcome.exit_code == 1
    (failure,) = outcome.failures
    assert "Cell outputs differ" in failure
    assert WRONG in failure
