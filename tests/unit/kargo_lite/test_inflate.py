"""A Stage's template and its task become the steps of a Promotion."""

from __future__ import annotations

import re

import pytest
from fakes import FakeKube

from workshop.kargo_lite.inflate import InflateError, inflate, promotion_name


def test_steps_are_those_that_kargo_wrote(gitops: dict, promotions: dict[str, dict]) -> None:
    kube = FakeKube(gitops["PromotionTask", "promote"])
    steps, variables = inflate(kube, gitops["Stage", "dev"])
    assert steps == promotions["succeeded"]["spec"]["steps"]
    assert variables == []


def test_names_are_kargos_and_sort_by_time() -> None:
    many = [promotion_name("dev", "71de5dce59dd") for _ in range(1000)]
    assert many == sorted(many)
    assert len(set(many)) == 1000
    assert re.fullmatch(r"dev\.[0-9a-hjkmnp-tv-z]{26}\.71de5dc", many[0])


def test_vars_of_stage_and_step_win_over_the_tasks_own() -> None:
    task = {
        "kind": "PromotionTask",
        "metadata": {"name": "t", "namespace": "p"},
        "spec": {
            "vars": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}, {"name": "c"}],
            "steps": [{"uses": "git-clear", "config": {"path": "x"}, "vars": [{"name": "own", "value": "3"}]}],
        },
    }
    stage = {
        "metadata": {"name": "dev", "namespace": "p"},
        "spec": {
            "vars": [{"name": "a", "value": "stage"}],
            "promotionTemplate": {
                "spec": {"steps": [{"task": {"name": "t"}, "vars": [{"name": "c", "value": "step"}]}]}
            },
        },
    }
    steps, variables = inflate(FakeKube(task), stage)
    assert variables == [{"name": "a", "value": "stage"}]
    assert steps[0]["as"] == "task-1::step-1"
    assert [(v["name"], v["value"]) for v in steps[0]["vars"]] == [("b", "2"), ("c", "step"), ("own", "3")]

    stage["spec"]["promotionTemplate"]["spec"]["steps"][0].pop("vars")
    with pytest.raises(InflateError, match='missing value for variable "c"'):
        inflate(FakeKube(task), stage)


def test_missing_task() -> None:
    stage = {
        "metadata": {"name": "dev", "namespace": "p"},
        "spec": {"promotionTemplate": {"spec": {"steps": [{"task": {"name": "nope"}, "as": "x"}]}}},
    }
    with pytest.raises(InflateError, match=r'task "nope" \("x"\): .* not found'):
        inflate(FakeKube(), stage)
