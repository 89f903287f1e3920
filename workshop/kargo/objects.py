"""What Kargo holds of the Project, seen at one moment: Stages, Promotions and Freight in a single question."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from workshop import settings as config
from workshop.shell import kubectl

Object = dict[str, Any]

FINISHED: Final = frozenset({"Succeeded", "Failed", "Errored", "Aborted"})
"""Phases of a Promotion that has ended."""


def phase(promotion: Object | None) -> str:
    """Where a Promotion is; empty where there is none, or it has not begun."""
    found: str = ((promotion or {}).get("status") or {}).get("phase", "")
    return found


def step_name(alias: str) -> str:
    """The name of a step within its PromotionTask: `promote::push` is `push`."""
    return alias.rpartition("::")[2]


def youngest(promotions: Iterable[Object]) -> Object | None:
    """The one that was made last. Names hold a ULID: they sort by time, also within one second."""
    return max(promotions, key=lambda item: str(item["metadata"]["name"]), default=None)


@dataclass(frozen=True)
class Snapshot:
    """The objects, as Kargo wrote them."""

    stages: dict[str, Object]
    promotions: list[Object]
    freights: list[Object]

    @classmethod
    def of(cls, objects: Iterable[Object]) -> Snapshot:
        """Sort a list of objects of these three kinds."""
        kinds: dict[str, list[Object]] = {"Stage": [], "Promotion": [], "Freight": []}
        for item in objects:
            kinds[item["kind"]].append(item)
        stages = {item["metadata"]["name"]: item for item in kinds["Stage"]}
        return cls(stages, kinds["Promotion"], kinds["Freight"])

    def freight(self, tag: str) -> str:
        """The name of the Freight whose images all carry that tag; empty where there is none."""
        for item in self.freights:
            if {image["tag"] for image in item.get("images") or []} == {tag}:
                return str(item["metadata"]["name"])
        return ""

    def tag(self, freight: str) -> str:
        """The tag of a Freight's images; empty where there is no such Freight."""
        found = next((item for item in self.freights if item["metadata"]["name"] == freight), {})
        return next((str(image["tag"]) for image in found.get("images") or []), "")

    def holds(self, stage: str) -> str:
        """The name of the Freight that a Stage has now; empty where it has none."""
        history = self._status(stage).get("freightHistory") or [{}]
        for item in (history[0].get("items") or {}).values():
            return str(item["name"])
        return ""

    def is_verified(self, stage: str, freight: str) -> bool:
        """Whether that Stage was healthy with that Freight: what the next Stage asks for."""
        return any(
            item["metadata"]["name"] == freight and stage in ((item.get("status") or {}).get("verifiedIn") or {})
            for item in self.freights
        )

    def is_held_back(self, stage: str) -> bool:
        """Whether somebody promoted older Freight by hand: then nothing newer comes by itself."""
        status = self._status(stage)
        return bool(status.get("autoPromotionHolds") or status.get("effectiveAutoPromotionHolds"))

    def unfinished(self, stage: str) -> list[Object]:
        """The Stage's Promotions that run or wait, oldest first."""
        found = [item for item in self.promotions if item["spec"]["stage"] == stage and phase(item) not in FINISHED]
        return sorted(found, key=lambda item: str(item["metadata"]["name"]))

    def newest(self, stage: str, freight: str) -> Object | None:
        """The newest Promotion of that Freight to that Stage."""
        wanted = (stage, freight)
        return youngest(i for i in self.promotions if (i["spec"]["stage"], i["spec"].get("freight")) == wanted)

    def is_at(self, stage: str, freight: str) -> bool:
        """Whether the Stage has that Freight, verified, and nothing else is on its way there."""
        others = [item for item in self.unfinished(stage) if item["spec"].get("freight") != freight]
        return self.holds(stage) == freight and self.is_verified(stage, freight) and not others

    def _status(self, stage: str) -> Object:
        return self.stages.get(stage, {}).get("status") or {}


def look() -> Snapshot:
    """Ask the cluster. Raises `WorkshopError` where it does not answer, or has no Kargo."""
    text = kubectl.text("--namespace", config.PROJECT, "get", "stages,promotions,freights", "--output", "json")
    return Snapshot.of(json.loads(text)["items"])
