"""`workshop bench` as a user runs it: it measures, writes down, and leaves the story where it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import Rehearsal, listed, workshop
from tests.live.phases import Phase
from workshop import paths, registry
from workshop import settings as config
from workshop.bench import report
from workshop.board import read
from workshop.kargo import guests
from workshop.shell import kubectl

pytestmark = [pytest.mark.phase(Phase.BESIDE), pytest.mark.timeout(900), pytest.mark.soak]
PATIENCE = 240
"""Seconds; a busy machine takes its time to begin, and to put back."""


def standing() -> dict[str, Any]:
    """What a bench must not change."""
    return {
        "stages": [(one.name, one.freight, one.serving, one.health, one.sync) for one in read().stages],
        "freight": sorted(item["metadata"]["name"] for item in listed("freights")),
        "promotions": sorted(item["metadata"]["name"] for item in listed("promotions")),
        "images": {image: registry.local().tags(image) for image in config.APP_IMAGES},
        "policies": [item["spec"] for item in listed("projectconfigs")],
        "namespace": kubectl.ok("get", "namespace", config.NAMESPACE_BENCH, "--output=jsonpath={.spec}"),
    }


def settled(before: dict[str, Any]) -> dict[str, Any]:
    """The same a little later: a namespace takes seconds to go, and a Stage to look at itself again."""
    deadline = time.monotonic() + PATIENCE
    while (now := standing()) != before and time.monotonic() < deadline:
        time.sleep(1)
    return now


def test_it_measures_and_leaves_no_trace(rehearsal: Rehearsal, request: pytest.FixtureRequest) -> None:
    before = standing()

    assert workshop(request, "bench", "--times", "1", "--no-limits") == 0

    found = json.loads(report.LATEST.read_text(encoding="utf-8"))
    assert [item["name"] for item in found["measurements"]] == [*config.ENVIRONMENTS, "rollback", "set-image"]
    for item in found["measurements"]:
        assert item["median"] > 0, item
        assert item["ratio"] == pytest.approx(item["median"] / found["measurements"][-1]["median"], abs=0.05)
    assert [item["most_ratio"] for item in found["measurements"]] == [4, 4, 4, 12, None]
    assert found["measurements"][-2]["requests"] > 0
    assert found["measurements"][-2]["failed_requests"] == 0
    assert found["machine"]["node_memory_gib"] > 0
    assert found["machine"]["cpus"] == os.cpu_count()
    assert settled(before) == before


def test_interrupted_it_puts_everything_back(rehearsal: Rehearsal) -> None:
    before = standing()
    command = [Path(sys.executable).with_name("workshop"), "bench", "--times", "1"]
    process = subprocess.Popen(command, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _has_come() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert _has_come()
        process.send_signal(signal.SIGINT)
        shown, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()

    assert process.returncode == 130, shown
    assert "Traceback" not in shown
    assert settled(before) == before


def test_killed_the_next_one_puts_everything_back(rehearsal: Rehearsal) -> None:
    before = standing()
    process = subprocess.Popen(
        [Path(sys.executable).with_name("workshop"), "bench", "--times", "1"],
        cwd=paths.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + PATIENCE
        while not _has_come() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert _has_come()
    finally:
        process.kill()
        process.wait()

    guests.dismiss()
    kubectl.change("delete", "namespace", config.NAMESPACE_BENCH, "--ignore-not-found", limit=120)
    assert settled(before) == before


def _has_come() -> bool:
    """Whether a version of the bench is Freight."""
    if not paths.GUESTS.exists():
        return False
    theirs = set(json.loads(paths.GUESTS.read_text(encoding="utf-8"))["tags"])
    return any(image["tag"] in theirs for freight in listed("freights") for image in freight["images"])
