"""The way into main on GitHub: real commands, answered by a gh that replays what gh prints (gh/README.md)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import warehouse
from workshop.rehearsal import flows
from workshop.services import forge
from workshop.story import ci, demo, github, points, repository

STAND_IN = Path(__file__).parent / "gh" / "stand_in.py"
BRANCH = "feature/update-user"
COMMIT = "9b68c4e7a1f20d5c3b8e6f471029384756abcdef"
PAGE = "https://github.com/OWNER/REPO"
IN = ("--repo", "OWNER/REPO")

AUTH = ("auth", "status", "--hostname", "github.com")
LIST = (
    "pr", "list", *IN, "--head", BRANCH, "--base", "main", "--state", "open",
    "--json", "headRefName,isCrossRepository,number,url",
)  # fmt: skip
CREATE = ("pr", "create", *IN, "--head", BRANCH, "--base", "main", "--title", "Editar usuários", "--body", "")
CHECKS = ("pr", "checks", "12", *IN, "--json", "bucket,link,name,state")
WATCH_CHECKS = ("pr", "checks", "12", *IN, "--watch")
MERGE = ("pr", "merge", "12", *IN, "--merge")
VIEW = ("pr", "view", "12", *IN, "--json", "mergeCommit,state")
RUNS = (
    "run", "list", *IN, "--commit", COMMIT, "--event", "push",
    "--json", "conclusion,databaseId,status,url,workflowName",
)  # fmt: skip
WATCH_RUN = ("run", "watch", "2", *IN, "--exit-status", "--interval", "10")
VIEW_RUN = ("run", "view", "2", *IN, "--json", "conclusion,jobs,status,url")
LOG = ("run", "view", "2", *IN, "--log-failed")


class Gh:
    """What the stand-in is to expect, and whether that is what came."""

    def __init__(self, folder: Path) -> None:
        self.calls = folder / "calls.json"
        self._expected: list[dict] = []

    def expect(self, arguments: tuple[str, ...], recording: str, *, repeats: bool = False) -> Gh:
        self._expected.append({"arguments": arguments, "recording": recording, "repeats": repeats})
        self.calls.write_text(json.dumps(self._expected), encoding="utf-8")
        return self

    def signed_in(self) -> Gh:
        return self.expect(("--version",), "version").expect(AUTH, "auth-status")

    def verify(self) -> None:
        unexpected = self.calls.with_suffix(".unexpected")
        assert not unexpected.exists(), unexpected.read_text(encoding="utf-8")
        left = json.loads(self.calls.read_text(encoding="utf-8")) if self.calls.exists() else []
        assert [call for call in left if not call["repeats"]] == []


@pytest.fixture
def on_github(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith(("GIT_", "GH_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("WORKSHOP_FORGE", "github")
    monkeypatch.setenv("WORKSHOP_GITHUB_REPOSITORY", "OWNER/REPO")
    config.settings.cache_clear()
    yield
    config.settings.cache_clear()


@pytest.fixture
def gh(on_github: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Gh]:
    """The stand-in, first on PATH."""
    _program(tmp_path / "bin" / "gh", f'exec {sys.executable} {STAND_IN} "$@"', monkeypatch)
    stand_in = Gh(tmp_path)
    monkeypatch.setenv("GH_CALLS", str(stand_in.calls))
    monkeypatch.setattr(github, "_POLL_SECONDS", 0.05)
    yield stand_in
    stand_in.verify()


@pytest.fixture
def remote(on_github: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty repository on this machine that git finds at the address on github.com."""
    bare = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    found = f'exec {shutil.which("git")} -c "url.{bare.as_uri()}.insteadOf={PAGE}.git" "$@"'
    _program(tmp_path / "bin" / "git", found, monkeypatch)
    return bare


@pytest.fixture
def pushed(remote: Path) -> Path:
    """The same, with the branches of the pull request in it."""
    tree = _git(remote, "mktree", text="").strip()
    commit = _git(remote, "-c", "user.name=n", "-c", "user.email=e@e", "commit-tree", tree, "-m", "start").strip()
    for name in ("main", BRANCH):
        _git(remote, "branch", name, commit)
    return remote


def _program(file: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a program of that name before all others."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{file.parent}{os.pathsep}{os.environ['PATH']}")


def _git(folder: Path, *arguments: str, text: str | None = None) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, input=text, check=True, capture_output=True, text=True
    ).stdout


# -- The pull request --------------------------------------------------------------------------------
def test_a_pull_request_is_opened(gh: Gh, pushed: Path, told: list[str]) -> None:
    gh.signed_in().expect(LIST, "pr-list-none").expect(CREATE, "pr-create")
    assert ci.pull_request(BRANCH, "Editar usuários") == 12
    assert told == [
        f"$ gh {' '.join(LIST)}",
        "$ gh pr create --repo OWNER/REPO --head feature/update-user --base main --title 'Editar usuários' --body ''",
        f"pull request #12 «Editar usuários»: {BRANCH} → main",
        f"{PAGE}/pull/12",
    ]


def test_an_open_pull_request_is_found_and_a_forks_is_not(gh: Gh, pushed: Path, told: list[str]) -> None:
    gh.signed_in().expect(LIST, "pr-list-open")
    assert ci.pull_request(BRANCH, "Editar usuários") == 12
    assert told[-1] == f"pull request #12 já aberto: {PAGE}/pull/12"


def test_a_refused_pull_request_is_told_in_ghs_words(gh: Gh, pushed: Path) -> None:
    gh.signed_in().expect(LIST, "pr-list-none").expect(CREATE, "pr-create-exists")
    with pytest.raises(WorkshopError, match=f"recusou um pull request de {BRANCH} para main") as caught:
        ci.pull_request(BRANCH, "Editar usuários")
    assert "already exists" in caught.value.details
    assert f"{PAGE}/compare/main...{BRANCH}" in caught.value.fix


def test_an_empty_repository_gets_main_first_and_then_the_branch(gh: Gh, remote: Path, told: list[str]) -> None:
    gh.signed_in().expect(LIST, "pr-list-none").expect(CREATE, "pr-create")
    ci.pull_request(BRANCH, "Editar usuários")
    assert told[0] == f"$ git push {PAGE}.git main {BRANCH}"
    assert _git(remote, "for-each-ref", "--format=%(refname:short)").split() == [BRANCH, "main"]
    assert repository.WORKFLOW_FILE in _git(remote, "ls-tree", "-r", "--name-only", "main").split()
    assert "Editar" not in _git(remote, "log", "--format=%s", "main")
    _git(remote, "merge-base", "--is-ancestor", "main", BRANCH)


def test_what_the_repository_has_stays(gh: Gh, pushed: Path) -> None:
    before = _git(pushed, "rev-parse", "main", BRANCH)
    gh.signed_in().expect(LIST, "pr-list-open")
    ci.pull_request(BRANCH, "Editar usuários")
    assert _git(pushed, "rev-parse", "main", BRANCH) == before


def test_a_repository_that_is_not_there_is_a_sentence(gh: Gh, remote: Path) -> None:
    remote.rename(remote.with_name("elsewhere"))
    gh.signed_in()
    with pytest.raises(WorkshopError, match=f"O git não consegue ler e escrever {PAGE}") as caught:
        ci.pull_request(BRANCH, "Editar usuários")
    assert "gh repo create OWNER/REPO" in caught.value.fix
    assert caught.value.details


def test_a_push_that_github_refuses_for_its_workflow_names_the_scope(gh: Gh, remote: Path) -> None:
    # The words of GitHub's server; gh has no part in them.
    words = (
        f"refusing to allow an OAuth App to create or update workflow {repository.WORKFLOW_FILE} without workflow scope"
    )
    hook = remote / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    gh.signed_in()
    with pytest.raises(WorkshopError, match="não consegue ler e escrever") as caught:
        ci.pull_request(BRANCH, "Editar usuários")
    assert words in caught.value.details
    assert caught.value.fix == "gh auth refresh --hostname github.com --scopes workflow"


def test_git_gets_its_sign_in_from_gh(gh: Gh) -> None:
    gh.expect(("auth", "git-credential", "get"), "auth-git-credential")
    variables = {**os.environ, **github._VARIABLES, **github._CREDENTIALS}
    filled = subprocess.run(
        ["git", "credential", "fill"], input="protocol=https\nhost=github.com\n\n",
        env=variables, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert "username=monalisa" in filled
    assert "TOKEN" not in str({**github._VARIABLES, **github._CREDENTIALS})


# -- Its checks --------------------------------------------------------------------------------------
def test_checks_that_pass_are_told_once_each(gh: Gh, told: list[str]) -> None:
    gh.signed_in().expect(CHECKS, "pr-checks-json-passing").expect(WATCH_CHECKS, "pr-checks-watch-passing")
    gh.expect(CHECKS, "pr-checks-json-passing")
    ci.checks(12)
    assert told == [
        "$ gh pr checks 12 --repo OWNER/REPO --watch",
        "  ✓ awesome tests (1m26s)",
        "  ✓ cool tests (1m26s)",
        "  ✓ rad tests (1m26s)",
    ]


def test_a_failed_check_is_named_with_its_page(gh: Gh, told: list[str]) -> None:
    gh.signed_in().expect(CHECKS, "pr-checks-json-running").expect(WATCH_CHECKS, "pr-checks-watch-failing")
    gh.expect(CHECKS, "pr-checks-json-failing")
    with pytest.raises(WorkshopError, match=r"Verificações do pull request #12 falharam: sad tests\.") as caught:
        ci.checks(12)
    assert caught.value.details == "sad tests: FAILURE sweet link"
    assert caught.value.fix == f"{PAGE}/pull/12/checks"
    assert told[1:] == ["  ✗ sad tests (1m26s)", "  ✓ cool tests (1m26s)", "  ✓ slow tests (1m26s)"]


def test_a_cancelled_check_is_not_a_passed_one_though_gh_ends_with_0(gh: Gh) -> None:
    gh.signed_in().expect(CHECKS, "pr-checks-json-cancelled").expect(WATCH_CHECKS, "pr-checks-watch-cancelled")
    gh.expect(CHECKS, "pr-checks-json-cancelled")
    with pytest.raises(WorkshopError, match="falharam: sad tests") as caught:
        ci.checks(12)
    assert "CANCELLED" in caught.value.details


def test_checks_that_do_not_end_are_named_when_the_time_is_up(gh: Gh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "_WATCH_SECONDS", 2.0)
    gh.signed_in().expect(CHECKS, "pr-checks-json-pending").expect(WATCH_CHECKS, "pr-checks-watch-pending")
    gh.expect(CHECKS, "pr-checks-json-pending")
    with pytest.raises(WorkshopError, match="não terminaram em 2 s: slow tests") as caught:
        ci.checks(12)
    assert caught.value.details == "slow tests: IN_PROGRESS sweet link"
    assert "ci.checks(12)" in caught.value.fix


def test_a_lost_connection_is_not_a_failed_check(gh: Gh) -> None:
    gh.signed_in().expect(CHECKS, "pr-checks-json-pending").expect(WATCH_CHECKS, "pr-checks-watch-lost")
    gh.expect(CHECKS, "pr-checks-json-passing")
    with pytest.raises(WorkshopError, match="não conseguiu seguir as verificações") as caught:
        ci.checks(12)
    assert "error connecting to api.github.com" in caught.value.details


def test_checks_that_github_has_not_started_yet_are_waited_for(gh: Gh) -> None:
    gh.signed_in().expect(CHECKS, "pr-checks-none").expect(CHECKS, "pr-checks-none")
    gh.expect(CHECKS, "pr-checks-json-running").expect(WATCH_CHECKS, "pr-checks-watch-passing")
    gh.expect(CHECKS, "pr-checks-json-passing")
    ci.checks(12)


def test_checks_that_never_start_are_a_sentence(gh: Gh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "_APPEAR_SECONDS", 0.3)
    gh.signed_in().expect(CHECKS, "pr-checks-none", repeats=True)
    with pytest.raises(WorkshopError, match="início das verificações do pull request #12") as caught:
        ci.checks(12)
    assert "nenhuma verificação" in caught.value.details
    assert f"{PAGE}/actions" in caught.value.fix


# -- The merge ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("recording", ["pr-merge", "pr-merge-again"])
def test_a_merge_gives_the_commit_as_soon_as_github_has_it(gh: Gh, recording: str, told: list[str]) -> None:
    gh.signed_in().expect(MERGE, recording).expect(VIEW, "pr-view-open").expect(VIEW, "pr-view-merged")
    assert ci.merge(12) == COMMIT
    assert told == [f"$ gh {' '.join(MERGE)}", f"$ gh {' '.join(VIEW)}", "merge de #12 em main: 9b68c4e7"]


def test_a_refused_merge_is_told_in_ghs_words(gh: Gh) -> None:
    gh.signed_in().expect(MERGE, "pr-merge-blocked")
    with pytest.raises(WorkshopError, match="O GitHub recusou o merge do pull request #12") as caught:
        ci.merge(12)
    assert "the base branch policy prohibits the merge" in caught.value.details
    assert caught.value.fix == f"ci.checks(12)   # e a página: {PAGE}/pull/12"


def test_a_merge_that_is_only_queued_is_a_sentence(gh: Gh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "_APPEAR_SECONDS", 0.3)
    gh.signed_in().expect(MERGE, "pr-merge").expect(VIEW, "pr-view-open", repeats=True)
    with pytest.raises(WorkshopError, match="merge do pull request #12 no GitHub") as caught:
        ci.merge(12)
    assert '"state":"OPEN"' in caught.value.details
    assert "fila de merge" in caught.value.fix


# -- The run of main ---------------------------------------------------------------------------------
@pytest.fixture
def refreshed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """How often the Warehouse was told to look; there is a cluster."""
    calls: list[str] = []
    monkeypatch.setattr(warehouse, "refresh", lambda: calls.append("refreshed"))
    (tmp_path / "kubeconfig").touch()
    monkeypatch.setattr(paths, "KUBECONFIG", tmp_path / "kubeconfig")
    return calls


def test_the_run_of_the_commit_is_found_and_followed(gh: Gh, refreshed: list[str], told: list[str]) -> None:
    gh.signed_in().expect(RUNS, "run-list-none").expect(RUNS, "run-list-other").expect(RUNS, "run-list")
    gh.expect(WATCH_RUN, "run-watch-passing")
    assert ci.pipeline(COMMIT) == "9b68c4e7"
    assert told[:4] == [
        f"$ gh {' '.join(RUNS)}",
        "https://github.com/runs/2",
        f"$ gh {' '.join(WATCH_RUN)}",
        "  ✓ cool job (4m34s)",
    ]
    assert "REGISTRY" in told[4]
    assert len(told) == 5
    assert refreshed == ["refreshed"]


def test_without_a_cluster_there_is_no_warehouse_to_tell(
    gh: Gh, refreshed: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "KUBECONFIG", tmp_path / "none")
    gh.signed_in().expect(RUNS, "run-list").expect(WATCH_RUN, "run-watch-ended")
    assert ci.pipeline(COMMIT) == "9b68c4e7"
    assert refreshed == []


def test_a_failed_run_names_the_job_and_shows_its_last_lines(gh: Gh, refreshed: list[str], told: list[str]) -> None:
    gh.signed_in().expect(RUNS, "run-list").expect(WATCH_RUN, "run-watch-failing")
    gh.expect(VIEW_RUN, "run-view-failed").expect(LOG, "run-view-log-failed")
    with pytest.raises(WorkshopError, match=r"A CI de 9b68c4e7 falhou: sad job\.") as caught:
        ci.pipeline(COMMIT)
    assert "sad job\tquux the barf\tlog line 3" in caught.value.details
    assert caught.value.fix == "https://github.com/runs/2"
    assert told[-1] == "  ✗ sad job (4m34s)"
    assert refreshed == []


def test_a_run_that_does_not_end_is_ended_here_and_said(gh: Gh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "_WATCH_SECONDS", 2.0)
    gh.signed_in().expect(RUNS, "run-list").expect(WATCH_RUN, "run-watch-pending").expect(VIEW_RUN, "run-view-running")
    with pytest.raises(WorkshopError, match="execução de 9b68c4e7 não terminou em 2 s") as caught:
        ci.pipeline(COMMIT)
    assert "* cool job" in caught.value.details
    assert "https://github.com/runs/2" in caught.value.fix


def test_a_lost_run_is_told_in_ghs_words(gh: Gh) -> None:
    gh.signed_in().expect(RUNS, "run-list").expect(WATCH_RUN, "run-watch-lost").expect(VIEW_RUN, "run-view-running")
    with pytest.raises(WorkshopError, match="não conseguiu seguir a execução de 9b68c4e7") as caught:
        ci.pipeline(COMMIT)
    assert "HTTP 404" in caught.value.details


def test_a_commit_without_a_run_is_a_sentence(gh: Gh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "_APPEAR_SECONDS", 0.3)
    gh.signed_in().expect(RUNS, "run-list-other", repeats=True)
    with pytest.raises(WorkshopError, match="início do workflow CI de 9b68c4e7") as caught:
        ci.pipeline(COMMIT)
    assert f"{PAGE}/actions" in caught.value.fix


def test_the_workflow_has_the_name_that_is_looked_for() -> None:
    assert f"\nname: {github.WORKFLOW}\n" in (paths.ROOT / repository.WORKFLOW_FILE).read_text(encoding="utf-8")


# -- gh itself, and what the setting does not do -----------------------------------------------------
EVERY_FUNCTION = pytest.mark.parametrize(
    "call",
    [
        lambda: ci.pull_request(BRANCH, "Editar usuários"),
        lambda: ci.checks(12),
        lambda: ci.merge(12),
        lambda: ci.pipeline(COMMIT),
    ],
    ids=["pull_request", "checks", "merge", "pipeline"],
)


@EVERY_FUNCTION
def test_without_gh_every_function_says_how_to_get_it(
    call, on_github: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(paths, "BIN", tmp_path)
    with pytest.raises(WorkshopError, match="`gh` não está no PATH") as caught:
        call()
    assert "https://cli.github.com" in caught.value.fix


@pytest.mark.parametrize("recording", ["auth-status-signed-out", "auth-status-bad-token"])
@EVERY_FUNCTION
def test_without_a_sign_in_every_function_says_so(call, recording: str, gh: Gh) -> None:
    gh.expect(("--version",), "version").expect(AUTH, recording)
    with pytest.raises(WorkshopError, match=r"Ninguém entrou no github\.com") as caught:
        call()
    assert "gh auth login" in caught.value.details
    assert caught.value.fix.startswith("gh auth login")


def test_a_gh_that_is_too_old_is_a_sentence(gh: Gh) -> None:
    gh.expect(("--version",), "version-old")
    with pytest.raises(WorkshopError, match=r"antigo demais: gh version 1\.4; a oficina precisa do 2\.50"):
        ci.checks(12)


@EVERY_FUNCTION
def test_without_a_repository_nothing_is_called(call, gh: Gh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKSHOP_GITHUB_REPOSITORY")
    monkeypatch.setitem(config.Settings.model_config, "toml_file", None)
    with pytest.raises(WorkshopError, match=r"'github_repository'.*DONO/NOME"):
        call()


@pytest.mark.parametrize(
    "start",
    [
        lambda: forge.ensure(),
        lambda: points.reach(4),
        lambda: demo.reset(),
        lambda: flows.up(Console()),
        lambda: flows.rehearse([], Console()),
    ],
    ids=["forge", "notebook", "reset", "up", "rehearse"],
)
def test_what_needs_the_clusters_repository_refuses_before_it_begins(start, on_github: None) -> None:
    with pytest.raises(WorkshopError, match="forge = 'github'") as caught:
        start()
    assert "WORKSHOP_FORGE=gitea" in caught.value.fix
