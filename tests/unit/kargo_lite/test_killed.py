"""kargo-lite is killed at every step of a promotion, and comes back: with its files, or without them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable

import pytest
from test_rollback_in_git import GitWorld

from workshop.kargo_lite.settings import Settings
from workshop.kargo_lite.steps import Runner, StepContext, StepResult

FORWARD = ("clone", "clear", "set-image", "render", "commit", "push", "sync", "wait", "remember")
BACK = tuple(f"rollback{step}" for step in ("", "-clear", "-copy", "-commit", "-push", "-sync", "-wait"))
MOMENTS = ("before", "after")


class Killed(BaseException):
    """No step and no reconciler sees it coming."""


class Fragile(GitWorld):
    """A World that ends once, before or after a certain step has done its work."""

    deadly: tuple[str, str] | None = None

    def __init__(self, forge: str, settings: Settings) -> None:
        super().__init__(forge, settings)
        self.begun: list[str] = []
        self.runners = {kind: Runner(self.around(runner.run), runner.timeout) for kind, runner in self.runners.items()}

    def around(self, run: Callable[[StepContext], StepResult]) -> Callable[[StepContext], StepResult]:
        def step(context: StepContext) -> StepResult:
            name = context.alias.removeprefix("promote::")
            self.begun.append(name)
            self.die(name, "before")
            result = run(context)
            self.die(name, "after")
            return result

        return step

    def die(self, name: str, moment: str) -> None:
        if self.deadly == (name, moment):
            self.deadly = None
            raise Killed

    def survive(self, *, files: bool) -> None:
        """Go on until the end, through one death."""
        deadly = self.deadly
        with contextlib.suppress(Killed):
            self.go()
        assert deadly, "nothing was to happen"
        assert self.deadly is None, f"{deadly} was never reached"
        if not files:
            shutil.rmtree(self.settings.work_dir)
        self.begun.clear()
        self.go()


@pytest.fixture
def world(forge: str, settings: Settings) -> Fragile:
    return Fragile(forge, settings)


@pytest.mark.parametrize("files", [True, False], ids=["files-kept", "files-lost"])
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", FORWARD)
def test_a_promotion_ends_well_and_is_committed_once(world: Fragile, step: str, moment: str, files: bool) -> None:
    world.deadly = (step, moment)
    world.new_freight("aaaa0001")
    world.survive(files=files)
    assert world.phases("dev") == ["Succeeded"]
    assert world.history() == ["dev: aaaa0001", "Initial commit"]
    assert world.stage("dev")["status"]["metadata"]["lastGoodCommit"]
    assert world.ready("dev") == ("True", "Verified")
    if files:  # what was done before is not done again
        assert world.begun == list(FORWARD[FORWARD.index(step) :])


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", BACK)
def test_a_rollback_is_finished_and_committed_once(world: Fragile, step: str, moment: str) -> None:
    world.new_freight("aaaa0001")
    world.go()
    world.outcome = {"promote::sync": "Failed"}
    world.deadly = (step, moment)
    world.new_freight("bbbb0002")
    world.survive(files=True)
    assert world.phases("dev") == ["Succeeded", "Errored"]
    assert world.history()[:-1] == ["ROLLBACK dev: bbbb0002 não ficou saudável", "dev: bbbb0002", "dev: aaaa0001"]
    assert world.served() == "tag: aaaa0001"


@pytest.mark.parametrize("step", ["rollback-clear", "rollback-push", "rollback-sync"])
def test_a_rollback_without_its_files_begins_again_and_ends_the_same(world: Fragile, step: str) -> None:
    world.new_freight("aaaa0001")
    world.go()
    world.outcome = {"promote::sync": "Failed"}
    world.deadly = (step, "after")
    world.new_freight("bbbb0002")
    world.survive(files=False)
    assert world.phases("dev") == ["Succeeded", "Errored"]
    assert world.history()[0].startswith("ROLLBACK dev: bbbb0002")
    assert world.served() == "tag: aaaa0001"
