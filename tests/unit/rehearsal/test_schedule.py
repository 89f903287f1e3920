"""The plan of the talk."""

from __future__ import annotations

import pytest

from workshop.errors import WorkshopError
from workshop.rehearsal import schedule


def test_the_budgets_are_the_runbooks() -> None:
    budgets = {notebook.number: notebook.budget_seconds for notebook in schedule.ALL}
    assert budgets == {
        0: None, 1: None, 2: None, 3: None, 4: 600, 5: 300, 6: 300, 7: 300, 8: 300, 9: None,
    }  # fmt: skip


def test_files_carry_their_numbers_in_order() -> None:
    assert [notebook.file[:2] for notebook in schedule.ALL] == [f"{number:02}" for number in range(10)]


def test_a_rehearsal_leaves_everything_standing() -> None:
    assert [notebook.number for notebook in schedule.select()] == list(range(9))


def test_from_and_only_choose() -> None:
    assert [notebook.number for notebook in schedule.select(start=6)] == [6, 7, 8]
    assert [notebook.number for notebook in schedule.select(only=[7, 5])] == [5, 7]


@pytest.mark.parametrize("wanted", [{"start": 9}, {"only": [3, 12]}, {"start": -1}])
def test_what_is_not_there_is_refused(wanted: dict[str, object]) -> None:
    with pytest.raises(WorkshopError, match="não tem o notebook"):
        schedule.select(**wanted)  # type: ignore[arg-type]


def test_every_notebook_has_a_limit_beyond_its_budget() -> None:
    for notebook in schedule.ALL:
        assert notebook.limit_seconds > (notebook.budget_seconds or 0)
