"""Versions that are no part of the story: they come to be measured, and the story goes on as if they had not come.

What the Stages hold is written down before the first guest comes (`paths.GUESTS`), so that whoever comes next can end
an interrupted visit. Commits stay: the branches env/* tell what ran, and a rollback goes back to one of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import yaml

from workshop import paths, voice, wait
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import promotions, warehouse
from workshop.registry import retag
from workshop.services import registry
from workshop.shell import kubectl

_NAMESPACE = ("--namespace", config.PROJECT)
_POLICY = paths.GITOPS / "kargo" / "projectconfig.yaml"
_HIDDEN: Final = "guest-"
"""How a tag begins that the Warehouse does not take: its own are eight digits of a commit, and nothing before them."""

_DEAF: Final = {"PORT": "8999"}
"""A backend that listens where nobody asks (app/entrypoint.sh): alive, and of no use."""


@dataclass
class Guests:
    """What every Stage held before, by tag, and the tags that came since."""

    held: dict[str, str]
    tags: list[str] = field(default_factory=list)

    def publish(self, like: str, *, hidden: bool = False, bad: bool = False) -> str:
        """Push both images of the app once more, under a new tag and as built now; returns the tag.

        **like**: the tag whose layers they have. **hidden**: as images that never become Freight.
        **bad**: as a version that starts and never gets ready.
        """
        tag = (_HIDDEN if hidden else "") + os.urandom(4).hex()
        # On record first: what nobody knows of is never taken away.
        self.tags.append(tag)
        self.save()
        for image in config.APP_IMAGES:
            retag.retag(image, like, tag, _DEAF if bad else None)
        return tag

    def save(self) -> None:
        """Write it down, in one piece or not at all."""
        partial = paths.GUESTS.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        partial.replace(paths.GUESTS)


@contextmanager
def hosting() -> Iterator[Guests]:
    """Give a block of code versions of its own; when it ends, however it ends, the Stages hold what they held.

    Raises `WorkshopError` where a Stage holds nothing yet, or does not take what is new by itself.
    """
    dismiss()
    guests = Guests({stage: _held(stage) for stage in config.ENVIRONMENTS})
    guests.save()
    try:
        yield guests
    finally:
        dismiss()


def dismiss() -> None:
    """Take every guest away and give the Stages back what they held; nothing happens where there are none.

    Each step can be done twice, so an interrupted visit is ended by calling this again.
    """
    if not paths.GUESTS.exists():
        return
    guests = Guests(**json.loads(paths.GUESTS.read_text(encoding="utf-8")))
    voice.say("os Stages voltam ao que tinham antes")
    # Or dev would take the guests back, and whoever promotes older Freight by hand would put a hold on it.
    _promote_by_itself(False)
    for tag in guests.tags:
        for image in config.APP_IMAGES:
            registry.forget(image, tag)
    # After this look no more Freight can come of them.
    warehouse.refresh()
    theirs = {_name(item) for item in _listed("freights") if _tags(item) & set(guests.tags)}
    before = _listed("promotions")
    visited = {item["spec"]["stage"] for item in before if item["spec"]["freight"] in theirs}
    returning = [stage for stage in config.ENVIRONMENTS if stage in visited]
    for stage in returning:
        promotions.promote(stage, promotions.freight_for(guests.held[stage]), config.APPROVERS.get(stage))
    for stage in returning:
        _wait_until_back(stage, guests.held[stage])
    returns = {_name(item) for item in _listed("promotions")} - {_name(item) for item in before}
    theirs_too = {_name(item) for item in before if item["spec"]["freight"] in theirs}
    _forget(theirs, returns | theirs_too)
    _promote_by_itself(True)
    paths.GUESTS.unlink()


def _wait_until_back(stage: str, tag: str) -> None:
    """Until the Promotion has ended well, and the Stage itself knows: it reads that from the Promotion."""
    with voice.unheard():
        promotions.wait_for_promotion(stage, tag)
    wait.until(
        f"{stage} voltou a {tag}",
        lambda: promotions.current_tag(stage) == tag and _is_ready(stage),
        limit=60,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "describe", "stage", stage)[-2500:],
        fix=f"kubectl -n {config.PROJECT} describe stage {stage}",
    )


def _is_ready(stage: str) -> bool:
    conditions = (_stage(stage).get("status") or {}).get("conditions") or []
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)


def _held(stage: str) -> str:
    tag = promotions.current_tag(stage)
    if tag is None:
        raise WorkshopError(
            f"{stage} holds no version yet, so there is none to go back to.",
            fix="workshop up   # the first version in dev, stg and prod",
        )
    if (_stage(stage).get("status") or {}).get("autoPromotionHolds"):
        raise WorkshopError(
            f"{stage} is held at {tag}: somebody promoted it by hand while there was a newer one.",
            fix=f"promote the newest Freight to {stage} by hand, or: workshop reset",
        )
    return tag


def _promote_by_itself(on: bool) -> None:
    """Switch automatic promotion off, or to what gitops/kargo says."""
    if on:
        kubectl.change("apply", "--filename", str(_POLICY))
        return
    policies = yaml.safe_load(_POLICY.read_text(encoding="utf-8"))["spec"]["promotionPolicies"]
    off = {"spec": {"promotionPolicies": [{**policy, "autoPromotionEnabled": False} for policy in policies]}}
    kubectl.change(*_NAMESPACE, "patch", "projectconfig", config.PROJECT, "--type=merge", f"--patch={json.dumps(off)}")


def _forget(freights: set[str], gone: set[str]) -> None:
    """Delete the guests' Freight, and the Promotions that brought and replaced it."""
    if gone:
        kubectl.change(*_NAMESPACE, "delete", "promotions", *sorted(gone), "--ignore-not-found", limit=60)
    if freights:
        # Refused for as long as a Stage still says that it uses it.
        wait.until(
            "o Kargo esqueceu os Freights da visita",
            lambda: kubectl.ok(*_NAMESPACE, "delete", "freights", *sorted(freights), "--ignore-not-found"),
            limit=60,
            diagnosis=lambda: kubectl.text(*_NAMESPACE, "get", "freights,stages"),
            fix=f"kubectl -n {config.PROJECT} get stages",
        )


def _name(item: dict[str, Any]) -> str:
    return str(item["metadata"]["name"])


def _tags(freight: dict[str, Any]) -> set[str]:
    return {image["tag"] for image in freight.get("images") or []}


def _stage(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(kubectl.text(*_NAMESPACE, "get", "stage", name, "--output", "json"))
    return found


def _listed(kind: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(kubectl.text(*_NAMESPACE, "get", kind, "--output", "json"))["items"]
    return items
