"""What the cluster and the application say about each environment right now."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from workshop import settings as config
from workshop.cluster import gateway
from workshop.errors import WorkshopError
from workshop.shell import kubectl


@dataclass(frozen=True)
class StageState:
    """One environment: what Kargo has put there, and what the application itself answers."""

    stage: str
    freight: str = ""
    tag: str = ""
    health: str = "Unknown"
    promotion: str = ""
    served: str = ""
    """The tag that /api/version answers; empty while nobody answers."""

    @property
    def is_well(self) -> bool:
        """Whether what was promoted is what visitors get."""
        return bool(self.served) and self.served == self.tag and self.health in ("Healthy", "Unknown", "")

    @property
    def rolled_back(self) -> bool:
        """Whether the last promotion failed and an older version serves on."""
        return bool(self.served) and self.promotion in ("Errored", "Failed")


def read() -> list[StageState]:
    """The three environments, in the order of promotion.

    Raises `WorkshopError` where there is no workshop to ask.
    """
    try:
        listed = json.loads(kubectl.text("get", "stages", "-n", config.PROJECT, "-o", "json", timeout=20))
    except WorkshopError as error:
        raise WorkshopError(
            "O cluster da oficina não responde, ou o Kargo ainda não está nele.",
            fix="workshop up",
            details=error.details,
        ) from None
    stages = {item["metadata"]["name"]: item.get("status", {}) for item in listed["items"]}
    return [_state(name, stages.get(name, {})) for name in config.ENVIRONMENTS]


def served_version(environment: str) -> str:
    """The tag of the image that answers in an environment, or nothing."""
    try:
        return str(gateway.ask(environment, "/api/version").json().get("tag", ""))
    except (httpx.HTTPError, ValueError):
        return ""


def _state(name: str, status: dict[str, Any]) -> StageState:
    current = (status.get("freightHistory") or [{}])[0]
    freights = list(current.get("items", {}).values())
    images = freights[0].get("images", []) if freights else []
    last = status.get("lastPromotion") or {}
    return StageState(
        stage=name,
        freight=freights[0].get("name", "") if freights else "",
        tag=images[0].get("tag", "") if images else "",
        health=(status.get("health") or {}).get("status", "Unknown"),
        promotion=(last.get("status") or {}).get("phase", ""),
        served=served_version(name),
    )
