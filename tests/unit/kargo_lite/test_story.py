"""Warehouse, Stages and Promotions together, in memory: who wakes whom is the test's business, the rest is real."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from conftest import PROJECT
from fakes import FakeKube

from workshop.kargo_lite import conditions, freight, promotion, stage
from workshop.kargo_lite.admission_promotions import PromotionAdmission
from workshop.kargo_lite.settings import Settings
from workshop.kargo_lite.steps import RUNNERS, Runner, StepContext, StepError, StepResult

ORIGIN = {"kind": "Warehouse", "name": "app"}
REVISION = "a" * 40


class World:
    """A cluster with the recorded Stages, an Argo CD that does what it is told, and no clock."""

    def __init__(self, gitops: dict, settings: Settings) -> None:
        self.settings = settings
        self.kube = FakeKube(*(o for (kind, _), o in gitops.items() if kind not in ("Role", "RoleBinding")))
        self.admission = PromotionAdmission(self.kube, settings)
        self.kube.admit = lambda obj: self.admitted(obj, settings.username)
        self.outcome: dict[str, str] = {}
        self.ran: list[str] = []
        for name in ("dev", "stg", "prod"):
            self.application(name, "Healthy")
        self.runners = {kind: Runner(self.step) for kind in RUNNERS} | {
            "set-metadata": RUNNERS["set-metadata"],
            "argocd-update": Runner(self.sync, timeout=300),
        }

    def admitted(self, obj: dict, user: str) -> dict:
        request = {
            "operation": "CREATE",
            "namespace": PROJECT,
            "userInfo": {"username": user},
            "object": obj,
        }
        made = self.admission.mutate(request)
        self.admission.validate({**request, "object": made})
        return made

    def application(self, stage_name: str, health: str) -> None:
        self.kube.store(
            {
                "kind": "Application",
                "metadata": {"name": f"{stage_name}-app", "namespace": "argocd"},
                "spec": {"source": {"repoURL": "x"}},
                "status": {
                    "health": {"status": health},
                    "sync": {"revision": REVISION, "status": "Synced"},
                    "operationState": {"phase": "Succeeded", "finishedAt": "2026-01-01T00:00:00Z"},
                    "reconciledAt": "2026-01-01T00:00:00Z",
                },
            }
        )

    def step(self, context: StepContext) -> StepResult:
        self.ran.append(context.alias.removeprefix("promote::"))
        return StepResult(output={"commit": REVISION} if "commit" in context.alias else None)

    def sync(self, context: StepContext) -> StepResult:
        self.ran.append(context.alias.removeprefix("promote::"))
        outcome = self.outcome.get(context.alias, "Succeeded")
        if outcome == "Failed":
            raise StepError("one or more synchronization tasks completed unsuccessfully")
        app = {"name": f"{context.stage}-app", "namespace": "argocd", "desiredRevisions": [REVISION]}
        return StepResult(status=outcome, health_check={"uses": "argocd-update", "config": {"apps": [app]}})

    def new_freight(self, tag: str) -> str:
        repositories = ("registry.workshop.local:5001/frontend", "registry.workshop.local:5001/backend")
        images = [{"repoURL": url, "tag": tag, "digest": tag} for url in repositories]
        made = freight.build(PROJECT, ORIGIN, images, set())
        count = len(self.kube.listed("Freight", PROJECT))
        made["discoveredAt"] = f"2026-01-01T00:00:{count:02}Z"
        return self.kube.store(made)["metadata"]["name"]

    def promote(self, stage_name: str, name: str, user: str = "qa") -> dict:
        body = {"kind": "Promotion", "metadata": {"namespace": PROJECT}, "spec": {"stage": stage_name, "freight": name}}
        made = self.admitted(body, user)
        return self.kube.store({**made, "status": {}})

    def go(self, rounds: int = 6) -> None:
        """Let every Stage and Promotion be looked at until nothing more happens."""
        for _ in range(rounds):
            for name in ("dev", "stg", "prod"):
                stage.reconcile(self.kube, self.settings, self.stage(name))
            for item in self.promotions():
                promotion.reconcile(self.kube, self.settings, item, self.runners)

    def stage(self, name: str) -> dict:
        found = self.kube.get("Stage", name, PROJECT)
        assert found
        return found

    def promotions(self, stage_name: str | None = None) -> list[dict]:
        found = sorted(self.kube.listed("Promotion", PROJECT), key=lambda p: p["metadata"]["name"])
        return [p for p in found if stage_name in (None, p["spec"]["stage"])]

    def phases(self, stage_name: str) -> list[str]:
        return [(p["status"] or {}).get("phase", "") for p in self.promotions(stage_name)]

    def ready(self, stage_name: str) -> tuple[str, str]:
        found = conditions.get(self.stage(stage_name)["status"], "Ready")
        assert found
        return found["status"], found["reason"]


@pytest.fixture
def world(gitops: dict, settings: Settings) -> Iterator[World]:
    yield World(gitops, settings)


def test_freight_goes_to_dev_by_itself_and_on_when_asked(world: World) -> None:
    world.go(1)
    assert world.ready("dev") == ("False", "NoFreight")
    assert world.stage("dev")["status"]["freightSummary"] == "0/1 Fulfilled"
    name = world.new_freight("aaaa0001")
    world.go()
    assert world.phases("dev") == ["Succeeded"]
    assert world.ran == ["clone", "clear", "set-image", "render", "commit", "push", "sync", "wait"]
    status = world.stage("dev")["status"]
    assert status["freightSummary"] == name
    assert status["health"]["status"] == "Healthy"
    assert status["metadata"] == {"lastGoodCommit": REVISION}
    assert status["freightHistory"][0]["verificationHistory"][0]["phase"] == "Successful"
    assert world.ready("dev") == ("True", "Verified")
    assert status.get("currentPromotion") is None
    found = world.kube.get("Freight", name, PROJECT)
    assert found["status"]["currentlyIn"].keys() == found["status"]["verifiedIn"].keys() == {"dev"}
    note = world.stage("dev")["metadata"]["annotations"]["kargo.akuity.io/argocd-context"]
    assert json.loads(note) == [{"name": "dev-app", "namespace": "argocd"}]

    assert world.phases("stg") == []
    world.promote("stg", name)
    world.go()
    world.promote("prod", name, "po")
    world.go()
    assert (world.phases("stg"), world.phases("prod")) == (["Succeeded"], ["Succeeded"])
    assert {"stg", "prod"} < world.kube.get("Freight", name, PROJECT)["status"]["verifiedIn"].keys()


def test_bad_freight_is_rolled_back_never_tried_again_and_the_next_is_taken(world: World) -> None:
    good = world.new_freight("aaaa0001")
    world.go()
    world.ran.clear()
    world.outcome = {"promote::sync": "Failed"}
    bad = world.new_freight("bbbb0002")
    world.go()
    assert world.phases("dev") == ["Succeeded", "Errored"]
    back = ("rollback", *(f"rollback-{what}" for what in ("clear", "copy", "commit", "push", "sync", "wait")))
    assert world.ran[-7:] == list(back)
    status = world.stage("dev")["status"]
    assert status["freightSummary"] == good
    assert status["lastPromotion"]["freight"]["name"] == bad
    assert status["health"]["status"] == "Unknown"
    assert world.ready("dev") == ("False", "LastPromotionErrored")
    assert "verifiedIn" not in (world.kube.get("Freight", bad, PROJECT).get("status") or {})

    world.outcome = {}
    fixed = world.new_freight("cccc0003")
    world.go()
    assert world.phases("dev") == ["Succeeded", "Errored", "Succeeded"]
    assert world.stage("dev")["status"]["freightSummary"] == fixed
    assert world.ready("dev") == ("True", "Verified")


def test_first_promotion_has_nothing_to_go_back_to(world: World) -> None:
    world.outcome = {"promote::sync": "Failed"}
    world.new_freight("aaaa0001")
    world.go()
    assert world.phases("dev") == ["Errored"]
    assert "rollback" not in world.ran


def test_older_freight_by_hand_holds_until_the_newest_is_asked_for(world: World) -> None:
    old = world.new_freight("aaaa0001")
    world.go()
    world.new_freight("bbbb0002")
    world.go()
    world.promote("dev", old)
    world.go()
    assert world.stage("dev")["status"]["autoPromotionHolds"]["Warehouse/app"]["freightName"] == old
    newest = world.new_freight("cccc0003")
    world.go()
    assert world.stage("dev")["status"]["freightSummary"] == old
    world.promote("dev", newest)
    world.go()
    status = world.stage("dev")["status"]
    assert status["freightSummary"] == newest
    assert not status.get("autoPromotionHolds")
    assert not status.get("effectiveAutoPromotionHolds")
    following = world.new_freight("dddd0004")
    world.go()
    assert world.stage("dev")["status"]["freightSummary"] == following


def test_one_at_a_time_and_in_order(world: World) -> None:
    name = world.new_freight("aaaa0001")
    world.go()
    world.outcome = {"promote::sync": "Running"}
    first, second = world.promote("stg", name), world.promote("stg", name)
    world.go()
    assert world.phases("stg") == ["Running", "Pending"]
    assert world.stage("stg")["status"]["currentPromotion"]["name"] == first["metadata"]["name"]
    assert world.ready("stg") == ("False", "ActivePromotion")
    world.outcome = {}
    world.go()
    assert world.phases("stg") == ["Succeeded", "Succeeded"]
    assert world.stage("stg")["status"]["lastPromotion"]["name"] == second["metadata"]["name"]


def test_abort(world: World) -> None:
    world.outcome = {"promote::sync": "Running"}
    world.new_freight("aaaa0001")
    world.go()
    [running] = world.promotions("dev")
    world.kube.annotate(running, "kargo.akuity.io/abort", '{"action":"terminate","actor":"kubernetes:po"}')
    world.go()
    [ended] = world.promotions("dev")
    assert ended["status"]["phase"] == "Aborted"
    assert ended["status"]["message"] == "Promotion terminated by kubernetes:po"
    assert ended["status"]["stepExecutionMetadata"][-1]["status"] == "Aborted"
    assert world.ready("dev") == ("False", "LastPromotionAborted")


def test_after_a_restart_a_promotion_begins_anew_and_ends_well(world: World, settings: Settings) -> None:
    world.outcome = {"promote::sync": "Running"}
    world.new_freight("aaaa0001")
    world.go()
    [running] = world.promotions("dev")
    assert running["status"]["currentStep"] == 6
    promotion.clean_up(settings, running)  # the pod is new, its files are gone
    world.ran.clear()
    world.outcome = {}
    world.go()
    assert world.ran[0] == "clone"
    assert world.phases("dev") == ["Succeeded"]
    [ended] = world.promotions("dev")
    assert len(ended["status"]["stepExecutionMetadata"]) == len(ended["spec"]["steps"])
    assert len(ended["status"]["healthChecks"]) == 1
    assert not promotion.work_dir(settings, ended).exists()


def test_unhealthy_application_shows_on_the_stage(world: World) -> None:
    world.new_freight("aaaa0001")
    world.go()
    world.application("dev", "Degraded")
    world.go(1)
    assert world.ready("dev") == ("False", "Unhealthy")
    assert world.stage("dev")["status"]["health"]["status"] == "Unhealthy"


def test_freight_that_vanished_or_is_not_available(world: World) -> None:
    name = world.new_freight("aaaa0001")
    world.go()
    made = world.promote("stg", name)
    del world.kube.objects["Freight", PROJECT, name]
    world.stage("stg")
    world.kube.patch("Stage", "stg", PROJECT, {"status": {"currentPromotion": {"name": made["metadata"]["name"]}}})
    promotion.reconcile(world.kube, world.settings, world.promotions("stg")[0], world.runners)
    [ended] = world.promotions("stg")
    assert ended["status"]["phase"] == "Errored"
    assert "not found in namespace" in ended["status"]["message"]


def test_stage_with_unsupported_fields_says_so(world: World) -> None:
    item = world.stage("dev")
    item["spec"]["verification"] = {"analysisTemplates": [{"name": "x"}]}
    stage.reconcile(world.kube, world.settings, world.kube.store(item))
    assert world.ready("dev") == ("False", "NotSupportedByKargoLite")
    assert "spec.verification" in conditions.get(world.stage("dev")["status"], "Ready")["message"]


def test_a_stage_that_went_leaves_no_mark_on_freight(world: World) -> None:
    name = world.new_freight("aaaa0001")
    world.go()
    stage.forget(world.kube, PROJECT, "dev")
    assert "dev" in world.kube.get("Freight", name, PROJECT)["status"]["verifiedIn"], "it is still there"
    del world.kube.objects["Stage", PROJECT, "dev"]
    stage.forget(world.kube, PROJECT, "dev")
    assert freight.stages_of(world.kube.get("Freight", name, PROJECT)) == set()


def test_a_promotion_to_a_stage_that_kargo_lite_cannot_serve_says_so(world: World) -> None:
    dev = world.stage("dev")
    dev["spec"]["promotionTemplate"]["spec"]["steps"] = [{"uses": "helm-template", "as": "it"}]
    world.kube.store(dev)
    made = world.promote("dev", world.new_freight("aaaa0001"))
    world.go(1)
    found = world.kube.get("Promotion", made["metadata"]["name"], PROJECT)
    assert found["status"]["phase"] == "Errored"
    assert 'step kind "helm-template" is not supported by kargo-lite' in found["status"]["message"]
