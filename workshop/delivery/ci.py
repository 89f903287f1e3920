"""The way into main: a pull request, its checks, the merge, and the pipeline that publishes the images.

The pipeline is .github/workflows/ci.yml itself, run on this machine by act; the forge gets the result as a commit
status, as it would from GitHub Actions. With `forge = "github"` GitHub runs it, and github.py does the rest with gh.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from workshop import settings as config
from workshop import wait
from workshop.delivery import github, story, warehouse
from workshop.delivery.branches import START
from workshop.errors import WorkshopError
from workshop.services import forge, registry
from workshop.shell import environment, git

Report = Callable[[str], None]

_PATH = f"/repos/{config.FORGE_ORGANISATION}/{config.REPOSITORY}"
_CHECKOUT = config.STATE / "ci" / "checkout"
_LIMIT_SECONDS = 600
_FROM_CACHE, _EXECUTED = "---> Using cache", "---> Running in"
"""What the classic builder prints for a step that it took from its cache, and for one that it ran."""


def pull_request(branch: str, title: str, report: Report = print) -> int:
    """Open a pull request from a branch to main, or find the one that is open; returns its number."""
    if _on_github():
        return github.pull_request(branch, title, report)
    for found in forge.checked("GET", f"{_PATH}/pulls", as_=config.PRESENTER, params={"state": "open", "limit": 50}):
        if found["head"]["ref"] == branch:
            report(f"pull request #{found['number']} já aberto: {found['html_url']}")
            return int(found["number"])
    made = forge.checked(
        "POST", f"{_PATH}/pulls", as_=config.PRESENTER, json={"head": branch, "base": START, "title": title}
    )
    report(f"pull request #{made['number']} «{title}»: {branch} → {START}")
    report(made["html_url"])
    return int(made["number"])


def checks(number: int, report: Report = print) -> None:
    """Run the pull request's checks and report the result to the forge.

    Raises `WorkshopError` with the last lines of what failed.
    """
    if _on_github():
        return github.checks(number, report)
    head: str = forge.checked("GET", f"{_PATH}/pulls/{number}")["head"]["sha"]
    _run("pull_request", head, report)


def merge(number: int, report: Report = print) -> str:
    """Merge the pull request; returns the merge commit's hash.

    Raises `WorkshopError` with the forge's own words where it refuses: main takes only what the checks have passed.
    """
    if _on_github():
        return github.merge(number, report)
    answer = wait.until(
        f"o Gitea aceita o merge do pull request #{number}",
        lambda: _try_merge(number),
        limit=30,
        fix=_page(number),
        report=report,
    )
    if answer.is_error:
        raise WorkshopError(
            f"Gitea refused to merge pull request #{number}.",
            details=answer.json().get("message", answer.text)[:300],
            fix=f"ci.checks({number}), and {_page(number)}",
        )
    sha: str = forge.checked("GET", f"{_PATH}/pulls/{number}")["merge_commit_sha"]
    report(f"merge de #{number} em {START}: {sha[:8]}")
    return sha


def _try_merge(number: int) -> httpx.Response | None:
    answer = forge.call(
        "POST",
        f"{_PATH}/pulls/{number}/merge",
        as_=config.PRESENTER,
        json={"Do": "merge", "delete_branch_after_merge": False},
    )
    # Right after the pull request was opened Gitea is still comparing the branches.
    return None if "try again later" in answer.text else answer


def _page(number: int) -> str:
    return f"{config.gitea_on_host()}/{config.FORGE_ORGANISATION}/{config.REPOSITORY}/pulls/{number}"


def pipeline(commit: str, report: Report = print) -> str:
    """Check, build and push both images of a commit of main, then have the Warehouse look; returns the tag."""
    tag = commit[:8]
    if _on_github():
        github.run(commit, report)
        if not config.KUBECONFIG.exists():
            return tag
    elif is_published(commit):
        report(f"as imagens com a tag {tag} já estão no registry")
    else:
        _run("push", commit, report)
    warehouse.refresh(report)
    return tag


def _on_github() -> bool:
    return config.settings().forge == "github"


def is_published(commit: str) -> bool:
    """Whether the registry has both images of that commit."""
    return all(commit[:8] in registry.tags(image) for image in config.APP_IMAGES)


def _run(event: str, commit: str, report: Report) -> None:
    _check_out(commit)
    _set_status(commit, "pending", "em execução")
    started = time.monotonic()
    log = config.LOGS / "ci" / f"{commit[:8]}-{event}.log"
    state, description = "failure", "falhou"
    try:
        _act(event, commit, log, report)
        state, description = "success", f"passou em {time.monotonic() - started:.0f} s"
    finally:
        _set_status(commit, state, description, _publish(log))


def _set_status(commit: str, state: str, description: str, link: str = "") -> None:
    forge.checked(
        "POST",
        f"{_PATH}/statuses/{commit}",
        as_=config.FORGE_CI,
        json={"state": state, "context": story.CI_CONTEXT, "description": description, "target_url": link},
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


def _check_out(commit: str) -> None:
    """The commit on a branch main of a checkout of CI's own, as a runner would have it."""
    if not (_CHECKOUT / ".git").exists():
        shutil.rmtree(_CHECKOUT, ignore_errors=True)
        _CHECKOUT.parent.mkdir(parents=True, exist_ok=True)
        git.text("clone", "--quiet", config.repository_on_host(), str(_CHECKOUT))
    runner = git.within(_CHECKOUT)
    runner.text("fetch", "--quiet", "--force", "origin", commit)
    runner.text("checkout", "--quiet", "--force", "-B", START, commit)
    runner.text("clean", "--quiet", "--force", "-d", "-x")


def _act(event: str, commit: str, log: Path, report: Report) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    payload = _CHECKOUT.parent / f"{event}.json"
    payload.write_text(json.dumps(_payload(event)), encoding="utf-8")
    shown = f"act {event} --platform ubuntu-latest=-self-hosted --var REGISTRY={config.registry_on_host()}"
    report(f"$ {shown}")
    command = [
        *shown.split(), "--workflows", ".github/workflows/ci.yml", "--eventpath", str(payload),
        "--action-offline-mode", "--no-cache-server", "--json",
    ]  # fmt: skip
    variables = {
        **environment(),
        # act asks for a default image at its first start, unless it finds this file.
        "XDG_CONFIG_HOME": str(_settings_folder()),
        "XDG_CACHE_HOME": str(_CHECKOUT.parent / "cache"),
    }
    with (
        log.open("w", encoding="utf-8") as stream,
        subprocess.Popen(
            command, cwd=_CHECKOUT, env=variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process,
    ):  # fmt: skip
        try:
            failed = _follow(process, stream, report)
            code = process.wait(timeout=_LIMIT_SECONDS)
        except BaseException:
            process.terminate()
            raise
    if code != 0:
        raise WorkshopError(
            f"CI failed for {commit[:8]}{': ' + failed if failed else ''}.",
            details=_tail(log),
            fix=f"less {log.relative_to(config.ROOT)}",
        )


def _follow(process: subprocess.Popen[str], log: Any, report: Report) -> str:
    """Write every line to the log, tell the steps' ends; returns the name of a step that failed."""
    failed = ""
    began: dict[tuple[str, str], float] = {}
    built: dict[tuple[str, str], set[str]] = {}
    deadline = time.monotonic() + _LIMIT_SECONDS
    for line in process.stdout or ():
        if time.monotonic() > deadline:
            raise WorkshopError(f"CI did not end within {_LIMIT_SECONDS} s.", fix=f"less {log.name}")
        entry = _parse(line)
        log.write(f"[{entry.get('job', '')}] {entry.get('msg', '').rstrip()}\n")
        step, job, result = entry.get("step", ""), entry.get("job", ""), entry.get("stepResult")
        if entry.get("stage") != "Main" or not step:
            continue
        began.setdefault((job, step), time.monotonic())
        marks = built.setdefault((job, step), set())
        marks |= {mark for mark in (_FROM_CACHE, _EXECUTED) if mark in entry.get("msg", "")}
        if result == "success":
            seconds = f"{time.monotonic() - began[job, step]:.0f} s"
            # The engine keeps the result of a check whose inputs are the same to the byte. The audience must know.
            cached = ", do cache: nada mudou desde a última vez" if marks == {_FROM_CACHE} else ""
            report(f"  ✓ {step} ({seconds}{cached})")
        elif result == "failure":
            failed = step
            report(f"  ✗ {step}")
    return failed


def _parse(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return {"msg": line}
    return entry if isinstance(entry, dict) else {"msg": line}


def _payload(event: str) -> dict[str, Any]:
    if event == "push":
        return {"ref": f"refs/heads/{START}"}
    return {"pull_request": {"base": {"ref": START}, "head": {"ref": "feature"}}}


def _settings_folder() -> Path:
    folder = _CHECKOUT.parent / "config"
    (folder / "act").mkdir(parents=True, exist_ok=True)
    (folder / "act" / "actrc").write_text("-P ubuntu-latest=-self-hosted\n", encoding="utf-8")
    return folder


def _tail(log: Path, lines: int = 20) -> str:
    return "\n".join(log.read_text(encoding="utf-8").splitlines()[-lines:])
