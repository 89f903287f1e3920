"""What the audience sees of a CI run: one line per step, honest about the engine's cache. The act is the real one."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from workshop import paths, process
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import engine
from workshop.story import act, cold

CACHED, EXECUTED = " ---> Using cache", " ---> Running in 1a2b"


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@workshop.local"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@dataclass
class Pipeline:
    """A repository whose pipeline is what a test says: its steps, by name, are shell commands."""

    repository: Path
    log: Path
    told: list[str]
    steps: dict[str, str] = field(default_factory=dict)

    def run(self, event: str = "push", **steps: str) -> None:
        """Commit a pipeline of these steps, in one job, and run it."""
        lines = [f"      - name: {name}\n        run: |\n          {line}\n" for name, line in steps.items()]
        head = "name: CI\non: {push: {branches: [main]}, pull_request: {branches: [main]}}\n"
        workflow = self.repository / ".github/workflows/ci.yml"
        workflow.parent.mkdir(parents=True, exist_ok=True)
        job = f"jobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n{''.join(lines)}"
        workflow.write_text(head + job, encoding="utf-8")
        git(self.repository, "add", "--all")
        git(self.repository, "commit", "--quiet", "--message", "pipeline")
        act.run(event, git(self.repository, "rev-parse", "HEAD").strip(), self.log)

    @property
    def ended(self) -> list[str]:
        """The steps that were told, without their seconds."""
        return [re.sub(r"\d+ s", "… s", line.strip()) for line in self.told[1:]]


@pytest.fixture(name="pipeline")
def fixture_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]) -> Pipeline:
    monkeypatch.setattr(paths, "CI", tmp_path / "ci")
    monkeypatch.setattr(paths, "COLD", tmp_path / "ci" / "cold.jsonl")
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "--quiet", "--initial-branch", "main")
    monkeypatch.setattr(config, "repository_on_host", lambda: str(repository))
    return Pipeline(repository, tmp_path / "logs" / "ci.log", told)


def test_each_step_is_told_with_its_seconds_under_the_command(pipeline: Pipeline) -> None:
    pipeline.run(one="echo 1", two=f"echo '{CACHED}'; echo '{EXECUTED}'")
    assert pipeline.told[0].startswith("$ act push --platform ubuntu-latest=-self-hosted --var REGISTRY=localhost:")
    assert pipeline.ended == ["✓ one (… s)", "✓ two (… s)"]


def test_a_step_answered_by_the_cache_says_so(pipeline: Pipeline) -> None:
    pipeline.run(one=f"echo '{CACHED}'")
    assert pipeline.ended == ["✓ one (… s, do cache: nada mudou desde a última vez)"]


def test_a_failed_step_is_named_with_its_own_last_lines_and_the_log_has_every_one(pipeline: Pipeline) -> None:
    with pytest.raises(WorkshopError, match=r"A CI de [0-9a-f]{8} falhou: two\.") as failure:
        pipeline.run(one="echo from another step", two="for n in $(seq 100); do echo line $n; done; exit 1")
    assert pipeline.ended == ["✓ one (… s)", "✗ two (… s)"]
    assert failure.value.details.splitlines() == [f"line {number}" for number in range(76, 101)]
    assert str(pipeline.log) in failure.value.fix
    log = pipeline.log.read_text(encoding="utf-8")
    assert "line 1\n" in log
    assert "from another step" in log


def test_the_builders_own_lines_do_not_hide_why_a_check_failed(pipeline: Pipeline) -> None:
    noise = f"echo 'Step 39/39 : RUN black'; echo '{EXECUTED}'; echo '{CACHED}'"
    with pytest.raises(WorkshopError) as failure:
        pipeline.run(black=f"{noise}; echo would reformat x.py; exit 1")
    assert failure.value.details == "would reformat x.py"
    assert "Step 39/39" in pipeline.log.read_text(encoding="utf-8")


def test_a_pipeline_that_does_not_begin_is_told_by_what_act_says(pipeline: Pipeline) -> None:
    with pytest.raises(WorkshopError, match=r"A CI de [0-9a-f]{8} falhou\.") as failure:
        pipeline.run(**{"one": "echo 1\n      this: is no workflow"})
    assert "yaml" in failure.value.details


def test_one_that_says_nothing_ends_with_its_limit(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(act, "LIMIT_SECONDS", 1.0)
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.5)
    with pytest.raises(WorkshopError, match="não terminou em 1 s") as failure:
        pipeline.run(one="echo this far; sleep 60")
    assert "this far" in failure.value.details


@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_what_happened_is_an_event_of_main(pipeline: Pipeline, event: str) -> None:
    pipeline.run(event, one="echo 1")
    assert pipeline.ended == ["✓ one (… s)"]


def test_nobodys_settings_change_what_runs_and_steps_are_at_home(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".config" / "act").mkdir(parents=True)
    for file in (home / ".actrc", home / ".config" / "act" / "actrc"):
        file.write_text("--job none-of-these\n--env MARK=theirs\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    pipeline.run(one='test "$HOME" = "' + str(home) + '"', two='test -z "$MARK"')
    assert pipeline.ended == ["✓ one (… s)", "✓ two (… s)"]


def test_its_steps_use_the_engine_that_docker_uses(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself act takes the first socket that it finds, also where a context names another."""
    monkeypatch.setattr(engine, "address", lambda: "unix:///home/ana/.colima/default/docker.sock")
    pipeline.run(one='test "$DOCKER_HOST" = unix:///home/ana/.colima/default/docker.sock')
    assert pipeline.ended == ["✓ one (… s)"]


def test_what_ran_for_the_first_time_is_noted_for_the_rehearsal(pipeline: Pipeline) -> None:
    pipeline.run(one="echo nothing of the builder; sleep 0.3")
    assert cold.since(0) == 0
    pipeline.run(one=f"echo 'Step 1/2 : RUN x'; echo '{EXECUTED}'; sleep 0.3")
    assert cold.since(0) >= 0.3
