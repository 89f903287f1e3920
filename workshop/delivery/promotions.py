"""Freight and Promotions: found by image tag, created by a persona, followed step by step."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from workshop import settings as config
from workshop import wait
from workshop.errors import WorkshopError
from workshop.shell import kubectl

Report = Callable[[str], None]

_NAMESPACE = ("--namespace", config.PROJECT)
_FINISHED = {"Succeeded", "Failed", "Errored", "Aborted"}
_FREIGHT_LIMIT = 60
_PROMOTION_LIMIT = 240


def freight_for(tag: str, report: Report = print) -> str:
    """The name of the Freight whose images all carry that tag; waits for it a minute."""

    def find() -> str | None:
        for freight in _list("freights"):
            if {image["tag"] for image in freight["images"]} == {tag}:
                name: str = freight["metadata"]["name"]
                return name
        return None

    return wait.until(
        f"um Freight com a tag {tag}",
        find,
        limit=_FREIGHT_LIMIT,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "get", "warehouse,freight"),
        fix=f"kubectl -n {config.PROJECT} describe warehouse {config.WAREHOUSE}",
        report=report,
    )


def manifest(stage: str, freight: str) -> str:
    """The Promotion that a person writes: which Freight, to which Stage; Kargo fills in the rest."""
    return yaml.safe_dump(
        {
            "apiVersion": "kargo.akuity.io/v1alpha1",
            "kind": "Promotion",
            "metadata": {"generateName": f"{stage}-", "namespace": config.PROJECT},
            "spec": {"stage": stage, "freight": freight},
        },
        sort_keys=False,
    )


def promote(stage: str, freight: str, as_: str | None) -> None:
    """Create the Promotion as a persona (`qa`, `po`), or as the cluster's administrator."""
    account = ("--as", f"system:serviceaccount:{config.PROJECT}:{as_}") if as_ else ()
    kubectl.text("create", "--filename", "-", *account, stdin=manifest(stage, freight))


def request(stage: str, freight: str, as_: str | None) -> None:
    """Have a Promotion of that Freight under way: the one that is, or a new one.

    **as_** None is a Stage that promotes by itself: nothing is created, unless its own try has ended already (Kargo
    never repeats a failed one by itself).
    """
    last = newest(stage, freight)
    if last is None:
        if as_:
            promote(stage, freight, as_)
    elif _phase(last) in _FINISHED:
        promote(stage, freight, as_)


def ensure(stage: str, tag: str, as_: str | None, report: Report = print) -> None:
    """Have the Stage hold the Freight of that tag, verified; a Promotion is made only where it is missing.

    A version known to be good gets a second try: on a busy machine it may start too slowly for the gate.
    """
    freight = freight_for(tag, report)
    if current_tag(stage) == tag:
        wait_until_verified(stage, freight, report)
        return
    request(stage, freight, as_)
    try:
        wait_for_promotion(stage, tag, report=report)
    except WorkshopError as error:
        if _phase(newest(stage, freight)) not in _FINISHED:
            raise
        report(f"{error.message} Mais uma tentativa.")
        request(stage, freight, as_)
        wait_for_promotion(stage, tag, report=report)


def approve(freight: str, stages: Sequence[str]) -> None:
    """Approve a Freight for Stages that have not seen it verified upstream, as `kargo approve` does."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    patch = {"status": {"approvedFor": {stage: {"approvedAt": now} for stage in stages}}}
    kubectl.text(
        *_NAMESPACE, "patch", "freight", freight, "--subresource=status", "--type=merge", f"--patch={json.dumps(patch)}"
    )


def wait_for_promotion(stage: str, tag: str, *, succeeds: bool = True, report: Report = print) -> None:
    """Follow the newest Promotion of that tag to its end; and, if it is to succeed, until the Freight is verified.

    Raises `WorkshopError` when it ends otherwise than expected.
    """
    freight = freight_for(tag, report)
    told: set[str] = set()

    def finished() -> dict[str, Any] | None:
        promotion = newest(stage, freight)
        if promotion is None:
            return None
        _tell_steps(promotion, told, report)
        return promotion if _phase(promotion) in _FINISHED else None

    promotion = wait.until(
        f"a promoção de {tag} para {stage} terminou",
        finished,
        limit=_PROMOTION_LIMIT,
        every=0.3,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "describe", "stage", stage)[-2500:],
        fix=f"kubectl -n {config.PROJECT} get promotions",
        report=report,
    )
    status = promotion["status"]
    report(f"{promotion['metadata']['name']}: {status['phase']}")
    if (status["phase"] == "Succeeded") != succeeds:
        raise WorkshopError(
            f"The promotion of {tag} to {stage} ended as {status['phase']}.",
            details=status.get("message", ""),
            fix=f"kubectl -n {config.PROJECT} describe promotion {promotion['metadata']['name']}",
        )
    if succeeds:
        wait_until_verified(stage, freight, report)
    elif status.get("message"):
        report(status["message"])


def wait_until_verified(stage: str, freight: str, report: Report = print) -> None:
    """Wait until the Stage is healthy with that Freight and has verified it: only then may it go further."""
    wait.until(
        f"{stage} está saudável e o Freight foi verificado",
        lambda: stage in _get("freight", freight).get("status", {}).get("verifiedIn", {}),
        limit=90,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "describe", "stage", stage)[-2500:],
        fix=f"kubectl -n {config.PROJECT} describe stage {stage}",
        report=report,
    )


def current_tag(stage: str) -> str | None:
    """The tag of the Freight that a Stage holds now; None where it holds none, or there is no such Stage."""
    try:
        history = _get("stage", stage).get("status", {}).get("freightHistory") or []
    except WorkshopError:
        return None
    for item in (history[0].get("items", {}) if history else {}).values():
        for image in item.get("images", []):
            tag: str = image["tag"]
            return tag
    return None


def newest(stage: str, freight: str) -> dict[str, Any] | None:
    """The newest Promotion of that Freight to that Stage."""
    found = [
        item for item in _list("promotions") if (item["spec"]["stage"], item["spec"]["freight"]) == (stage, freight)
    ]
    # Names hold a ULID: they sort by time, also within one second.
    return max(found, key=lambda item: str(item["metadata"]["name"]), default=None)


@dataclass(frozen=True)
class Step:
    """One step of a Promotion that was run; Kargo notes times in whole seconds."""

    name: str
    succeeded: bool
    started: datetime.datetime
    finished: datetime.datetime


def steps(promotion: dict[str, Any]) -> list[Step]:
    """The steps of a Promotion that have ended, in their order, without those that were skipped."""
    return [
        Step(
            step["alias"].rpartition("::")[2],
            step["status"] == "Succeeded",
            datetime.datetime.fromisoformat(step["startedAt"]),
            datetime.datetime.fromisoformat(step["finishedAt"]),
        )
        for step in promotion.get("status", {}).get("stepExecutionMetadata", [])
        if step.get("startedAt") and step.get("finishedAt")
    ]


def _phase(promotion: dict[str, Any] | None) -> str:
    """Where a Promotion is; empty where there is none, or it has not begun."""
    phase: str = (promotion or {}).get("status", {}).get("phase", "")
    return phase


def _tell_steps(promotion: dict[str, Any], told: set[str], report: Report) -> None:
    marks = {"Succeeded": "✓", "Failed": "✗", "Errored": "✗", "Skipped": "·"}
    for step in promotion.get("status", {}).get("stepExecutionMetadata", []):
        alias, state = step["alias"].rpartition("::")[2], step.get("status", "")
        if state in marks and state != "Skipped" and alias not in told:
            told.add(alias)
            report(f"  {marks[state]} {alias}")


def _list(kind: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(kubectl.text(*_NAMESPACE, "get", kind, "--output", "json"))["items"]
    return items


def _get(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(kubectl.text(*_NAMESPACE, "get", kind, name, "--output", "json"))
    return found
