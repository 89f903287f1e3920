"""The cases of tests/live/kargo can be read, and matching says what is wrong."""

from __future__ import annotations

import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.live.kargo import language
from tests.live.kargo.matching import mismatches
from tests.live.kargo.outage import Outage
from tests.live.kargo.world import filled

CASES = language.cases()
ATLEAST = 40


def test_there_are_enough_cases_and_each_has_a_name_of_its_own() -> None:
    assert len({case.id for case in CASES}) == len(CASES) >= ATLEAST


def test_cases_that_are_killed_together_are_killed_once_each() -> None:
    """A second kill of one of them would hit the others wherever they are."""
    together = [case for case in CASES if case.alone == "together"]
    assert len(together) > 1
    for case in together:
        assert len([step for step in case.story if "kill" in step]) == 1, case.id


def test_an_outage_comes_when_the_last_has_come_to_it() -> None:
    seen: list[str] = []
    outage = Outage(lambda: seen.append("killed"), 3)
    with ThreadPoolExecutor(2) as two:
        waiting = [two.submit(outage.wait, 10) for _ in range(2)]
        with pytest.raises(TimeoutError):
            waiting[0].result(timeout=0.2)
        assert seen == []
        outage.leave()
        for one in waiting:
            one.result(timeout=10)
    assert seen == ["killed"]


def test_without_anybody_left_there_is_no_outage() -> None:
    seen: list[str] = []
    outage = Outage(lambda: seen.append("killed"), 2)
    outage.leave()
    outage.leave()
    assert seen == []


def test_who_does_not_come_is_waited_for_so_long() -> None:
    outage = Outage(lambda: None, 2)
    with pytest.raises(AssertionError, match="1 cases have not come"):
        outage.wait(0.1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_step_is_a_verb_with_options_that_it_knows(case: language.Case) -> None:
    assert case.only in ("", "lite", "real")
    assert case.story
    for step in case.story:
        (verb, about), *options = step.items()
        method = language.Story.verbs()[verb]
        inspect.signature(method).bind(None, about, **language.python_names(dict(options)))


@pytest.mark.parametrize(
    ("expected", "actual", "problem"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, ""),
        ({"a": 1}, {"a": 2}, "a: expected 1, found 2"),
        ({"a": "12345678"}, {"a": 12345678}, "a: expected '12345678', found 12345678"),
        ({"a": True}, {"a": 1}, "a: expected True, found 1"),
        ({"a": {"b": 1}}, {}, "a.b: expected 1, found nothing"),
        ({"a": {"b": "absent"}}, {}, ""),
        ({"a": "absent"}, {"a": {}}, ""),
        ({"a": "absent"}, {"a": 0}, "a: expected nothing, found 0"),
        ({"a": "present"}, {"a": ""}, "a: expected something, found nothing"),
        ({"a": "/x+/"}, {"a": "xx"}, ""),
        ({"a": "/x+/"}, {"a": "y"}, "a: expected /x+/, found 'y'"),
        ([{"a": 1}], [{"a": 1, "b": 2}], ""),
        ([1], [1, 2], ": expected [1], found [1, 2]"),
        ({"Ready": "True"}, [{"type": "Ready", "status": "True"}], ""),
        (
            {"Ready": "True"},
            [{"type": "Ready", "status": "False"}],
            "Ready.status: expected 'True', found 'False'",
        ),
        ({"Ready": "absent"}, [{"type": "Healthy", "status": "True"}], ""),
        ({"push": {"status": "Succeeded"}}, [{"alias": "push", "status": "Succeeded"}], ""),
    ],
)
def test_matching(expected: Any, actual: Any, problem: str) -> None:
    assert mismatches(expected, actual) == ([problem] if problem else [])


def test_placeholders() -> None:
    value = {"<a>": ["x <b:c d> y", 1]}
    assert filled(value, lambda name, argument: f"[{name}|{argument}]") == {"[a|]": ["x [b|c d] y", 1]}
