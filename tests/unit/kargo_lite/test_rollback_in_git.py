"""The way back, in a real git repository: the Promotion task of gitops/kargo with a sync that fails.

Takes one step out of gitops/kargo/promotiontask.yaml (the push of the ROLLBACK commit, say), and this turns red.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from conftest import git
from test_story import World

from workshop.kargo_lite.settings import Settings
from workshop.kargo_lite.steps import RUNNERS, Runner, StepContext, StepResult

GITOPS = Path(__file__).parents[3] / "gitops" / "kargo"
REAL_STEPS = ("git-clone", "git-clear", "git-commit", "git-push", "copy", "set-metadata")


def applied(forge: str) -> dict[tuple[str, str], dict]:
    """What `make up` applies, with a repository on this disk."""
    files = [*GITOPS.glob("*.yaml"), *(GITOPS / "stages").glob("*.yaml")]
    documents = [document for file in files for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))]
    found = {(document["kind"], document["metadata"]["name"]): document for document in documents}
    task_vars = {var["name"]: var for var in found["PromotionTask", "promote"]["spec"]["vars"]}
    task_vars["gitRepo"]["value"] = forge
    return found


class GitWorld(World):
    """A World whose commits are real; rendering writes the tag that was set, and nothing else."""

    def __init__(self, forge: str, settings: Settings) -> None:
        super().__init__(applied(forge), settings)
        self.forge = Path(forge)
        self.runners |= {kind: RUNNERS[kind] for kind in REAL_STEPS}
        self.runners["kustomize-set-image"] = Runner(self.set_image)
        self.runners["kustomize-build"] = Runner(self.render)
        self.tag = ""

    def set_image(self, context: StepContext) -> StepResult:
        (self.tag,) = {image["tag"] for image in context.config["images"]}
        return StepResult()

    def render(self, context: StepContext) -> StepResult:
        (context.path(context.config["outPath"]) / "app.yaml").write_text(f"tag: {self.tag}\n")
        return StepResult()

    def new_freight(self, tag: str) -> str:
        name = super().new_freight(tag)
        item = self.kube.get("Freight", name, "image-promotion")
        for image in item["images"]:
            image["repoURL"] = image["repoURL"].replace("5001/", "5001/image-promotion-")
        self.kube.store(item)
        return name

    def history(self) -> list[str]:
        return git(self.forge, "log", "--format=%s", "env/dev").splitlines()

    def served(self) -> str:
        return git(self.forge, "show", "env/dev:app.yaml")


@pytest.fixture
def world(forge: str, settings: Settings) -> GitWorld:
    return GitWorld(forge, settings)


def test_a_failed_sync_is_followed_by_a_rollback_commit_with_the_last_good_content(world: GitWorld) -> None:
    world.new_freight("aaaa0001")
    world.go()
    good = git(world.forge, "rev-parse", "env/dev")
    world.outcome = {"promote::sync": "Failed"}
    world.new_freight("bbbb0002")
    world.go()
    assert world.history()[0].startswith("ROLLBACK dev: bbbb0002")
    assert world.history()[1] == "dev: bbbb0002"
    assert world.served() == "tag: aaaa0001"
    assert git(world.forge, "rev-parse", "env/dev^{tree}") == git(world.forge, "rev-parse", f"{good}^{{tree}}")

    world.outcome = {}
    world.new_freight("cccc0003")
    world.go()
    assert world.history()[0] == "dev: cccc0003"
    assert world.served() == "tag: cccc0003"


def test_a_good_promotion_leaves_no_rollback(world: GitWorld) -> None:
    world.new_freight("12345678")  # all digits: a tag, not a number
    world.go()
    assert world.history()[0] == "dev: 12345678"
    assert not [subject for subject in world.history() if "ROLLBACK" in subject]
