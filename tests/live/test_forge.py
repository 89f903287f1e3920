"""Git is the only way in, and the forge itself keeps it: who may push where, and what may be merged."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.services import forge
from workshop.shell import Tool, git, kubectl
from workshop.story import ci

pytestmark = pytest.mark.phase(Phase.BESIDE)

REPOSITORY = f"/repos/{config.FORGE_ORGANISATION}/{config.REPOSITORY}"


@pytest.fixture(name="clone")
def fixture_clone(rehearsal: Rehearsal, tmp_path: Path) -> Tool:
    """A clone with one commit that the forge does not have."""
    git.text("clone", "--quiet", config.repository_on_host(), str(tmp_path / "clone"))
    clone = git.within(tmp_path / "clone")
    identity = ("-c", "user.name=Test", "-c", "user.email=test@workshop.local")
    clone.text(*identity, "commit", "--quiet", "--allow-empty", "--message", "by hand")
    return clone


@pytest.mark.parametrize("branch", ["main", *(f"env/{name}" for name in config.ENVIRONMENTS)])
def test_the_presenter_pushes_to_no_protected_branch(clone: Tool, branch: str) -> None:
    presenter = clone.with_variables(forge.credentials(config.PRESENTER))
    before = git.text("ls-remote", config.repository_on_host(), f"refs/heads/{branch}")

    with pytest.raises(WorkshopError) as refusal:
        presenter.text("push", "--force", config.repository_on_host(), f"HEAD:{branch}")

    assert "protected" in refusal.value.details
    assert git.text("ls-remote", config.repository_on_host(), f"refs/heads/{branch}") == before


def test_the_presenter_pushes_branches_of_their_own(clone: Tool) -> None:
    presenter = clone.with_variables(forge.credentials(config.PRESENTER))

    presenter.text("push", "--quiet", config.repository_on_host(), "HEAD:feature/by-hand")
    presenter.text("push", "--quiet", config.repository_on_host(), ":feature/by-hand")


def test_kargo_does_not_write_main(clone: Tool) -> None:
    kargo = clone.with_variables(forge.credentials(config.FORGE_KARGO))

    with pytest.raises(WorkshopError) as refusal:
        kargo.text("push", config.repository_on_host(), "HEAD:main")
    assert "protected branch main" in refusal.value.details


def test_argo_cd_reads_with_a_token_that_cannot_write(rehearsal: Rehearsal) -> None:
    path = "--output=jsonpath={.data.password}"
    held = kubectl.text("get", "secret", "repository", "--namespace", config.NAMESPACE_ARGOCD, path)
    assert base64.b64decode(held).decode() == forge.token(config.FORGE_ARGOCD)

    assert forge.call("GET", f"{REPOSITORY}/branches/main", as_=config.FORGE_ARGOCD).status_code == 200
    body = {"content": base64.b64encode(b"x").decode(), "message": "x", "branch": "feature/x"}
    answer = forge.call("POST", f"{REPOSITORY}/contents/x.txt", as_=config.FORGE_ARGOCD, json=body)
    assert answer.status_code == 403


@pytest.fixture(name="unchecked")
def fixture_unchecked(clone: Tool) -> Iterator[int]:
    """A pull request that no pipeline has looked at."""
    presenter = clone.with_variables(forge.credentials(config.PRESENTER))
    presenter.text("push", "--quiet", config.repository_on_host(), "HEAD:feature/unchecked")
    number = ci.pull_request("feature/unchecked", "Sem verificações")
    yield number
    forge.checked("PATCH", f"{REPOSITORY}/pulls/{number}", json={"state": "closed"})
    presenter.text("push", "--quiet", config.repository_on_host(), ":feature/unchecked")


def test_what_was_not_checked_is_not_merged(unchecked: int) -> None:
    with pytest.raises(WorkshopError, match="recusou o merge") as refusal:
        ci.merge(unchecked)
    assert "status checks" in refusal.value.details


def test_a_merged_pull_request_leads_to_the_log_of_its_checks(rehearsal: Rehearsal) -> None:
    merged = forge.checked("GET", f"{REPOSITORY}/pulls", params={"state": "closed", "limit": 50})
    heads = [pull["head"]["sha"] for pull in merged if pull["merged"]]
    assert heads
    for head in heads:
        newest = forge.checked("GET", f"{REPOSITORY}/commits/{head}/statuses")[0]
        assert (newest["context"], newest["status"]) == ("CI", "success")
        name = newest["target_url"].rpartition("/")[2]
        log = forge.call("GET", f"/repos/{config.FORGE_ORGANISATION}/{config.CI_LOGS}/raw/{name}")
        assert "pytest" in log.text
