"""The way into main on GitHub: what ci.py does with Gitea and act, done with `gh` and GitHub Actions.

gh keeps its own sign-in: no token is in a command line, a file or a variable of the workshop. git gets it from gh too.
"""

from __future__ import annotations

import json
import re
import shlex
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from workshop import environment, process, voice, wait
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.shell import Tool, git
from workshop.story import repository
from workshop.story.branches import START

OLDEST: Final = (2, 50)
"""The first gh that tells a pull request's checks as JSON."""
WORKFLOW: Final = "CI"
"""The name in .github/workflows/ci.yml."""
_VARIABLES: Final = {
    "GH_HOST": "github.com",
    "GH_PROMPT_DISABLED": "1",
    "GH_NO_UPDATE_NOTIFIER": "1",
    "GH_FORCE_TTY": "",
    "GH_PAGER": "cat",
}
_CREDENTIALS: Final = {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "credential.helper",
    "GIT_CONFIG_VALUE_0": "",
    "GIT_CONFIG_KEY_1": "credential.helper",
    "GIT_CONFIG_VALUE_1": "!gh auth git-credential",
}
"""The variables with which git asks gh, and nobody else, for the sign-in."""
_CALL_SECONDS = 60.0
_APPEAR_SECONDS = 120.0
"""GitHub may take this long to start a workflow."""
_WATCH_SECONDS = 1200.0
_POLL_SECONDS = 5.0
_NO_CHECKS = "no checks reported on the"

gh = Tool("gh", variables=_VARIABLES)


def pull_request(branch: str, title: str) -> int:
    """Open a pull request from a branch to main, or find the one that is open; returns its number.

    Branches of the story that the repository does not have yet are pushed first.
    """
    _sign_in()
    _push(branch)
    fields = "headRefName,isCrossRepository,number,url"
    asked = (*_in("pr", "list"), "--head", branch, "--base", START, "--state", "open", "--json", fields)
    for found in json.loads(_call(*asked, problem="Os pull requests abertos não podem ser listados.", show=True)):
        # A fork's branch may have the same name.
        if found["headRefName"] == branch and not found["isCrossRepository"]:
            voice.say(f"pull request #{found['number']} já aberto: {found['url']}")
            return int(found["number"])
    made = _call(
        *_in("pr", "create"), "--head", branch, "--base", START, "--title", title, "--body", "",
        problem=f"O GitHub recusou um pull request de {branch} para {START}.",
        fix=f"{_page()}/compare/{START}...{branch}",
        show=True,
    ).strip()  # fmt: skip
    number = int(made.rsplit("/", 1)[-1])
    voice.say(f"pull request #{number} «{title}»: {branch} → {START}")
    voice.say(made)
    return number


def checks(number: int) -> None:
    """Follow the pull request's checks to their end, which GitHub Actions runs.

    Raises `WorkshopError` that names each check that failed, or has not ended, with its page.
    """
    _sign_in()
    page = f"{_page()}/pull/{number}/checks"
    wait.until(
        f"início das verificações do pull request #{number} no GitHub",
        lambda: _checks(number),
        limit=_APPEAR_SECONDS,
        every=_POLL_SECONDS,
        diagnosis=lambda: f"o gh não vê nenhuma verificação do pull request #{number}",
        fix=f"{_page()}/actions   # as Actions estão ligadas, e {repository.WORKFLOW_FILE} está em {START}?",
    )
    watched = _watch(*_in("pr", "checks", str(number)), "--watch", read=_settled_check)
    found = _checks(number)
    # gh ends with 0 where a check was cancelled, though it prints it as failed: what it says as JSON decides.
    if bad := [check for check in found if check["bucket"] in ("fail", "cancel")]:
        raise WorkshopError(
            f"Verificações do pull request #{number} falharam: {', '.join(check['name'] for check in bad)}.",
            details=_lines(bad),
            fix=page,
        )
    if pending := [check for check in found if check["bucket"] == "pending"]:
        raise WorkshopError(
            f"Verificações do pull request #{number} não terminaram em {_WATCH_SECONDS:.0f} s:"
            f" {', '.join(check['name'] for check in pending)}.",
            details=_lines(pending),
            fix=f"{page}   # e depois ci.checks({number}) de novo",
        )
    if not watched.ok:
        raise WorkshopError(
            f"O gh não conseguiu seguir as verificações do pull request #{number}.", details=watched.tail, fix=page
        )


def merge(number: int) -> str:
    """Merge the pull request; returns the merge commit's hash.

    Raises `WorkshopError` with gh's own words where GitHub refuses.
    """
    _sign_in()
    page = f"{_page()}/pull/{number}"
    _call(
        *_in("pr", "merge", str(number)), "--merge",
        problem=f"O GitHub recusou o merge do pull request #{number}.",
        fix=f"ci.checks({number})   # e a página: {page}",
        show=True,
    )  # fmt: skip
    viewed = (*_in("pr", "view", str(number)), "--json", "mergeCommit,state")
    _show(viewed)
    sha = wait.until(
        f"merge do pull request #{number} no GitHub",
        lambda: _merge_commit(number, viewed),
        limit=_APPEAR_SECONDS,
        every=_POLL_SECONDS,
        diagnosis=lambda: _call(*viewed).strip(),
        fix=f"{page}   # o repositório tem uma fila de merge? A oficina faz o merge na hora",
    )
    voice.say(f"merge de #{number} em {START}: {sha[:8]}")
    return sha


def run(commit: str) -> None:
    """Follow the workflow run that the push of a commit to main has started, to its end.

    Raises `WorkshopError` with the failed jobs and the last lines of what they printed.
    """
    _sign_in()
    fields = "conclusion,databaseId,status,url,workflowName"
    asked = (*_in("run", "list"), "--commit", commit, "--event", "push", "--json", fields)
    _show(asked)
    found = wait.until(
        f"início do workflow {WORKFLOW} de {commit[:8]} no GitHub Actions",
        lambda: _run_of(commit, asked),
        limit=_APPEAR_SECONDS,
        every=_POLL_SECONDS,
        fix=f"{_page()}/actions   # as Actions estão ligadas, e {repository.WORKFLOW_FILE} está em {START}?",
    )
    identity = str(found["databaseId"])
    voice.say(found["url"])
    watched = _watch(*_in("run", "watch", identity), "--exit-status", "--interval", "10", read=_settled_job)
    if watched.ok:
        voice.say(f"as imagens com a tag {commit[:8]} estão no registro que a variável REGISTRY do repositório diz")
        return
    problem = f"A execução de {commit[:8]} não pode ser vista."
    seen = json.loads(_call(*_in("run", "view", identity), "--json", "conclusion,jobs,status,url", problem=problem))
    if seen["status"] != "completed":
        raise WorkshopError(
            f"A execução de {commit[:8]} não terminou em {_WATCH_SECONDS:.0f} s."
            if watched.timed_out
            else f"O gh não conseguiu seguir a execução de {commit[:8]}.",
            details=watched.tail,
            fix=f"{seen['url']}   # e depois ci.pipeline('{commit}') de novo",
        )
    failed = [job["name"] for job in seen["jobs"] if job["conclusion"] not in ("success", "skipped", "neutral")]
    raise WorkshopError(
        f"A CI de {commit[:8]} falhou: {', '.join(failed) or seen['conclusion']}.",
        details=_log_of_failure(identity) or watched.tail,
        fix=seen["url"],
    )


def _sign_in() -> None:
    """Have a gh that is new enough and signed in, or a sentence that says what is missing."""
    try:
        version = gh.text("--version", limit=_CALL_SECONDS)
    except process.Missing:
        raise WorkshopError(
            "forge = 'github' precisa da linha de comando do GitHub, e o `gh` não está no PATH.",
            fix="gh auth login   # depois de instalar o gh: https://cli.github.com",
        ) from None
    numbers = re.search(r"gh version (\d+)\.(\d+)", version)
    if numbers and (int(numbers[1]), int(numbers[2])) < OLDEST:
        raise WorkshopError(
            f"O gh é antigo demais: {numbers[0]}; a oficina precisa do {'.'.join(map(str, OLDEST))} em diante.",
            fix="gh --version   # depois de instalar o atual: https://cli.github.com",
        )
    _call(
        "auth", "status", "--hostname", "github.com",
        problem="Ninguém entrou no github.com com este gh.",
        fix="gh auth login --hostname github.com --git-protocol https --scopes workflow",
    )  # fmt: skip


def _push(branch: str) -> None:
    """Have main and the branch in the repository; what is there already stays as it is."""
    remote = config.repository_on_github()
    signed_in = git.with_variables({**_VARIABLES, **_CREDENTIALS})
    listed = _ask_github(lambda: signed_in.text("ls-remote", "--heads", remote, limit=_CALL_SECONDS))
    there = {line.split("refs/heads/", 1)[1] for line in listed.splitlines()}
    missing = [name for name in (START, branch) if name not in there]
    if not missing:
        return
    with tempfile.TemporaryDirectory(prefix="story-") as folder:
        repository.write(Path(folder))
        voice.say(f"$ git push {remote} {' '.join(missing)}")
        push = signed_in.within(Path(folder))
        # One after the other: the first branch of an empty repository becomes its default branch.
        for name in missing:
            _ask_github(partial(push.text, "push", "--quiet", remote, name, limit=_CALL_SECONDS))


def _ask_github(call: Callable[[], str]) -> str:
    try:
        return call()
    except WorkshopError as error:
        name = config.settings().github_repository
        fix = f"gh repo view {name}   # se ele não existe: gh repo create {name} --public"
        if "workflow" in error.details:  # GitHub takes files of .github/workflows only from a sign-in with that scope
            fix = "gh auth refresh --hostname github.com --scopes workflow"
        raise WorkshopError(
            f"O git não consegue ler e escrever {config.repository_on_github()}.",
            details=error.details or error.message,
            fix=fix,
        ) from None


def _checks(number: int) -> list[dict[str, Any]]:
    """What each check of the pull request says; empty as long as there is none."""
    try:
        text = gh.text(*_in("pr", "checks", str(number)), "--json", "bucket,link,name,state", limit=_CALL_SECONDS)
    except WorkshopError as error:
        if _NO_CHECKS in error.details:
            return []
        raise WorkshopError(
            f"As verificações do pull request #{number} não podem ser lidas.",
            details=error.details or error.message,
            fix=f"{_page()}/pull/{number}/checks",
        ) from None
    found: list[dict[str, Any]] = json.loads(text)
    return found


def _merge_commit(number: int, viewed: Sequence[str]) -> str | None:
    seen = json.loads(_call(*viewed, problem=f"O pull request #{number} não pode ser visto."))
    return seen["mergeCommit"]["oid"] if seen["state"] == "MERGED" and seen["mergeCommit"] else None


def _run_of(commit: str, asked: Sequence[str]) -> dict[str, Any] | None:
    runs = json.loads(_call(*asked, problem=f"As execuções de {commit[:8]} não podem ser listadas."))
    return next((found for found in runs if found["workflowName"] == WORKFLOW), None)


def _log_of_failure(identity: str) -> str:
    try:
        text = gh.text(*_in("run", "view", identity), "--log-failed", limit=_CALL_SECONDS)
    except WorkshopError:
        return ""  # the log is a help, and the failed jobs are named without it
    return process.last_lines(text)


def _lines(found: list[dict[str, Any]]) -> str:
    return "\n".join(f"{check['name']}: {check['state']} {check['link']}" for check in found)


def _in(*command: str) -> tuple[str, ...]:
    return (*command, "--repo", config.settings().github_repository)


def _page() -> str:
    return f"https://github.com/{config.settings().github_repository}"


def _call(*arguments: str, problem: str = "O gh falhou.", fix: str = "", show: bool = False) -> str:
    """What gh printed; with `show`, the command line is shown. Raises `WorkshopError` with gh's words."""
    if show:
        _show(arguments)
    try:
        return gh.text(*arguments, limit=_CALL_SECONDS)
    except WorkshopError as error:
        raise WorkshopError(problem, details=error.details or error.message, fix=fix or error.fix) from None


def _show(arguments: Sequence[str]) -> None:
    voice.say(f"$ gh {shlex.join(arguments)}")


@dataclass(frozen=True)
class _Watched:
    """How a followed command ended. **tail**: the last lines that it printed."""

    ok: bool
    tail: str
    timed_out: bool = False


def _watch(*arguments: str, read: Callable[[str], str | None]) -> _Watched:
    """Run a gh that prints everything again every few seconds; tell what `read` makes of a line, once."""
    _show(arguments)
    printed: list[str] = []
    told: set[str] = set()
    started = spoken = time.monotonic()
    variables = {**environment.variables(), **_VARIABLES}
    try:
        for line in process.lines(("gh", *arguments), limit=_WATCH_SECONDS, env=variables):
            printed.append(line.rstrip())
            now = time.monotonic()
            if (shown := read(line.rstrip("\n"))) and shown not in told:
                told.add(shown)
                spoken = now
                voice.say(f"  {shown}")
            elif now - spoken > wait.HEARTBEAT_SECONDS:
                spoken = now
                voice.say(f"… ainda não terminou ({now - started:.0f} s de no máximo {_WATCH_SECONDS:.0f} s)")
    except (process.Failed, process.TimedOut) as error:
        tail = process.last_lines("\n".join(printed))
        return _Watched(False, tail, isinstance(error, process.TimedOut))
    return _Watched(True, "")


_MARKS: Final = {"pass": "✓", "fail": "✗", "skipping": "–"}


def _settled_check(line: str) -> str | None:
    """A line of `gh pr checks`: name, outcome, time, page, description, with tabs between."""
    name, outcome, elapsed, *_ = [*line.split("\t"), "", "", ""]
    if outcome not in _MARKS:
        return None
    return f"{_MARKS[outcome]} {name}" + (f" ({elapsed})" if elapsed not in ("", "0") else "")


_JOB: Final = re.compile(r"([✓X-]) (.+?)(?: in (\S+))? \(ID \d+\)")


def _settled_job(line: str) -> str | None:
    """A job's line of `gh run watch`: `✓ Backend in 4m34s (ID 10)`; one that still runs has a star."""
    found = _JOB.fullmatch(line)
    if not found:
        return None
    mark = {"✓": "✓", "X": "✗"}.get(found[1], "–")
    return f"{mark} {found[2]}" + (f" ({found[3]})" if found[3] and mark != "–" else "")
