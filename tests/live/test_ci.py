"""The pipeline as a gate: the step that is there for a fault stops it, and the forge keeps it out of main."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop import environment, paths, voice
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.services import forge
from workshop.shell import Tool, git
from workshop.story import ci

REPOSITORY = f"/repos/{config.FORGE_ORGANISATION}/{config.REPOSITORY}"
BACKEND_STEPS = ["pyright", "pylint", "black", "bandit", "pytest"]
"""Beginnings of the steps' names, in their order."""
pytestmark = [pytest.mark.phase(Phase.BESIDE), pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Fault:
    """Something that a pull request brings, and should not: the step that stops it, and what that step says."""

    step: str
    file: str
    text: str
    complaint: str


FAULTS = (
    Fault(
        "pyright",
        "app/src/users_api/domain/users.py",
        '\n\ndef wrong_type() -> int:\n    """Promise a number."""\n    return "text"\n',
        '"Literal[\'text\']" is not assignable to "int"',
    ),
    Fault("black", "app/src/users_api/domain/users.py", "\n\nCOLOURS = ('red', 'green')\n", "would reformat"),
    Fault(
        "bandit",
        "app/src/users_api/services/weak.py",
        '"""A fingerprint."""\n\nimport hashlib\n\n\ndef fingerprint(password: str) -> str:\n'
        '    """Of a password, and a weak one."""\n    return hashlib.md5(password.encode()).hexdigest()\n',
        "Use of weak MD5 hash for security",
    ),
)
LAST = Fault(
    "pytest",
    "app/tests/test_wrong.py",
    '"""A test that fails."""\n\n\ndef test_wrong():\n    assert sum([1, 1]) == 3\n',
    "test_wrong",
)
"""The one that every other check has let pass."""


class Proposal:
    """A pull request made for a test: its number, and what its checks told."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.told: list[str] = []

    def check(self) -> None:
        """Run its checks."""
        with voice.heard_by(self.told.append):
            ci.checks(self.number)

    def steps(self, mark: str) -> list[str]:
        """The steps that ended with that mark, ✓ or ✗."""
        return [line.strip().removeprefix(f"{mark} ") for line in self.told if line.strip().startswith(mark)]


@pytest.fixture(name="propose")
def fixture_propose(rehearsal: Rehearsal, tmp_path: Path) -> Iterator[Callable[..., Proposal]]:
    """Opens a pull request that adds text to files; it is closed, and its branch gone, after the test."""
    clone = git.within(tmp_path / "clone").with_variables(forge.credentials(config.PRESENTER))
    git.text("clone", "--quiet", config.repository_on_host(), str(tmp_path / "clone"))
    made: list[tuple[int, str]] = []

    def propose(name: str, additions: dict[str, str], base: str = "main") -> Proposal:
        branch = f"feature/test-{name}"
        clone.text("switch", "--quiet", "--force-create", branch, f"origin/{base}")
        for file, text in additions.items():
            with (tmp_path / "clone" / file).open("a", encoding="utf-8") as stream:
                stream.write(text)
        clone.text("add", "--all")
        _commit(clone, name)
        clone.text("push", "--quiet", "--force", config.repository_on_host(), branch)
        number = ci.pull_request(branch, name)
        made.append((number, branch))
        return Proposal(number)

    yield propose
    for number, branch in made:
        ci.close(number)
        clone.text("push", "--quiet", config.repository_on_host(), f":{branch}")


def _commit(clone: Tool, message: str) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@workshop.local")
    clone.text(*identity, "commit", "--quiet", "--message", f"test: {message}")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.step)
def test_a_fault_is_stopped_by_its_step_and_refused_by_the_forge(
    propose: Callable[..., Proposal], fault: Fault
) -> None:
    proposal = propose(fault.step, {fault.file: fault.text})
    assert_stopped(proposal, fault)


@pytest.fixture(name="unplugged")
def fixture_unplugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has act, and what it builds, run without any network; the file is there once it did.

    In a network namespace with nothing in it docker is still reached, by its socket in the file system.
    """
    used, wrapper = tmp_path / "used", tmp_path / "bin" / "act"
    act = shutil.which("act", path=environment.search_path())
    wrapper.parent.mkdir()
    wrapper.write_text(
        f'#!/bin/sh\ntouch {used}\nexec unshare --net --map-root-user {act} "$@" --var BUILD_OPTIONS=--network=none\n',
        encoding="utf-8",
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{paths.BIN}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(paths, "BIN", wrapper.parent)
    return used


@pytest.mark.skipif(shutil.which("unshare") is None, reason="network namespaces are Linux'")
def test_everything_is_checked_without_any_network(propose: Callable[..., Proposal], unplugged: Path) -> None:
    # A line in each component that was never there before, so that no check is answered by what the engine remembers.
    mark = secrets.token_hex(4)
    additions = {"app/src/users_api/__init__.py": f"\n# {mark}\n", "frontend/src/main.tsx": f"// {mark}\n"}
    proposal = propose("offline", {**additions, LAST.file: LAST.text}, base="feature/update-user")

    assert_stopped(proposal, LAST)

    assert unplugged.exists()
    ran = [step.split()[0] for step in proposal.steps("✓") if "do cache" not in step]
    assert {*BACKEND_STEPS[:-1], "eslint", "tsc", "vitest"} <= set(ran)


def assert_stopped(proposal: Proposal, fault: Fault) -> None:
    """The step that is there for the fault fails, those before it passed, and the forge does not merge."""
    with pytest.raises(WorkshopError, match=f"A CI de .* falhou: {fault.step}") as failure:
        proposal.check()

    assert fault.complaint in failure.value.details
    (stopped,) = proposal.steps("✗")
    assert stopped.startswith(fault.step)
    passed = [step for step in proposal.steps("✓") if step.startswith(tuple(BACKEND_STEPS))]
    before = BACKEND_STEPS[: BACKEND_STEPS.index(fault.step)]
    assert [step.split()[0] for step in passed] == before

    # The forge itself refuses, whoever asks: here its own administrator.
    answer = forge.call(
        "POST", f"{REPOSITORY}/pulls/{proposal.number}/merge", json={"Do": "merge", "force_merge": True}
    )
    assert answer.status_code == 405
    with pytest.raises(WorkshopError, match="recusou o merge"):
        ci.merge(proposal.number)
    status = forge.checked("GET", f"{REPOSITORY}/pulls/{proposal.number}")
    assert status["merged"] is False
