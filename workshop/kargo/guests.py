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
from typing import Final

import yaml

from workshop import paths, registry, voice, wait
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import api, objects, promotions, warehouse
from workshop.registry import retag
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
            retag.retag(registry.local(), image, like, tag, _DEAF if bad else None)
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
            registry.local().forget(image, tag)
    # After this look no more Freight can come of them.
    warehouse.refresh()
    before = objects.look("Freight", "Promotion")
    theirs = {freight.name for freight in before.freights if set(freight.tags) & set(guests.tags)}
    visits = [promotion for promotion in before.promotions if promotion.freight in theirs]
    returning = [stage for stage in config.ENVIRONMENTS if any(visit.stage == stage for visit in visits)]
    for stage in returning:
        promotions.promote(stage, promotions.freight_for(guests.held[stage]), config.APPROVERS.get(stage))
    for stage in returning:
        _wait_until_back(stage, guests.held[stage])
    known = {promotion.name for promotion in before.promotions}
    returns = [one for one in objects.look("Promotion").promotions if one.name not in known]
    _forget(theirs, {one.name for one in (*visits, *returns)})
    _promote_by_itself(True)
    paths.GUESTS.unlink()


def _wait_until_back(stage: str, tag: str) -> None:
    """Until the Promotion has ended well, and the Stage itself knows: it reads that from the Promotion."""

    def is_back() -> bool:
        now = objects.look("Stage").stage(stage)
        return now.freight.tag == tag and now.conditions[api.READY].status == "True"

    with voice.unheard():
        promotions.wait_for_promotion(stage, tag)
    wait.until(
        f"{stage} de volta a {tag}",
        is_back,
        limit=60,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "describe", "stage", stage)[-2500:],
        fix=f"kubectl -n {config.PROJECT} describe stage {stage}",
    )


def _held(stage: str) -> str:
    now = objects.look("Stage").stage(stage)
    if not now.freight.name:
        raise WorkshopError(
            f"O Stage {stage} ainda não tem versão nenhuma, e não haveria a qual voltar.",
            fix="workshop up   # a primeira versão em dev, stg e prod",
        )
    if now.hold:
        raise WorkshopError(
            f"O Stage {stage} está retido em {now.freight.tag}: alguém o promoveu à mão quando havia um Freight mais"
            " novo.",
            fix=f"workshop why {stage}   # como promover o mais novo; ou: workshop reset",
        )
    return now.freight.tag


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
            "Kargo sem os Freights da visita",
            lambda: kubectl.ok(*_NAMESPACE, "delete", "freights", *sorted(freights), "--ignore-not-found"),
            limit=60,
            diagnosis=lambda: kubectl.text(*_NAMESPACE, "get", "freights,stages"),
            fix=f"kubectl -n {config.PROJECT} get stages",
        )
