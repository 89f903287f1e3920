"""The words for the steps are those of the task that Kargo runs."""

from __future__ import annotations

import yaml

from workshop import paths
from workshop.kargo import task
from workshop.kargo.objects import Step

_TASK = yaml.safe_load((paths.GITOPS / "kargo" / "promotiontask.yaml").read_text(encoding="utf-8"))
NAMES = [step["as"] for step in _TASK["spec"]["steps"]]


def test_every_step_of_the_task_has_its_words() -> None:
    assert list(task.STEPS) == NAMES
    assert all(words.short and words.sentence for words in task.STEPS.values())


def test_the_way_back_begins_where_its_names_do() -> None:
    back = [name for name in NAMES if Step(name).is_way_back]
    assert back == NAMES[NAMES.index(task.ROLLBACK) :]


def test_the_steps_that_commit_are_those_that_kargo_commits_in() -> None:
    assert [step["as"] for step in _TASK["spec"]["steps"] if step["uses"] == "git-commit"] == list(task.COMMITS)


def test_a_step_of_another_task_has_words_too() -> None:
    assert task.words("dance").sentence == "o Kargo executa os passos do Stage"
