"""Running steps: order, conditions, retries, and the state at the end, against recorded Promotions."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from fakes import FakeKube

from workshop.kargo_lite import clock
from workshop.kargo_lite.move import Move
from workshop.kargo_lite.orchestrator import Orchestrator, final_phase
from workshop.kargo_lite.settings import Settings
from workshop.kargo_lite.steps import Runner, StepContext, StepError, StepResult

STAGE = {
    "kind": "Stage",
    "metadata": {"name": "dev", "namespace": "p"},
    "spec": {"requestedFreight": [{"origin": {"kind": "Warehouse", "name": "app"}, "sources": {"direct": True}}]},
    "status": {},
}
TARGET = {
    "metadata": {"name": "f" * 40, "namespace": "p"},
    "alias": "kind-quoll",
    "origin": {"kind": "Warehouse", "name": "app"},
    "images": [{"repoURL": "r/backend", "tag": "12345678", "digest": "sha256:1"}],
}


def run(steps: list[dict], runners: dict, status: dict | None = None, **spec: object) -> Orchestrator:
    promotion = {
        "kind": "Promotion",
        "metadata": {"name": "dev.01.fffffff", "namespace": "p", "uid": "u"},
        "spec": {"stage": "dev", "freight": "f" * 40, "steps": steps, **spec},
        "status": status or {},
    }
    warehouse = {
        "kind": "Warehouse",
        "metadata": {"name": "app", "namespace": "p"},
        "spec": {"subscriptions": [{"image": {"repoURL": "r/backend"}}]},
    }
    kube = FakeKube(STAGE, warehouse)
    made = Orchestrator(kube, Settings(), Move(promotion, STAGE, TARGET), Path("/nowhere"), runners)
    made.remaining = made.run()
    return made


def compose(name: str, **more: object) -> dict:
    return {"uses": "compose-output", "as": name, "config": {"x": name}, **more}


def raising(**options: object) -> Runner:
    def step(_: StepContext) -> StepResult:
        raise StepError("it did not work", **options)

    return Runner(step)


GOOD = Runner(lambda context: StepResult(output=dict(context.config)))
RUNNERS = {"compose-output": GOOD, "fail": raising()}


def statuses(made: Orchestrator) -> dict[str, str]:
    return {m["alias"]: m["status"] for m in made.progress.metadata}


def test_all_good() -> None:
    made = run([compose("a"), compose("b")], RUNNERS)
    assert made.remaining is None
    assert (made.progress.phase, made.progress.message, made.progress.current_step) == ("Succeeded", "", 1)
    assert made.progress.state == {"a": {"x": "a"}, "b": {"x": "b"}}
    assert made.progress.metadata[0].keys() == {"alias", "startedAt", "finishedAt", "status"}


def test_after_a_failure_only_those_that_ask_for_it_run() -> None:
    steps = [
        compose("first"),
        {"uses": "fail", "as": "bad", "config": {}},
        compose("skipped"),
        compose("rescue", **{"if": '${{ failure() && status("first") == "Succeeded" }}'}),
        compose("after", **{"if": '${{ status("rescue") == "Succeeded" }}'}),
        compose("never", **{"if": "${{ success() }}"}),
        compose("ever", **{"if": "${{ always() }}"}),
    ]
    made = run(steps, RUNNERS)
    assert statuses(made) == {
        "first": "Succeeded",
        "bad": "Errored",
        "skipped": "Skipped",
        "rescue": "Succeeded",
        "after": "Succeeded",
        "never": "Skipped",
        "ever": "Succeeded",
    }
    assert made.progress.phase == "Errored"
    text = 'step "bad" met error threshold of 1: error running step "bad": it did not work'
    assert made.progress.message == text
    assert made.progress.metadata[1]["errorCount"] == 1
    assert made.progress.metadata[2] == {"alias": "skipped", "status": "Skipped"}


def test_continue_on_error() -> None:
    made = run([{"uses": "fail", "as": "bad", "continueOnError": True}, compose("next")], RUNNERS)
    assert statuses(made) == {"bad": "Errored", "next": "Succeeded"}
    assert made.progress.phase == "Succeeded"


def test_terminal_failure() -> None:
    made = run([{"uses": "fail", "as": "bad"}], {"fail": raising(terminal=True, status="Failed")})
    assert made.progress.phase == "Failed"
    assert made.progress.message == 'step "bad": it did not work'
    made = run([{"uses": "fail", "as": "bad"}], {"fail": raising(terminal=True)})
    assert made.progress.message == 'an unrecoverable error occurred: error running step "bad": it did not work'


def test_retry_up_to_the_threshold() -> None:
    step = {"uses": "fail", "as": "bad", "retry": {"errorThreshold": 2}}
    first = run([step], RUNNERS)
    assert first.remaining is not None
    assert first.progress.phase == "Running"
    assert first.progress.metadata[0]["message"].endswith("; step will be retried")
    status: dict = {}
    first.progress.into(status)
    second = run([step], RUNNERS, status)
    assert second.progress.phase == "Errored"
    assert second.progress.metadata[0]["errorCount"] == 2
    assert 'step "bad" met error threshold of 2' in second.progress.message


def test_waiting_step_goes_on_and_times_out() -> None:
    waiting = {"argocd-wait": Runner(lambda _: StepResult(status="Running", output={"n": 1}), timeout=300)}
    step = {"uses": "argocd-wait", "as": "wait", "config": {"apps": [{"name": "a"}]}}
    made = run([step], waiting)
    assert 299 <= made.remaining <= 302
    assert made.progress.phase == "Running"
    assert made.progress.metadata[0].keys() == {"alias", "startedAt", "status"}
    status: dict = {}
    made.progress.into(status)
    status["stepExecutionMetadata"][0]["startedAt"] = "2026-01-01T00:00:00Z"
    made = run([step], waiting, status)
    assert made.progress.message == 'step "wait" timed out after 5m0s'
    step["retry"] = {"timeout": "40s"}
    assert run([step], waiting, status).progress.message == 'step "wait" timed out after 40s'
    assert clock.parse_time(made.progress.metadata[0]["finishedAt"])


def test_expressions_see_freight_vars_and_the_tasks_outputs() -> None:
    config = {
        "tag": "${{ quote(imageFrom(vars.repo).Tag) }}",
        "same": '${{ quote(imageFrom(vars.repo, warehouse("app")).Tag) }}',
        "number": "${{ imageFrom(vars.repo).Tag }}",
        "none": '${{ imageFrom("r/other")?.Tag }}',
        "who": "${{ ctx.stage }}/${{ ctx.targetFreight.alias }}/${{ ctx.promotion }}",
        "before": "${{ task.outputs.one.x }}",
        "outer": "${{ outputs['t::one'].x }}",
        "global": "${{ vars.all }}",
    }
    steps = [
        {**compose("t::one"), "vars": []},
        {
            "uses": "compose-output",
            "as": "t::two",
            "vars": [{"name": "repo", "value": "r/${{ vars.all }}"}],
            "config": config,
        },
    ]
    made = run(steps, RUNNERS, vars=[{"name": "all", "value": "backend"}])
    assert made.progress.state["t::two"] == {
        "tag": "12345678",
        "same": "12345678",
        "number": 12345678,
        "none": None,
        "who": "dev/kind-quoll/dev.01.fffffff",
        "before": "t::one",
        "outer": "t::one",
        "global": "backend",
    }


def test_tag_of_digits_without_quote_is_refused_as_by_kargo() -> None:
    images = [{"image": "r/backend", "tag": "${{ imageFrom('r/backend').Tag }}"}]
    step = {"uses": "kustomize-set-image", "as": "set", "config": {"path": "x", "images": images}}
    made = run([step], {"kustomize-set-image": GOOD})
    assert made.progress.phase == "Failed"
    assert "images.0.tag: Invalid type. Expected: string, given: integer" in made.progress.message


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"uses": "http"}, 'step kind "http" is not supported by kargo-lite; Kargo 1.11.2 has it'),
        ({"uses": "htpp"}, 'step kind "htpp" is not registered'),
        ({"uses": "copy", "config": {"inPath": "a", "outPath": "b", "ignore": "c"}}, "ignore: this field is not"),
        ({"uses": "copy", "config": {"inPath": "a"}}, "outPath is required"),
        ({"uses": "compose-output", "config": {"x": "${{ secret('s') }}"}}, "secret() is not supported"),
        ({"uses": "compose-output", "config": {}, "if": "${{ 1 }}"}, "must evaluate to a boolean, got int"),
        ({"uses": "compose-output", "config": {}, "if": "${{ nope.x }}"}, "should be skipped: cannot fetch x"),
    ],
)
def test_what_is_not_supported_is_said_so(step: dict, message: str) -> None:
    made = run([{"as": "a", **step}], {**RUNNERS, "copy": GOOD})
    assert made.progress.phase in ("Errored", "Failed")
    assert message in made.progress.message


def test_bug_in_a_step_ends_the_promotion() -> None:
    def broken(_: StepContext) -> StepResult:
        raise KeyError("oops")

    made = run([compose("a")], {"compose-output": Runner(broken)})
    assert made.progress.message == "an unrecoverable error occurred: step panicked: KeyError('oops')"


@pytest.mark.parametrize(
    ("statuses", "phase"),
    [
        (["Succeeded", "Skipped"], "Succeeded"),
        (["Skipped", "Failed", "Succeeded"], "Failed"),
        (["Failed", "Errored", "Failed"], "Errored"),
        (["Succeeded", "Aborted"], "Aborted"),
    ],
)
def test_the_worst_step_decides(statuses: list[str], phase: str) -> None:
    metadata = [{"alias": str(i), "status": s, "message": s} for i, s in enumerate(statuses)]
    assert final_phase([{} for _ in statuses], metadata)[0] == phase


# ------------------------------------------------------------------------- against what Kargo recorded


@pytest.mark.parametrize("name", ["succeeded", "rolled-back"])
def test_ends_as_kargo_did(name: str, promotions: dict[str, dict], gitops: dict) -> None:
    """Run a recorded Promotion's steps, each answering what it answered then; the end must be the same."""
    recorded = promotions[name]
    metas = {m["alias"]: m for m in recorded["status"]["stepExecutionMetadata"]}
    stage = copy.deepcopy(gitops["Stage", "dev"])
    stage["status"] = {
        "metadata": {
            "lastGoodCommit": recorded["status"]["state"]
            .get("promote::rollback", {})
            .get("commits", {})
            .get("./good", "0" * 40)
        }
    }
    seen: dict[str, dict] = {}

    def replay(context: StepContext) -> StepResult:
        seen[context.alias] = context.config
        meta = metas[context.alias]
        if meta["status"] == "Errored":
            raise StepError(meta["message"].split(f'error running step "{context.alias}": ')[1])
        check = None
        if context.alias.endswith("sync"):
            sources = context.config["apps"][0]["sources"]
            app = {"name": context.config["apps"][0]["name"], "namespace": "argocd"}
            desired = [source["desiredRevision"] for source in sources]
            check = {"uses": "argocd-update", "config": {"apps": [{**app, "desiredRevisions": desired}]}}
        output = recorded["status"]["state"].get(context.alias)
        return StepResult(status=meta["status"], output=output, health_check=check)

    target = {
        "metadata": {"name": recorded["spec"]["freight"], "namespace": "image-promotion"},
        "origin": recorded["status"]["freight"]["origin"],
        "images": recorded["status"]["freight"]["images"],
    }
    kinds = {step["uses"] for step in recorded["spec"]["steps"]}
    runners = {kind: Runner(replay) for kind in kinds}
    kube = FakeKube(stage, gitops["Warehouse", "app"])
    fresh = {**recorded, "status": {}}
    made = Orchestrator(kube, Settings(), Move(fresh, stage, target), Path("/nowhere"), runners)
    assert made.run() is None
    status: dict = {}
    made.progress.into(status)

    def without_times(metadata: list[dict]) -> list[dict]:
        return [{k: v for k, v in m.items() if not k.endswith("At")} for m in metadata]

    for key in ("phase", "currentStep", "state", "healthChecks"):
        assert status[key] == recorded["status"].get(key), key
    assert status["message"] == recorded["status"].get("message")
    assert without_times(status["stepExecutionMetadata"]) == without_times(recorded["status"]["stepExecutionMetadata"])
    tag = recorded["status"]["freight"]["images"][0]["tag"]
    assert seen["promote::commit"]["message"] == f"dev: {tag}"
    assert [i["tag"] for i in seen["promote::set-image"]["images"]] == [tag, tag]
