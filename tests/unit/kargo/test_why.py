"""Why a Stage waits or has failed: from Kargo 1.11.2's own recordings, and the shapes of pods and Applications."""

from __future__ import annotations

import copy
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.kargo.kinds import by_kind
from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import why
from workshop.kargo.objects import Snapshot
from workshop.kargo.why import Situation, explain

GOLDEN = Path(__file__).parents[2] / "golden" / "kargo-1.11.2"
OLD, NEW = "0d0d0d0d", "1a2b3c4d"
Object = dict[str, Any]


def golden(name: str) -> Any:
    return yaml.safe_load((GOLDEN / name).read_text(encoding="utf-8"))


def freight(tag: str, discovered: str = "2026-11-23T10:00:00Z", **status: Any) -> Object:
    metadata = {"name": f"{tag}".ljust(40, "0")}
    images = [{"repoURL": f"r/{image}", "tag": tag} for image in config.APP_IMAGES]
    return {"kind": "Freight", "metadata": metadata, "discoveredAt": discovered, "images": images, "status": status}


def name(tag: str) -> str:
    return freight(tag)["metadata"]["name"]


def stage(which: str, tag: str = "", **status: Any) -> Object:
    if tag:
        item = {"name": name(tag), "images": [{"tag": tag}]}
        status.setdefault("freightHistory", [{"items": {"Warehouse/app": item}, "verificationHistory": [{"id": "1"}]}])
        status.setdefault("health", {"status": "Healthy"})
    return {"kind": "Stage", "metadata": {"name": which}, "status": status}


_TASK = yaml.safe_load((paths.GITOPS / "kargo" / "promotiontask.yaml").read_text(encoding="utf-8"))
TASK = [f"promote::{step['as']}" for step in _TASK["spec"]["steps"]]


def promotion(to: str, tag: str, phase: str = "", number: int = 1, steps: dict[str, Any] | None = None) -> Object:
    """One whose steps have these statuses, each a word or a word and a message; the rest is not begun."""
    known = []
    for alias, state in (steps or {}).items():
        word, message = state if isinstance(state, tuple) else (state, "")
        known.append({"alias": f"promote::{alias}", "status": word, "message": message})
    failures = [item["message"] for item in known if item["status"] in ("Errored", "Failed")]
    status = {
        "phase": phase, "message": failures[0] if failures else "", "startedAt": "2026-11-23T10:20:00Z",
        "stepExecutionMetadata": known,
    }  # fmt: skip
    spec = {"stage": to, "freight": name(tag), "steps": [{"as": alias} for alias in TASK]}
    return {"kind": "Promotion", "metadata": {"name": f"{to}.{number:03}.{tag}"}, "spec": spec, "status": status}


RUNNING = ({"metadata": {"name": "kargo-lite"}, "spec": {"replicas": 1}, "status": {"readyReplicas": 1}},)


def situation(which: str, *objects: Object, **more: Any) -> Situation:
    """A Stage with these objects of the Project, and a Kargo that runs."""
    present = {item["metadata"]["name"] for item in objects if item["kind"] == "Stage"}
    rest = [stage(other) for other in config.ENVIRONMENTS if other not in present]
    return Situation(which, Snapshot.of(by_kind([*objects, *rest])), **{"workloads": RUNNING, **more})


def pod(tag: str = NEW, state: Object | None = None, *, phase: str = "Running", ready: bool = False) -> Object:
    image = f"registry.workshop.local:5001/image-promotion-backend:{tag}"
    container = {"name": "backend", "image": image, "ready": ready, "restartCount": 4, **(state or {})}
    status = {"phase": phase, "containerStatuses": [container]}
    metadata = {"name": "backend-5dc55d8cf8-jqrwp"}
    return {"kind": "Pod", "metadata": metadata, "spec": {"containers": [{"image": image}]}, "status": status}


def event(reason: str, message: str, at: str, kind: str = "Warning") -> Object:
    about = {"kind": "Pod", "name": "backend-5dc55d8cf8-jqrwp"}
    return {"kind": "Event", "type": kind, "reason": reason, "message": message, "lastTimestamp": at,
            "involvedObject": about, "metadata": {"name": "e"}}  # fmt: skip


FORWARD = dict.fromkeys(("clone", "clear", "set-image", "render", "commit", "push"), "Succeeded")
BACK = dict.fromkeys(
    [f"rollback{step}" for step in ("", "-clear", "-copy", "-commit", "-push", "-sync", "-wait")], "Succeeded"
)
GATE = (
    'step "promote::sync" met error threshold of 1: error running step "promote::sync": Argo CD Application "dev-app" '
    'in namespace "argocd" failed with: one or more synchronization tasks completed unsuccessfully'
)


# -- Kargo's own recordings -------------------------------------------------------------------------
def recorded_rollback() -> Situation:
    rolled_back = golden("promotions.yaml")["rolled-back"]
    errored = {"kind": "Stage", "metadata": {"name": "dev"}, **golden("stages.yaml")["errored"]}
    return situation("dev", errored, rolled_back, *golden("freights.yaml")["items"])


def test_a_recorded_rollback_is_called_one() -> None:
    reason = explain(recorded_rollback())
    tag = golden("promotions.yaml")["rolled-back"]["status"]["freight"]["images"][0]["tag"]
    assert reason.condition.startswith(f"dev voltou atrás: {tag} não passou no portão")
    assert "O portão disse não" in reason.cause
    assert "origin/env/dev" in reason.command


def test_a_recorded_hold_is_told_with_who_and_what() -> None:
    held = golden("stage-dev-held.yaml")
    newest = max(golden("freights.yaml")["items"], key=lambda item: item["discoveredAt"])
    reason = explain(situation("dev", held, *golden("freights.yaml")["items"]))
    assert reason.condition.startswith("dev está retido em eeee0013, embora exista ")
    assert "kubernetes-admin promoveu à mão um Freight mais antigo" in reason.cause
    assert newest["metadata"]["name"] in reason.command


def test_a_recorded_healthy_warehouse_explains_nothing() -> None:
    warehouse = golden("warehouse.yaml")
    current = freight(NEW, verifiedIn={"dev": {}})
    reason = explain(situation("dev", stage("dev", NEW), current, warehouse))
    assert str(reason).startswith(f"dev está em dia. Tem {NEW}")


# -- Who acts ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("workloads", "words", "command"),
    [
        ((), "Não há Kargo no cluster.", "workshop up"),
        (
            ({"metadata": {"name": "kargo-lite"}, "spec": {"replicas": 1}, "status": {"replicas": 1}},),
            "kargo-lite: nenhum pod pronto.",
            "doctor --fix",
        ),
        (
            ({"metadata": {"name": "kargo-controller"}, "spec": {"replicas": 0}, "status": {}},),
            "kargo-controller: nenhum pod pronto.",
            "doctor --fix",
        ),
    ],
    ids=["absent", "not ready", "scaled to nothing"],
)
def test_kargo_that_does_not_run_comes_before_everything_else(workloads: Any, words: str, command: str) -> None:
    running = promotion("dev", NEW, "Running", steps=FORWARD)
    reason = explain(situation("dev", stage("dev", OLD), running, workloads=workloads))
    assert reason.condition == words
    assert command in reason.command


def test_a_part_that_is_switched_off_on_purpose_is_not_missed() -> None:
    off = {"metadata": {"name": "kargo-external-webhooks-server"}, "spec": {"replicas": 0}, "status": {}}
    current = freight(NEW, verifiedIn={"dev": {}})
    assert "em dia" in str(explain(situation("dev", stage("dev", NEW), current, workloads=(*RUNNING, off))))


def test_a_project_without_its_stage() -> None:
    bare = Situation("dev", Snapshot(), workloads=RUNNING)
    assert explain(bare).command == "workshop up"


# -- Nothing found yet ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("conditions", "condition", "cause"),
    [
        ([], "Ainda não há Freight.", "não olhou o registro"),
        (
            [("Ready", "MissingImageReferences", "No references discovered")],
            "O Warehouse não achou imagem nenhuma.",
            "o CI não publicou nada",
        ),
        (
            [("Ready", "DiscoveryFailure", "Artifact discovery failed: connection refused")],
            "O Warehouse não conseguiu olhar o registro.",
            "connection refused",
        ),
        (
            [("FreightCreationCriteriaSatisfied", "CriteriaNotSatisfied", "not satisfied")],
            "O Warehouse achou imagens novas, e ainda não fez um Freight delas.",
            "só um dos dois foi enviado",
        ),
    ],
    ids=["not looked", "no image", "no registry", "half a pair"],
)
def test_nothing_found_yet(conditions: list[tuple[str, str, str]], condition: str, cause: str) -> None:
    stated = [{"type": t, "status": "False", "reason": r, "message": m} for t, r, m in conditions]
    reason = explain(
        situation("dev", {"kind": "Warehouse", "metadata": {"name": "app"}, "status": {"conditions": stated}})
    )
    assert reason.condition == condition
    assert cause in reason.cause


# -- Waiting ----------------------------------------------------------------------------------------
def test_waiting_for_approval_says_from_what_to_what_and_by_whom() -> None:
    old, new = freight(OLD), freight(NEW, "2026-11-23T11:00:00Z", verifiedIn={"dev": {}})
    reason = explain(situation("stg", stage("dev", NEW), stage("stg", OLD), old, new))
    assert reason.condition == f"stg espera aprovação: {NEW} pode entrar no lugar de {OLD}."
    assert "QA" in reason.cause
    echo, wish, pipe, *kubectl = shlex.split(reason.command)
    assert (echo, pipe) == ("echo", "|")
    assert json.loads(wish)["spec"] == {"stage": "stg", "freight": name(NEW)}
    assert kubectl == ["kubectl", "create", "-f", "-", "--as", "system:serviceaccount:image-promotion:qa"]


def test_an_approved_freight_needs_no_verification_upstream() -> None:
    new = freight(NEW, approvedFor={"prod": {}})
    assert "prod espera aprovação" in explain(situation("prod", stage("prod", OLD), new)).condition


def test_not_verified_upstream_leads_to_the_stage_before() -> None:
    new = freight(NEW, verifiedIn={"dev": {}})
    reason = explain(situation("prod", stage("prod", OLD), new))
    assert reason.condition == f"prod não pode receber {NEW} ainda."
    assert "não foi verificado em stg" in reason.cause
    assert reason.command == "workshop why stg"


def test_dev_is_about_to_begin() -> None:
    assert "a qualquer momento" in explain(situation("dev", stage("dev", OLD), freight(NEW))).condition


def test_dev_does_not_try_again_what_failed_before() -> None:
    failed, later = promotion("dev", NEW, "Errored"), promotion("dev", OLD, "Succeeded", 2)
    old, new = freight(OLD), freight(NEW, "2026-11-23T11:00:00Z")
    reason = explain(situation("dev", stage("dev", OLD), old, new, failed, later))
    assert "não vai tentar de novo" in reason.condition
    assert name(NEW) in reason.command


def test_held_but_not_verified_yet() -> None:
    reason = explain(situation("dev", stage("dev", NEW), freight(NEW)))
    assert reason.condition == f"dev tem {NEW}, ainda não verificado."


# -- On its way -------------------------------------------------------------------------------------
def running(step: str, **done: Any) -> Object:
    return promotion("dev", NEW, "Running", steps={**FORWARD, **done, step: "Running"})


def test_a_running_step_is_counted_without_the_way_back() -> None:
    application = {"status": {"operationState": {"message": "waiting for completion of hook batch/Job/smoke"}}}
    reason = explain(situation("dev", stage("dev", OLD), freight(NEW), running("sync"), application=application))
    assert reason.condition == f"dev está recebendo {NEW}: passo 7 de 9 (sync)."
    assert "Job/smoke" in reason.cause


def test_the_way_back_is_counted_by_itself() -> None:
    back = running("rollback-sync", sync=("Errored", GATE), rollback="Succeeded")
    reason = explain(situation("dev", stage("dev", OLD), freight(NEW), back))
    assert reason.condition == f"dev está voltando atrás de {NEW}: passo 6 de 7 da volta (rollback-sync)."
    assert "O passo sync não deu certo" in reason.cause


WAITING_STATES = {
    "image": ({"state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}},
              "não pode ser baixada (ImagePullBackOff)", "describe pod"),
    "first try": ({"state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}},
                  "não pode ser baixada (ErrImagePull): not found", "describe pod"),
    "crash": ({"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
               "lastState": {"terminated": {"exitCode": 3}}}, "reinicia sem parar (4 vezes; código 3)", "--previous"),
    "not ready": ({"state": {"running": {}}}, "ainda não ficou pronto: HTTP probe failed with statuscode: 503", "logs"),
}  # fmt: skip


@pytest.mark.parametrize("case", WAITING_STATES)
def test_what_the_new_pod_complains_about_explains_the_waiting(case: str) -> None:
    state, words, command = WAITING_STATES[case]
    events = (event("Unhealthy", "HTTP probe failed with statuscode: 503", "2026-11-23T10:21:00Z"),)
    fine = pod(OLD, ready=True)
    reason = explain(
        situation("dev", stage("dev", OLD), freight(NEW), running("sync"), pods=(fine, pod(NEW, state)), events=events)
    )
    assert words in reason.cause
    assert command in reason.command
    assert reason.command.startswith("kubectl -n dev ")


def test_a_pod_that_the_node_has_no_room_for() -> None:
    full = pod(NEW, phase="Pending")
    full["status"] = {"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: 1 Insufficient memory."}
    ]}  # fmt: skip
    reason = explain(situation("dev", stage("dev", OLD), freight(NEW), running("sync"), pods=(full,)))
    assert "não coube no nó: 0/1 nodes are available: 1 Insufficient memory" in reason.cause


UNREADABLE = {
    "status": {"conditions": [{
        "type": "ComparisonError",
        "message": "Failed to load target state: failed to list refs: dial tcp 172.18.0.12:3000: connect: refused",
    }]}
}  # fmt: skip


@pytest.mark.parametrize("objects", [(running("sync"),), ()], ids=["while promoting", "at rest"])
def test_argo_cd_that_cannot_read_the_repository(objects: tuple[Object, ...]) -> None:
    reason = explain(situation("dev", stage("dev", OLD), freight(OLD), *objects, application=UNREADABLE))
    assert "não alcança ou não entende o repositório" in reason.cause
    assert "connect: refused" in reason.cause
    assert reason.command.startswith("workshop doctor")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"currentPromotion": {"name": "dev.000.x"}}, "uma promoção por vez"),
        ({"freightHistory": [{"items": {"Warehouse/app": {"name": name(OLD)}}}]}, "ainda não foi verificada"),
        ({}, "ainda não olhou"),
    ],
    ids=["behind another", "behind a verification", "not seen"],
)
def test_a_promotion_that_waits_for_its_turn(status: Object, words: str) -> None:
    waiting = promotion("dev", NEW, "Pending")
    reason = explain(situation("dev", stage("dev", OLD, **status), freight(NEW), waiting))
    assert "espera a sua vez" in reason.condition
    assert words in reason.cause


# -- Failed -----------------------------------------------------------------------------------------
def failed(**steps: Any) -> Object:
    return promotion("dev", NEW, "Errored", steps=steps)


def test_what_the_gate_saw_is_told_from_the_events_of_that_try_alone() -> None:
    image = f'Pulling image "registry.workshop.local:5001/image-promotion-backend:{NEW}"'
    events = (
        event("Pulling", image, "2026-11-23T10:20:02Z", "Normal"),
        event("Unhealthy", "Readiness probe failed: connection refused", "2026-11-23T10:20:03Z"),
        event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", "2026-11-23T10:20:20Z"),
        event("BackOff", "Back-off restarting failed container backend", "2026-11-23T09:00:00Z"),
    )
    rolled_back = failed(**FORWARD, sync=("Errored", GATE), **BACK)
    reason = explain(situation("dev", stage("dev", OLD), freight(NEW), rolled_back, events=events))
    assert "não ficou pronto: Readiness probe failed: HTTP probe failed with statuscode: 503." in reason.cause
    assert "reiniciava" not in reason.cause


def test_a_way_back_that_failed_too_says_what_may_be_left() -> None:
    steps = {**FORWARD, "sync": ("Errored", GATE), **BACK, "rollback-push": ("Errored", "remote: pre-receive refused")}
    reason = explain(situation("dev", stage("dev", OLD), freight(NEW), failed(**steps)))
    assert reason.condition == f"dev não aceitou {NEW}, e a volta também falhou, no passo rollback-push."
    assert "pre-receive refused" in reason.cause
    assert "versão ruim" in reason.cause


def test_a_first_version_that_fails_has_nowhere_to_go_back_to() -> None:
    steps = {**FORWARD, "sync": ("Errored", GATE), **dict.fromkeys(BACK, "Skipped")}
    reason = explain(situation("dev", stage("dev"), freight(NEW), failed(**steps)))
    assert "falhou no passo sync" in reason.condition
    assert "Não havia ainda um commit bom" in reason.cause


def test_a_failure_before_the_push_has_changed_nothing() -> None:
    message = (
        "error cloning http://gitea…: Cloning into bare repository '/tmp/x'...\n"
        "fatal: unable to access 'http://gitea.workshop.local:3000/': Failed to connect to gitea.workshop.local\n"
    )
    reason = explain(situation("dev", stage("dev", OLD), freight(NEW), failed(clone=("Errored", message))))
    assert "O Kargo não alcança o Git: fatal: unable to access" in reason.cause
    assert "Nada chegou ao ambiente" in reason.cause


def test_an_aborted_promotion_names_who_ended_it() -> None:
    ended = promotion("dev", NEW, "Aborted")
    ended["status"]["message"] = "Promotion terminated by kubernetes:kubernetes-admin"
    reason = explain(situation("dev", stage("dev", OLD), freight(NEW), ended))
    assert "foi encerrada" in reason.condition
    assert "kubernetes-admin" in reason.cause


def test_a_later_success_makes_the_failure_history() -> None:
    bad, good = failed(**FORWARD, sync=("Errored", GATE), **BACK), promotion("dev", NEW, "Succeeded", 2)
    current = freight(NEW, verifiedIn={"dev": {}})
    assert "em dia" in str(explain(situation("dev", stage("dev", NEW), current, bad, good)))


# -- At rest, and unwell ----------------------------------------------------------------------------
def test_a_version_that_went_bad_after_its_promotion() -> None:
    sick = stage("dev", NEW, health={"status": "Unhealthy", "issues": ["dev-app health is Degraded"]})
    crash = pod(NEW, WAITING_STATES["crash"][0])
    assert "reinicia sem parar" in explain(situation("dev", sick, freight(NEW), pods=(crash,))).cause
    without_pods = explain(situation("dev", copy.deepcopy(sick), freight(NEW)))
    assert without_pods.cause == "dev-app health is Degraded."


def test_pods_besides_a_healthy_version_explain_nothing() -> None:
    current = freight(NEW, verifiedIn={"dev": {}})
    leftover = pod(NEW, phase="Failed")
    assert "em dia" in str(explain(situation("dev", stage("dev", NEW), current, pods=(leftover,))))


# -- Asking -----------------------------------------------------------------------------------------
def test_a_stage_of_another_name_is_a_sentence() -> None:
    with pytest.raises(WorkshopError, match="«qa»") as caught:
        why.ask("qa")
    assert caught.value.fix == "workshop why dev | stg | prod"


def test_without_a_cluster_the_doctor_is_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "KUBECONFIG", tmp_path / "kubeconfig")
    with pytest.raises(WorkshopError, match="não responde") as caught:
        why.ask("dev")
    assert caught.value.fix == "workshop doctor"
