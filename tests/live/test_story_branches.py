"""The branches of the story pass the pipeline's checks; error breaks only where the file system is read-only."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest

from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop import paths
from workshop import settings as config
from workshop.services import forge
from workshop.story import branches
from workshop.story import repository as story_of_the_forge
from workshop.story.branches import BRANCHES, COMPONENTS

pytestmark = pytest.mark.phase(Phase.BESIDE)
UNTOLD = ("feature/delete-user",)
"""There for whoever goes on by themselves."""
REFUSED = "feature/add-button"
"""There to fail a check."""
PASSWORD = uuid4().hex
"""Of a database that is gone with the tests."""
ASK = """
import urllib.error, urllib.request
try:
    print(urllib.request.urlopen("http://localhost:8000/api/health/ready", timeout=2).read().decode())
except urllib.error.HTTPError as answer:
    print(answer.read().decode())
"""


def run(*command: str, cwd: Path | None = None) -> str:
    """The output of a command that has to succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout.strip()


@pytest.fixture(scope="module", name="story")
def fixture_story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with every branch."""
    repository = tmp_path_factory.mktemp("story") / "repository"
    branches.edit(paths.ROOT, repository)
    return repository


def build(story: Path, branch: str, component: str, target: str) -> str:
    """The image of one stage of one branch's component."""
    run("git", "switch", "--quiet", branch, cwd=story)
    return run("docker", "build", "--quiet", "--target", target, component, cwd=story).splitlines()[-1]


def test_the_talk_takes_the_branches_through_the_pipeline(rehearsal: Rehearsal) -> None:
    """What passes is merged, and what does not is not: that is what each branch is there for."""
    proposed = {
        proposal["head"]["ref"]: proposal["merged"]
        for proposal in forge.checked("GET", f"{story_of_the_forge.PATH}/pulls", params={"state": "all", "limit": 50})
    }
    assert {branch.name: proposed[branch.name] for branch in BRANCHES if branch.name not in UNTOLD} == {
        branch.name: branch.name != REFUSED for branch in BRANCHES if branch.name not in UNTOLD
    }


@pytest.mark.timeout(900)
@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("branch", UNTOLD)
def test_the_checks_pass(story: Path, branch: str, component: str) -> None:
    build(story, branch, component, "check")


class Readiness(Protocol):
    """Each readiness check of a branch's backend, with "ok" or the reason."""

    def __call__(self, branch: str, *, read_only: bool) -> dict[str, str]: ...


@pytest.fixture(scope="module", name="database")
def fixture_database() -> Iterator[str]:
    """A PostgreSQL of the tests' own, on a network of its own; the network's name."""
    name = f"workshop-story-{PASSWORD[:8]}"
    image = config.versions()["images"]["postgres"]["name"]
    run("docker", "network", "create", name)
    variables = ["--env", f"POSTGRES_PASSWORD={PASSWORD}", "--env", "POSTGRES_DB=users_db"]
    container = ""
    try:
        container = run(
            "docker", "run", "--detach", "--network", name, "--network-alias", "database", *variables, image
        )
        yield name
    finally:
        if container:
            run("docker", "rm", "--force", "--volumes", container)
        run("docker", "network", "rm", name)


@pytest.fixture(name="readiness")
def fixture_readiness(story: Path, database: str) -> Iterator[Readiness]:
    """Runs a branch's backend as the cluster does, or with a file system that can be written; its own report."""
    containers: list[str] = []

    def readiness(branch: str, *, read_only: bool) -> dict[str, str]:
        image = build(story, branch, "app", "runtime")
        options = ["--network", database, "--tmpfs", "/tmp"]
        options += ["--env", f"DATABASE_URL=postgresql://postgres:{PASSWORD}@database/users_db"]
        if read_only:
            options.append("--read-only")
        containers.append(container := run("docker", "run", "--detach", *options, image))
        deadline = time.monotonic() + 60
        while True:
            asked = subprocess.run(
                ["docker", "exec", container, "python", "-c", ASK], capture_output=True, text=True, check=False
            )
            checks = json.loads(asked.stdout)["checks"] if asked.returncode == 0 else {}
            # Until then it waits for PostgreSQL and its tables, and says so.
            if checks.get("database") == "ok":
                return checks
            assert time.monotonic() < deadline, run("docker", "logs", container)
            time.sleep(0.5)

    yield readiness
    for container in containers:
        run("docker", "rm", "--force", "--volumes", container)


def test_error_is_never_ready_where_nothing_can_be_written_and_says_why(readiness: Readiness) -> None:
    checks = readiness("feature/error", read_only=True)

    assert checks["database"] == "ok"
    assert "Read-only file system" in checks["audit"]


def test_error_works_on_the_developers_machine(readiness: Readiness) -> None:
    assert set(readiness("feature/error", read_only=False).values()) == {"ok"}


def test_fix_is_ready(readiness: Readiness) -> None:
    assert set(readiness("feature/fix", read_only=True).values()) == {"ok"}
