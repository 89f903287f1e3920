"""Which objects a change is a reason to look at: every one that it may concern, and no more."""

from __future__ import annotations

import pytest
from conftest import PROJECT
from fakes import FakeKube

from workshop.kargo_lite import names
from workshop.kargo_lite.main import Operator
from workshop.kargo_lite.settings import Settings
from workshop.kargo_lite.workqueue import Key

DEV, PROMOTION = Key("Stage", PROJECT, "dev"), Key("Promotion", PROJECT, "dev.1")


@pytest.fixture(name="woken")
def fixture_woken(settings: Settings) -> Woken:
    return Woken(settings)


class Woken:
    """An operator whose queue only notes what was put into it, and how many seconds later it is due."""

    def __init__(self, settings: Settings) -> None:
        self.kube = FakeKube()
        self.operator = Operator(self.kube, settings)
        self.keys: dict[Key, float] = {}
        self.operator.queue.add = lambda key, after=0.0: self.keys.update({key: after})  # type: ignore[method-assign]

    def by(self, obj: dict, *, deleted: bool = False) -> dict[Key, float]:
        self.keys.clear()
        self.operator.on_change(obj, deleted=deleted)
        return self.keys


def stage(**status: object) -> dict:
    return {"kind": "Stage", "metadata": {"name": "dev", "namespace": PROJECT}, "status": status}


def promotion(phase: str = "", steps: int = 0) -> dict:
    status = {"phase": phase, "stepExecutionMetadata": [{"alias": "x"}] * steps}
    return {
        "kind": "Promotion",
        "metadata": {"name": "dev.1", "namespace": PROJECT, "uid": "1"},
        "spec": {"stage": "dev"},
        "status": status,
    }


APPLICATION = {
    "kind": "Application",
    "metadata": {
        "name": "dev-app",
        "namespace": "argocd",
        "annotations": {names.ANNOTATION_AUTHORIZED_STAGE: f"{PROJECT}:dev"},
    },
}


def test_an_application_concerns_its_stage_where_nothing_is_promoted(woken: Woken) -> None:
    woken.kube.store(stage())

    assert woken.by(APPLICATION) == {DEV: 0}


def test_an_application_concerns_the_promotion_that_waits_for_it_alone(woken: Woken) -> None:
    woken.kube.store(stage(currentPromotion={"name": "dev.1"}))

    assert woken.by(APPLICATION) == {PROMOTION: 0}


@pytest.mark.parametrize(("phase", "steps"), [("", 0), ("Pending", 0), ("Running", 0)])
def test_a_promotion_that_begins_concerns_its_stage(woken: Woken, phase: str, steps: int) -> None:
    assert woken.by(promotion(phase, steps)) == {DEV: 0, PROMOTION: 0}


def test_steps_on_the_way_concern_the_promotion_alone(woken: Woken) -> None:
    assert woken.by(promotion("Running", 3)) == {PROMOTION: 0}


@pytest.mark.parametrize("phase", sorted(names.TERMINAL_PHASES))
def test_a_promotion_that_has_ended_concerns_its_stage_alone(woken: Woken, phase: str) -> None:
    assert woken.by(promotion(phase, 3)) == {DEV: 0}


def test_a_promotion_that_is_deleted_on_its_way_concerns_its_stage(woken: Woken) -> None:
    assert DEV in woken.by(promotion("Running", 3), deleted=True)


def test_a_project_counts_once_for_several_changes_of_its_stages(woken: Woken) -> None:
    keys = woken.by(stage())

    assert keys.pop(Key("Project", "", PROJECT)) > 0
    assert keys == {DEV: 0}
