"""Who is promoted without being asked, and what holds that back.

Kargo: pkg/api/auto_promotion.go and pkg/controller/stages/regular_stages.go. Everything here decides on
objects handed to it and changes nothing.
"""

from __future__ import annotations

import fnmatch
import re

from . import freight as freights
from . import names
from .kube import Kube
from .objects import Object, part_of, status_of


def _name_matches(pattern: str, name: str) -> bool:
    kind, colon, rest = pattern.partition(":")
    if colon and kind in ("regex", "regexp"):
        return re.search(rest, name) is not None
    if colon and kind == "glob":
        return fnmatch.fnmatchcase(name, rest)
    return pattern == name


def is_enabled(config: Object | None, stage: Object) -> bool:
    """The first promotion policy that matches the Stage decides; none means no."""
    for policy in part_of(config or {}, "spec").get("promotionPolicies") or []:
        selector = policy.get("stageSelector") or {"name": policy.get("stage", "")}
        labels = part_of(stage["metadata"], "labels")
        if selector.get("name") and not _name_matches(selector["name"], stage["metadata"]["name"]):
            continue
        if any(labels.get(key) != value for key, value in part_of(selector, "matchLabels").items()):
            continue
        return bool(policy.get("autoPromotionEnabled"))
    return False


def config_of(kube: Kube, project: str) -> Object | None:
    """The project's ProjectConfig: it bears the project's name."""
    return kube.get("ProjectConfig", project, project)


def candidates(stage: Object, all_freight: list[Object]) -> dict[str, Object]:
    """For each requested origin the newest Freight that is available to the Stage."""
    found: dict[str, Object] = {}
    available = [f for f in all_freight if freights.is_available(stage, f)]
    # By age, and by name within a second: the order must never depend on chance.
    for item in sorted(available, key=lambda f: (freights.discovered_at(f), f["metadata"]["name"])):
        found[names.origin_key(item["origin"])] = item
    requested = {names.origin_key(r["origin"]) for r in stage["spec"]["requestedFreight"]}
    return {origin: item for origin, item in found.items() if origin in requested}


def hold_of(promotion: Object, origin: str) -> Object:
    """The hold that a promotion of other than the newest Freight puts on its origin."""
    kind, _, name = origin.partition("/")
    hold = {
        "freightName": promotion["spec"]["freight"],
        "origin": {"kind": kind, "name": name},
        "promotionName": promotion["metadata"]["name"],
        "createdAt": promotion["metadata"].get("creationTimestamp"),
    }
    if actor := names.annotations(promotion).get(names.ANNOTATION_CREATE_ACTOR):
        hold["actor"] = actor
    return hold


def apply_intent(holds: dict[str, Object], promotion: Object, requested: set[str]) -> dict[str, Object]:
    """The holds after one more promotion.

    Whoever promotes older Freight by hand wants it to stay: a hold. Promoting the newest lifts it. An
    aborted promotion means neither, a failed one means what it meant.
    """
    if status_of(promotion).get("phase") == "Aborted":
        return holds
    notes = names.annotations(promotion)
    if (origin := notes.get(names.ANNOTATION_HOLD)) and origin in requested:
        return {**holds, origin: hold_of(promotion, origin)}
    if origin := notes.get(names.ANNOTATION_RESUME):
        return {key: hold for key, hold in holds.items() if key != origin}
    return holds


def effective_holds(stage: Object, promotions: list[Object], *, enabled: bool) -> dict[str, Object]:
    """The holds on record, and what promotions younger than the last recorded one add or lift."""
    if not enabled:
        return {}
    status = status_of(stage)
    last = part_of(status, "lastPromotion").get("name", "")
    requested = {names.origin_key(r["origin"]) for r in stage["spec"]["requestedFreight"]}
    holds = part_of(status, "autoPromotionHolds")
    for promotion in sorted(promotions, key=lambda p: p["metadata"]["name"]):
        if promotion["metadata"]["name"] > last:
            holds = apply_intent(holds, promotion, requested)
    return holds


def choose(stage: Object, all_freight: list[Object], promotions: list[Object]) -> list[Object]:
    """The Freight to promote now: one per origin at most, usually none.

    Not what is held; not what the Stage has or is getting; and never again what failed the last time it
    was tried, which would go on for ever. The Stage's status must be up to date, effective holds included.
    """
    status = status_of(stage)
    current = part_of((status.get("freightHistory") or [{}])[0], "items")
    last = part_of(status, "lastPromotion").get("name", "")
    chosen = []
    for origin, candidate in candidates(stage, all_freight).items():
        name = candidate["metadata"]["name"]
        if origin in part_of(status, "effectiveAutoPromotionHolds"):
            continue
        if part_of(current, origin).get("name") == name:
            continue
        mine = sorted((p for p in promotions if p["spec"].get("freight") == name), key=lambda p: p["metadata"]["name"])
        phases = {p["metadata"]["name"]: status_of(p).get("phase") for p in mine}
        if any(not names.is_terminal(p) for p in mine):
            continue
        if any(phase == "Succeeded" and promo > last for promo, phase in phases.items()):
            continue  # it succeeded after this view of the Stage was made
        if mine and phases[mine[-1]["metadata"]["name"]] != "Succeeded":
            continue
        chosen.append(candidate)
    return chosen


def intent(stage: Object, candidate: Object | None, freight: Object) -> dict[str, str]:
    """The annotation that tells a user's promotion of the newest Freight from one of any other."""
    origin = names.origin_key(freight["origin"])
    if candidate is not None and candidate["metadata"]["name"] == freight["metadata"]["name"]:
        return {names.ANNOTATION_RESUME: origin}
    return {names.ANNOTATION_HOLD: origin}
