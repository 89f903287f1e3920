"""A Kargo in memory, for those who ask what it holds and promote: each look at it takes every Promotion to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.unit.kargo.kinds import by_kind
from workshop.kargo import objects, promotions

STAGES = ("dev", "stg", "prod")


@dataclass
class StoryKargo:
    """Stages by what they hold, Freight by tag; its name is `f-<tag>`."""

    held: dict[str, str]
    tags: list[str]
    verified: dict[str, set[str]] = field(default_factory=dict)
    approved: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    aborted: list[str] = field(default_factory=list)
    holds: dict[str, Any] = field(default_factory=dict)
    promotions: list[dict[str, Any]] = field(default_factory=list)
    auto: bool = True
    """Whether dev takes what is newest by itself."""
    fails: int = 0
    """How many Promotions fail before they go well."""

    def __post_init__(self) -> None:
        for stage, tag in self.held.items():
            self.verified.setdefault(tag, set()).add(stage)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> StoryKargo:
        """Be what the package sees as Kargo."""
        monkeypatch.setattr(objects, "look", self.look)
        monkeypatch.setattr(promotions, "promote", self.promote)
        monkeypatch.setattr(promotions, "approve", lambda freight, to: self.approved.append((freight, tuple(to))))
        monkeypatch.setattr(promotions, "abort", self.abort)
        monkeypatch.setattr("workshop.wait.time.sleep", lambda seconds: None)
        return self

    def promote(self, stage: str, freight: str, as_: str | None) -> None:
        """As asked by that persona."""
        self.asked.append((stage, freight, as_))
        self.add(stage, freight, "")

    def add(self, stage: str, freight: str, phase: str) -> str:
        """A Promotion that is there already; returns its name."""
        name = f"{stage}.{len(self.promotions):03}.{freight}"
        spec = {"stage": stage, "freight": freight}
        item = {"kind": "Promotion", "metadata": {"name": name}, "spec": spec, "status": {"phase": phase}}
        self.promotions.append(item)
        return name

    def abort(self, name: str) -> None:
        """End one."""
        self.aborted.append(name)
        for item in self.promotions:
            if item["metadata"]["name"] == name:
                item["status"]["phase"] = "Aborted"

    def look(self, *kinds: str) -> objects.Snapshot:
        """What it holds now, of whatever kinds; what was waiting has arrived when it is asked the next time."""
        if self.auto and not self.holds and self.held.get("dev") != self.tags[-1]:
            newest = f"f-{self.tags[-1]}"
            if not any(item["spec"] == {"stage": "dev", "freight": newest} for item in self.promotions):
                self.add("dev", newest, "")
        everything = [*map(self._stage, STAGES), *self.promotions, *map(self._freight, self.tags)]
        seen = objects.Snapshot.of(by_kind(everything))
        for item in self.promotions:
            if item["status"]["phase"] == "":
                item["status"]["phase"] = "Errored" if self.fails > 0 else "Succeeded"
                self.fails -= 1
                if item["status"]["phase"] == "Succeeded":
                    tag = item["spec"]["freight"].removeprefix("f-")
                    self.held[item["spec"]["stage"]] = tag
                    self.verified.setdefault(tag, set()).add(item["spec"]["stage"])
        return seen

    def _stage(self, name: str) -> dict[str, Any]:
        status: dict[str, Any] = {"autoPromotionHolds": self.holds.get(name)}
        if tag := self.held.get(name):
            status["freightHistory"] = [{"items": {"Warehouse/app": {"name": f"f-{tag}", "images": [{"tag": tag}]}}}]
        return {"kind": "Stage", "metadata": {"name": name}, "status": status}

    def _freight(self, tag: str) -> dict[str, Any]:
        verified = {stage: {} for stage in self.verified.get(tag, ())}
        images = [{"tag": tag}, {"tag": tag}]
        return {
            "kind": "Freight",
            "metadata": {"name": f"f-{tag}"},
            "images": images,
            "status": {"verifiedIn": verified},
        }
