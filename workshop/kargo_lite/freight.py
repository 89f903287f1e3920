"""Freight: one set of artifacts that travels through the Stages together."""

from __future__ import annotations

import hashlib
import random

from . import clock, names
from .objects import Object, part_of, status_of

_ADJECTIVES = """
    able amber ancient autumn bold brave breezy bright calm candid careful cheerful clever cosmic crisp
    curious daring dapper eager early elegant fearless festive fluffy gentle gifted golden graceful
    happy hasty honest humble jolly joyful keen kind lively lucky mellow merry mighty modest nimble
    noble patient playful polite proud quick quiet quirky rapid rustic serene shiny silent silver smooth
    snappy sturdy sunny swift tidy upbeat vivid warm wise witty zesty
"""
_ANIMALS = """
    albatross alpaca antelope armadillo badger bat bear beaver bison bobcat buffalo camel capybara
    cheetah chinchilla cobra coyote crane deer dingo dolphin eagle egret falcon ferret finch fox gazelle
    gecko gibbon goose gorilla hare hawk hedgehog heron ibex iguana jackal jaguar kestrel koala lemur
    leopard llama lynx macaw manatee marmot meerkat moose narwhal newt ocelot octopus orca osprey otter
    owl panda panther pelican penguin puffin quail quokka rabbit raccoon raven salmon seal sloth sparrow
    stork swan tapir tern tiger toucan turtle viper walrus weasel whale wolf wombat yak zebra
"""


def freight_name(origin: Object, images: list[Object]) -> str:
    """The name that Kargo gives Freight: a hash of what is in it (Kargo: pkg/api/freight.go).

    The same artifacts have the same name, so that there is never a second Freight of them.
    """
    parts = sorted(f"{i['repoURL']}:{i.get('tag', '')}@{i.get('digest', '')}" for i in images)
    text = f"{names.origin_key(origin)}:{'|'.join(parts)}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def new_alias(taken: set[str]) -> str:
    """An adjective and an animal, for people to talk about, that no other Freight has."""
    while True:
        alias = "-".join(random.choice(words.split()) for words in (_ADJECTIVES, _ANIMALS))  # noqa: S311
        if alias not in taken:
            return alias


def build(namespace: str, origin: Object, images: list[Object], taken_aliases: set[str]) -> Object:
    """A new Freight object of those images."""
    alias = new_alias(taken_aliases)
    return {
        "apiVersion": names.API_VERSION,
        "kind": "Freight",
        "metadata": {
            "name": freight_name(origin, images),
            "namespace": namespace,
            "labels": {names.LABEL_ALIAS: alias},
        },
        "alias": alias,
        "discoveredAt": clock.now(),
        "origin": origin,
        "images": images,
    }


def reference(freight: Object) -> Object:
    """The short form that statuses carry (Kargo: FreightReference)."""
    return {
        "name": freight["metadata"]["name"],
        "origin": freight["origin"],
        "images": freight.get("images") or [],
    }


def collection(references: list[Object]) -> Object:
    """One Freight per origin, under an ID made of their names (Kargo: FreightCollection.UpdateOrPush)."""
    items = {names.origin_key(ref["origin"]): ref for ref in references}
    joined = ",".join(sorted(ref["name"] for ref in items.values()))
    return {"id": hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest(), "items": items}


def discovered_at(freight: Object) -> str:
    """When it was found. RFC 3339 in seconds and UTC sorts as text."""
    return freight.get("discoveredAt") or freight["metadata"].get("creationTimestamp") or ""


def soaked_for(freight: Object, stage: str) -> float:
    """Longest time in seconds that it stayed in the Stage in one piece, having been verified there."""
    verified = part_of(freight, "status", "verifiedIn").get(stage)
    if verified is None:
        return 0.0
    current = part_of(freight, "status", "currentlyIn", stage)
    return max(clock.parse_duration(verified.get("longestSoak")), clock.seconds_since(current.get("since")))


def is_available(stage: Object, freight: Object | None) -> bool:
    """Whether the Freight may be promoted to the Stage (Kargo: Stage.IsFreightAvailable).

    It may when it was approved for the Stage, comes directly from a requested Warehouse, or was verified
    (and has soaked) in one, or all, of the upstream Stages.
    """
    if freight is None or freight["metadata"]["namespace"] != stage["metadata"]["namespace"]:
        return False
    status = status_of(freight)
    for request in stage["spec"]["requestedFreight"]:
        if names.origin_key(request["origin"]) != names.origin_key(freight["origin"]):
            continue
        if stage["metadata"]["name"] in part_of(status, "approvedFor"):
            return True
        sources = request["sources"]
        if sources.get("direct"):
            return True
        soak = clock.parse_duration(sources.get("requiredSoakTime"))
        passed = [
            upstream in part_of(status, "verifiedIn") and soaked_for(freight, upstream) >= soak
            for upstream in sources.get("stages") or []
        ]
        if (all if sources.get("availabilityStrategy") == "All" else any)(passed) and passed:
            return True
    return False


def entered(freight: Object, stage: str) -> Object:
    """Its status once it is in use by the Stage (Kargo: AddCurrentStage)."""
    status = status_of(freight)
    current = part_of(status, "currentlyIn")
    return {**status, "currentlyIn": {**current, stage: current.get(stage) or {"since": clock.now()}}}


def left(freight: Object, stage: str) -> Object:
    """Its status once the Stage uses another; the time it soaked is kept (Kargo: RemoveCurrentStage)."""
    soak = soaked_for(freight, stage)
    status = {**status_of(freight)}
    status["currentlyIn"] = {s: v for s, v in part_of(status, "currentlyIn").items() if s != stage}
    if stage in part_of(status, "verifiedIn"):
        verified = {**status["verifiedIn"][stage], "longestSoak": clock.format_duration(soak)}
        status["verifiedIn"] = {**status["verifiedIn"], stage: verified}
    return status


def verified(freight: Object, stage: str, at: str) -> Object:
    """Its status once the Stage verified it."""
    status = status_of(freight)
    known = part_of(status, "verifiedIn")
    return {**status, "verifiedIn": {**known, stage: known.get(stage) or {"verifiedAt": at}}}


_PER_STAGE = ("currentlyIn", "verifiedIn", "approvedFor")
"""The fields of a Freight's status that are maps from a Stage's name."""


def stages_of(freight: Object) -> set[str]:
    """Every Stage that its status names."""
    return {stage for key in _PER_STAGE for stage in part_of(freight, "status", key)}


def without(freight: Object, stage: str) -> Object:
    """Its status with nothing about that Stage in it."""
    status = status_of(freight)
    kept = {key: {s: v for s, v in status[key].items() if s != stage} for key in _PER_STAGE if status.get(key)}
    return {**status, **kept}
