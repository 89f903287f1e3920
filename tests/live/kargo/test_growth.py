"""A Project that has been used for months: Kargo finds and promotes as quickly as on its first day."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final
from uuid import uuid4

import pytest
import yaml

from tests.live import images
from tests.live.kargo import world as worlds
from tests.live.kargo.world import World
from tests.live.phases import Phase
from workshop import paths
from workshop.kargo_lite.freight import freight_name

pytestmark = [pytest.mark.phase(Phase.BESIDE), pytest.mark.timeout(1200), pytest.mark.soak]

FREIGHTS: Final = 200
PROMOTIONS: Final = 50
TIMES: Final = 5
FACTOR: Final = 2.0
"""The median with all of them stays below so many times the median without."""
PATIENCE: Final = 60.0
AT_A_TIME: Final = 50
COMPONENTS: Final = ("frontend", "backend")
ORIGIN: Final = {"kind": "Warehouse", "name": "app"}
_MERGE: Final = "application/merge-patch+json"
_LAST_STEP: Final = "push"
"""What comes after it in the workshop's PromotionTask is Argo CD's, which knows nothing of the Project's size."""


@pytest.fixture(name="project")
def fixture_project(request: pytest.FixtureRequest) -> Iterator[World]:
    """An empty Project with a Warehouse, a repository, and a Stage that promotes as dev does, up to the push."""
    if not request.config.getoption("--reuse"):
        request.getfixturevalue("rehearsal")
    project = World(f"growth-{uuid4().hex[:6]}")
    try:
        project.make_project()
        warehouse = worlds.filled(worlds.manifest("warehouse"), lambda name, _: project.names()[name])
        project.apply_all([project.make_repository(), *warehouse, stage(project, as_dev_has_it(project))])
        yield project
    finally:
        project.remove()


def stage(project: World, template: dict[str, Any]) -> dict[str, Any]:
    """The Stage, with these steps."""
    spec = {
        "requestedFreight": [{"origin": ORIGIN, "sources": {"direct": True}}],
        "promotionTemplate": {"spec": template},
    }
    return {"kind": "Stage", "name": "dev", "spec": spec}


def as_dev_has_it(project: World) -> dict[str, Any]:
    """The steps of the workshop's PromotionTask that work with Freight and git."""
    task = yaml.safe_load((paths.GITOPS / "kargo" / "promotiontask.yaml").read_text(encoding="utf-8"))["spec"]
    aliases = [step["as"] for step in task["steps"]]
    own = {"gitRepo": project.names()["git"], **{name: project.names()[name] for name in COMPONENTS}}
    return {
        "vars": [{"name": name, "value": value} for name, value in own.items()],
        "steps": task["steps"][: aliases.index(_LAST_STEP) + 1],
    }


def in_an_instant() -> dict[str, Any]:
    """Steps for the Promotions of the past: what they did then is of no interest now."""
    return {"steps": [{"uses": "compose-output", "as": "note", "config": {"past": True}}]}


def push(project: World, created: datetime | None = None) -> list[dict[str, str]]:
    """Push both images under a new tag; what Freight says of them."""
    tag = os.urandom(4).hex()
    return [
        {
            "repoURL": project.names()[name],
            "tag": tag,
            "digest": images.push(f"{project.images}/{name}", tag, created=created),
        }
        for name in COMPONENTS
    ]


def until(probe: Callable[[], Any], what: str, limit: float = PATIENCE) -> float:
    """Ask fifty times a second; the moment at which the answer was true."""
    deadline = time.monotonic() + limit
    while not probe():
        assert time.monotonic() < deadline, f"not so after {limit:.0f} s: {what}"
        time.sleep(0.02)
    return time.monotonic()


def detection(project: World) -> float:
    """Seconds from asking the Warehouse to look, the images being there, until the Freight exists."""
    name = freight_name(ORIGIN, push(project))
    warehouses = worlds.client().resources.get(api_version=worlds.GROUP, kind="Warehouse")
    ask = {"metadata": {"annotations": {"kargo.akuity.io/refresh": uuid4().hex}}}
    started = time.monotonic()
    warehouses.patch(name="app", namespace=project.project, body=ask, content_type=_MERGE)
    return until(lambda: worlds.read("Freight", name, project.project), f"Freight {name}") - started


def promotion(project: World, freight: str) -> float:
    """Seconds from creating a Promotion until it has succeeded."""
    resource = worlds.client().resources.get(api_version=worlds.GROUP, kind="Promotion")
    started = time.monotonic()
    name = resource.create(body=manifest(project, freight), namespace=project.project).metadata.name
    ended = until(lambda: phase(project, name) not in ("", "Pending", "Running"), f"Promotion {name} has ended")
    assert phase(project, name) == "Succeeded", worlds.read("Promotion", name, project.project)
    return ended - started


def manifest(project: World, freight: str) -> dict[str, Any]:
    meta = {"generateName": "dev-", "namespace": project.project}
    spec = {"stage": "dev", "freight": freight}
    return {"apiVersion": worlds.GROUP, "kind": "Promotion", "metadata": meta, "spec": spec}


def phase(project: World, name: str) -> str:
    found = worlds.read("Promotion", name, project.project) or {}
    return str((found.get("status") or {}).get("phase", ""))


def freights(project: World) -> list[str]:
    return [item["metadata"]["name"] for item in worlds.listed("Freight", project.project)]


def measure(project: World) -> tuple[float, float]:
    """Medians of detection and promotion; what was found is what is promoted."""
    found: list[float] = []
    promoted: list[float] = []
    for _ in range(TIMES):
        before = set(freights(project))
        found.append(detection(project))
        (new,) = set(freights(project)) - before
        promoted.append(promotion(project, new))
    return median(found), median(promoted)


def fill(project: World) -> None:
    """Bring the Project to its size: images and Freight of the past, and Promotions that have ended."""
    now = datetime.now(UTC).replace(microsecond=0)
    missing = FREIGHTS - len(freights(project))
    with ThreadPoolExecutor(8) as crowd:
        pushed = list(crowd.map(lambda age: push(project, now - timedelta(hours=1 + age)), range(missing)))
    items = [
        {
            "apiVersion": worlds.GROUP,
            "kind": "Freight",
            "metadata": {"name": freight_name(ORIGIN, pair), "namespace": project.project},
            "origin": ORIGIN,
            "images": pair,
        }
        for pair in pushed
    ]
    hand_over(project, "apply", items)
    done = len(worlds.listed("Promotion", project.project))
    project.apply(stage(project, in_an_instant()))
    hand_over(project, "create", [manifest(project, name) for name in freights(project)[: PROMOTIONS - done]])
    until(lambda: len(succeeded(project)) >= PROMOTIONS, f"{PROMOTIONS} Promotions have succeeded", limit=400)
    project.apply(stage(project, as_dev_has_it(project)))


def hand_over(project: World, verb: str, items: list[dict[str, Any]]) -> None:
    for start in range(0, len(items), AT_A_TIME):
        project.apply_all(items[start : start + AT_A_TIME], verb=verb)


def succeeded(project: World) -> list[dict[str, Any]]:
    time.sleep(1)  # a long list: not fifty times a second
    found = worlds.listed("Promotion", project.project)
    return [item for item in found if (item.get("status") or {}).get("phase") == "Succeeded"]


def test_200_freights_and_50_promotions_slow_nothing_down(
    project: World, record_property: Callable[[str, Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    empty = measure(project)
    fill(project)
    assert len(freights(project)) == FREIGHTS
    full = measure(project)

    lines = []
    for name, before, after in zip(("detection", "promotion"), empty, full, strict=True):
        lines.append(f"{name}: {before:.2f} s empty, {after:.2f} s full, {after / before:.2f} times")
        record_property(name, [round(before, 3), round(after, 3)])
    with capsys.disabled():
        print("", *lines, sep="\n")
    assert full[0] < FACTOR * empty[0], lines
    assert full[1] < FACTOR * empty[1], lines
