"""One whole rehearsal for all live tests: what it leaves standing is what they look at."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from workshop import paths
from workshop import settings as config
from workshop.rehearsal import flows
from workshop.shell import git, kubectl

REHEARSAL_LIMIT_SECONDS = 40 * 60


@dataclass(frozen=True)
class Rehearsal:
    """How `workshop rehearse` ended, what it wrote down, and what git saw before and after it."""

    exit_code: int
    report: dict[str, Any]
    before: str
    after: str


def workshop(request: pytest.FixtureRequest, *arguments: str) -> int:
    """Run the command as a user does; its output is shown while it comes, for a rehearsal takes minutes."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n$ workshop {' '.join(arguments)}", flush=True)
        return subprocess.run(
            [Path(sys.executable).with_name("workshop"), *arguments],
            cwd=paths.ROOT,
            timeout=REHEARSAL_LIMIT_SECONDS,
            check=False,
        ).returncode


@pytest.fixture(scope="session")
def rehearsal(request: pytest.FixtureRequest) -> Rehearsal:
    """One rehearsal for the whole session."""
    before = git.text("status", "--porcelain")
    exit_code = 0 if request.config.getoption("--reuse") else workshop(request, "rehearse")
    report = json.loads((flows.LATEST / "report.json").read_text(encoding="utf-8"))
    return Rehearsal(exit_code, report, before, git.text("status", "--porcelain"))


@pytest.fixture(scope="session")
def repository(rehearsal: Rehearsal) -> Any:
    """git in a fresh clone of the story, as it stands after the rehearsal."""
    git.within(paths.STORY_CLONE).text("fetch", "--quiet", "--prune", "origin")
    return git.within(paths.STORY_CLONE)


def listed(kind: str, namespace: str = config.PROJECT) -> list[dict[str, Any]]:
    """What the cluster has of a kind."""
    return json.loads(kubectl.text("get", kind, "--namespace", namespace, "--output", "json"))["items"]
