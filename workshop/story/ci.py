"""The way into main: a pull request, its checks, the merge, and the pipeline that publishes the images.

The pipeline is .github/workflows/ci.yml itself, run on this machine (`act`); the forge gets the result as a commit
status, as it would from GitHub Actions. With `forge = "github"` GitHub runs it, and github.py does the rest with gh.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import httpx

from workshop import paths, registry, voice, wait
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import warehouse
from workshop.services import forge
from workshop.story import act, github, repository
from workshop.story.branches import START


def pull_request(branch: str, title: str) -> int:
    """Open a pull request from a branch to main, or find the one that is there; returns its number.

    One that is merged counts for as long as its branch has nothing newer.
    """
    if _on_github():
        return github.pull_request(branch, title)
    for found in _pulls("open"):
        if found["head"]["ref"] == branch:
            voice.say(f"pull request #{found['number']} já aberto: {found['html_url']}")
            return int(found["number"])
    for found in _pulls("closed"):
        if found["merged"] and found["head"]["ref"] == branch and found["head"]["sha"] == repository.head(branch):
            voice.say(f"pull request #{found['number']} já está em {START}: {found['html_url']}")
            return int(found["number"])
    made = forge.checked(
        "POST", f"{repository.PATH}/pulls", as_=config.PRESENTER, json={"head": branch, "base": START, "title": title}
    )
    voice.say(f"pull request #{made['number']} «{title}»: {branch} → {START}")
    voice.say(made["html_url"])
    return int(made["number"])


def _pulls(state: str) -> list[dict[str, Any]]:
    """The pull requests that are `open` or `closed`, newest first."""
    parameters = {"state": state, "limit": 50}
    found: list[dict[str, Any]] = forge.checked(
        "GET", f"{repository.PATH}/pulls", as_=config.PRESENTER, params=parameters
    )
    return found


def have_passed(number: int) -> bool:
    """Whether the checks of the pull request's newest commit have run, and passed: the forge keeps that."""
    head: str = forge.checked("GET", f"{repository.PATH}/pulls/{number}")["head"]["sha"]
    statuses = forge.checked("GET", f"{repository.PATH}/commits/{head}/status").get("statuses") or []
    return any(item["context"] == repository.CI_CONTEXT and item["status"] == "success" for item in statuses)


def close_all(branches: Collection[str]) -> None:
    """Close every open pull request that comes from one of these branches."""
    for found in _pulls("open"):
        if found["head"]["ref"] in branches:
            close(found["number"])
            voice.say(
                f"pull request #{found['number']} fechado: {found['head']['ref']} ainda não faz parte da história"
            )


def checks(number: int) -> None:
    """Run the pull request's checks and report the result to the forge.

    Raises `WorkshopError` with the last lines of what failed.
    """
    if _on_github():
        return github.checks(number)
    head: str = forge.checked("GET", f"{repository.PATH}/pulls/{number}")["head"]["sha"]
    _run("pull_request", head)


def failing_checks(number: int) -> None:
    """Run the checks of a pull request that must not pass, and show why it did not.

    Raises `WorkshopError` where all of them pass.
    """
    try:
        checks(number)
    except WorkshopError as error:
        voice.say(f"✗ {error.message}")
        voice.say(error.details)
        return
    raise WorkshopError(f"As verificações do pull request #{number} passaram, e não deviam.", fix=_page(number))


def refused_merge(number: int) -> None:
    """Ask for a merge that the forge must refuse, show its words, and close the pull request.

    One that is closed already is opened again first, so that the forge refuses it for its checks.
    Raises `WorkshopError` where it was merged.
    """
    pull = forge.checked("GET", f"{repository.PATH}/pulls/{number}")
    if pull["state"] == "closed" and not pull["merged"]:
        forge.checked("PATCH", f"{repository.PATH}/pulls/{number}", as_=config.PRESENTER, json={"state": "open"})
    answer = _ask_for_merge(number)
    if answer.is_success:
        raise WorkshopError(
            f"O Gitea fez o merge do pull request #{number}, com uma verificação que falhou.", fix="make reset"
        )
    voice.say(f"✗ merge de #{number} recusado pelo Gitea: {_words(answer)}")
    close(number)


def close(number: int) -> None:
    """Close a pull request without merging it."""
    forge.checked("PATCH", f"{repository.PATH}/pulls/{number}", as_=config.PRESENTER, json={"state": "closed"})


def merge(number: int) -> str:
    """Merge the pull request, or find that it is merged; returns the merge commit's hash.

    Raises `WorkshopError` with the forge's own words where it refuses: main takes only what the checks have passed.
    """
    if _on_github():
        return github.merge(number)
    pull = forge.checked("GET", f"{repository.PATH}/pulls/{number}")
    if pull["merged"]:
        done: str = pull["merge_commit_sha"]
        voice.say(f"#{number} já está em {START}: {done[:8]}")
        return done
    answer = _ask_for_merge(number)
    if answer.is_error:
        raise WorkshopError(
            f"O Gitea recusou o merge do pull request #{number}.",
            details=_words(answer),
            fix=f"ci.checks({number})   # e a página: {_page(number)}",
        )
    sha: str = forge.checked("GET", f"{repository.PATH}/pulls/{number}")["merge_commit_sha"]
    voice.say(f"merge de #{number} em {START}: {sha[:8]}")
    return sha


def _ask_for_merge(number: int) -> httpx.Response:
    return wait.until(
        f"resposta do Gitea ao merge do pull request #{number}",
        lambda: _try_merge(number),
        limit=30,
        fix=_page(number),
    )


def _words(refusal: httpx.Response) -> str:
    return str(refusal.json().get("message", refusal.text))[:300]


def _try_merge(number: int) -> httpx.Response | None:
    answer = forge.call(
        "POST",
        f"{repository.PATH}/pulls/{number}/merge",
        as_=config.PRESENTER,
        json={"Do": "merge", "delete_branch_after_merge": False},
    )
    # Right after the pull request was opened Gitea is still comparing the branches.
    return None if "try again later" in answer.text else answer


def _page(number: int) -> str:
    return f"{config.gitea_on_host()}/{config.FORGE_ORGANISATION}/{config.REPOSITORY}/pulls/{number}"


def pipeline(commit: str) -> str:
    """Check, build and push both images of a commit of main, then have the Warehouse look; returns the tag."""
    tag = commit[:8]
    if _on_github():
        github.run(commit)
        if not paths.KUBECONFIG.exists():
            return tag
    elif is_published(commit):
        voice.say(f"as imagens com a tag {tag} já estão no registro")
    else:
        _run("push", commit)
    warehouse.refresh()
    return tag


def _on_github() -> bool:
    return config.settings().forge == "github"


def is_published(commit: str) -> bool:
    """Whether the registry has both images of that commit."""
    return all(commit[:8] in registry.local().tags(image) for image in config.APP_IMAGES)


def _run(event: str, commit: str) -> None:
    _set_status(commit, "pending", "em execução")
    started = time.monotonic()
    log = paths.LOGS / "ci" / f"{commit[:8]}-{event}.log"
    # Where the pipeline does not even start, an earlier run's log must not be taken for its own.
    log.unlink(missing_ok=True)
    state, description = "failure", "falhou"
    try:
        act.run(event, commit, log)
        state, description = "success", f"passou em {time.monotonic() - started:.0f} s"
    finally:
        _set_status(commit, state, description, _publish(log))


def _set_status(commit: str, state: str, description: str, link: str = "") -> None:
    forge.checked(
        "POST",
        f"{repository.PATH}/statuses/{commit}",
        as_=config.FORGE_CI,
        json={"state": state, "context": repository.CI_CONTEXT, "description": description, "target_url": link},
    )


def _publish(log: Path) -> str:
    """Keep a run's log in the forge, where the pull request can lead to it; returns the page's address."""
    if not log.exists():
        return ""
    path = f"/repos/{config.FORGE_ORGANISATION}/{config.CI_LOGS}"
    if forge.call("GET", path).status_code == httpx.codes.NOT_FOUND:
        forge.checked(
            "POST",
            f"/orgs/{config.FORGE_ORGANISATION}/repos",
            json={"name": config.CI_LOGS, "default_branch": START, "auto_init": True},
        )
        forge.checked("PUT", f"{path}/collaborators/{config.FORGE_CI}", json={"permission": "write"})
    name = f"{log.stem}-{time.time():.0f}.log"
    forge.checked(
        "POST",
        f"{path}/contents/{name}",
        as_=config.FORGE_CI,
        json={"content": base64.b64encode(log.read_bytes()).decode(), "message": name, "branch": START},
    )
    return f"{config.gitea_on_host()}/{config.FORGE_ORGANISATION}/{config.CI_LOGS}/src/branch/{START}/{name}"
