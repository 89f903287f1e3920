"""The ninety minutes."""

from __future__ import annotations

from workshop.rehearsal import agenda, schedule


def test_the_parts_fill_the_talk() -> None:
    assert sum(part.minutes for part in agenda.PARTS) == agenda.TOTAL_MINUTES == 90


def test_parts_begin_when_the_talk_was_planned_to() -> None:
    assert [start for start, _ in agenda.timetable()] == [
        "00:00", "00:10", "00:20", "00:30", "00:40", "00:50", "00:55", "01:05", "01:10", "01:15", "01:20", "01:25",
    ]  # fmt: skip


def test_a_notebook_has_as_long_as_its_part() -> None:
    shown = {part.notebook: part.minutes * 60 for part in agenda.PARTS if part.notebook}
    assert shown == {book.number: book.budget_seconds for book in schedule.STORY}
    assert all(book.budget_seconds is None for book in (*schedule.SETUP, schedule.TEARDOWN))


def test_each_part_of_the_demonstration_has_its_own_recording() -> None:
    recordings = [part.video for part in agenda.PARTS if part.notebook]
    assert all(recordings)
    assert len(set(recordings)) == len(recordings)
    assert not any(part.video for part in agenda.PARTS if not part.notebook)
