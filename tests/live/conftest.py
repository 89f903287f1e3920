"""One whole rehearsal for all live tests: what it leaves standing is what they look at."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.live import hostile
from workshop import paths
from workshop import settings as config
from workshop.rehearsal import flows
from workshop.shell import git, kubectl

REHEARSAL_LIMIT_SECONDS = 40 * 60


@dataclass(frozen=True)
class Rehearsal:
    """How `make rehearse` ended, what it wrote down, and what git saw before and after it.

    **elsewhere_before**, **elsewhere_after**: of a repository that is not ours, and that the environment pointed to.
    """

    exit_code: int
    report: dict[str, Any]
    before: str
    after: str
    elsewhere_before: str = ""
    elsewhere_after: str = ""


def workshop(request: pytest.FixtureRequest, *arguments: str) -> int:
    """Run the command as a user does; its output is shown while it comes, for a rehearsal takes minutes."""
    return run_in_sight(request, [Path(sys.executable).with_name("workshop"), *arguments])


def run_in_sight(
    request: pytest.FixtureRequest, command: list[str | Path], variables: Mapping[str, str] | None = None
) -> int:
    """Run a command with its output shown at once; the exit code."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(
            f"\n$ {' '.join(Path(part).name if Path(part).is_absolute() else str(part) for part in command)}",
            flush=True,
        )
        return subprocess.run(
            command, cwd=paths.ROOT, env=variables, timeout=REHEARSAL_LIMIT_SECONDS, check=False
        ).returncode


@pytest.fixture(scope="session")
def rehearsal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """One rehearsal for the whole session, on a machine that is set up against it (`hostile.py`)."""
    before = git.text("status", "--porcelain")
    exit_code, theirs, afterwards = 0, "", ""
    if not request.config.getoption("--reuse"):
        machine = hostile.machine(tmp_path_factory.mktemp("hostile"))
        theirs = machine.seen()
        exit_code = run_in_sight(request, ["make", "rehearse"], machine.variables)
        afterwards = machine.seen()
    report = json.loads((flows.LATEST / "report.json").read_text(encoding="utf-8"))
    return Rehearsal(exit_code, report, before, git.text("status", "--porcelain"), theirs, afterwards)


@pytest.fixture(scope="session")
def repository(rehearsal: Rehearsal) -> Any:
    """git in a fresh clone of the story, as it stands after the rehearsal."""
    git.within(paths.STORY_CLONE).text("fetch", "--quiet", "--prune", "origin")
    return git.within(paths.STORY_CLONE)


def listed(kind: str, namespace: str = config.PROJECT) -> list[dict[str, Any]]:
    """What the cluster has of a kind."""
    return json.loads(kubectl.text("get", kind, "--namespace", namespace, "--output", "json"))["items"]
