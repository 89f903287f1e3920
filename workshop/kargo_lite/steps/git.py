"""git-clone, git-clear, git-commit, git-push (Kargo: pkg/promotion/runner/builtin/git_*.go).

A clone is a bare repository in the working directory with one work tree for each checkout, as in Kargo;
so ``./src`` and ``./out`` can be two branches of one repository.
"""

from __future__ import annotations

import base64
import logging
import os
import random
import re
import shutil
import subprocess
import threading
import time
from collections import defaultdict
from pathlib import Path

from .. import names
from ..objects import part_of
from .base import StepContext, StepError, StepResult

logger = logging.getLogger(__name__)

_HELPER = '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$GIT_USERNAME" "$GIT_PASSWORD"; }; f'
_REJECTED = re.compile(r"^\s*!\s+\[(?:remote )?rejected].+\((?:non-fast-forward|fetch first|cannot lock ref.*)\)", re.M)
_TIMEOUT = 120
# After a commit git would tidy up in a process that nobody waits for, of a clone that is gone in a second.
_SETTINGS = {"maintenance.auto": "false"}
_push_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class GitError(StepError):
    """git ended with an error; ``output`` of the command is in the message."""


def _git(context: StepContext, cwd: Path, *args: str, url: str = "") -> str:
    """Run git. Credentials for ``url`` go by environment; arguments and files are there for all to see."""
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(context.work_dir),
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    env |= {key: os.environ[key] for key in ("SSL_CERT_FILE", "GIT_SSL_CAINFO") if key in os.environ}
    settings = dict(_SETTINGS)
    if url and (credentials := _credentials(context, url)):
        # For this repository's server alone: a redirect elsewhere learns nothing.
        settings[f"credential.{url}.helper"] = _HELPER
        env |= {"GIT_USERNAME": credentials[0], "GIT_PASSWORD": credentials[1]}
    env["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (key, value) in enumerate(settings.items()):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    try:
        done = subprocess.run(
            ["git", *args], cwd=cwd, env=env, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git {args[0]} did not end within {_TIMEOUT}s") from error
    if done.returncode:
        command = " ".join(["git", *args])
        raise GitError(f"error executing cmd [{command}]: {(done.stdout + done.stderr).strip()}")
    return done.stdout.strip()


def _same_repository(a: str, b: str) -> bool:
    return a.lower().rstrip("/").removesuffix(".git") == b.lower().rstrip("/").removesuffix(".git")


def _credentials(context: StepContext, url: str) -> tuple[str, str] | None:
    """User and password from the Project's Secrets (Kargo: pkg/credentials/kubernetes/database.go)."""
    if not url.startswith(("http://", "https://")):
        return None
    if url.startswith("http://") and not context.settings.credentials_over_http:
        logger.info("refused to get credentials for insecure HTTP endpoint %s", url)
        return None
    for secret in context.kube.listed("Secret", context.project, f"{names.LABEL_CRED_TYPE}=git"):
        data = {k: base64.b64decode(v).decode() for k, v in part_of(secret, "data").items()}
        wanted = data.get("repoURL", "")
        pattern = data.get("repoURLIsRegex") == "true"
        if (re.search(wanted, url) if pattern else _same_repository(wanted, url)) and "password" in data:
            return data.get("username", ""), data["password"]
    return None


# ----------------------------------------------------------------------------------------- git-clone


def clone(context: StepContext) -> StepResult:
    """Clone a repository once and check out each of the wanted branches, commits or tags."""
    config, url = context.config, context.config["repoURL"]
    bare = context.work_dir / f"repo-{len(list(context.work_dir.glob('repo-*'))) + 1}"
    try:
        _git(context, context.work_dir, "clone", "--bare", "--quiet", url, str(bare), url=url)
    except GitError as error:
        raise GitError(f"error cloning {url}: {error}") from error
    author = part_of(config, "author")
    settings = context.settings
    _git(context, bare, "config", "user.name", author.get("name") or settings.git_name)
    _git(context, bare, "config", "user.email", author.get("email") or settings.git_email)
    _git(context, bare, "config", "kargolite.url", url)

    commits = {}
    for checkout in config["checkout"]:
        path = context.path(checkout["path"])
        ref = checkout.get("branch") or checkout.get("commit") or checkout.get("tag") or "HEAD"
        if checkout.get("branch"):
            _ensure_branch(context, bare, url, ref, create=checkout.get("create", False))
        # A step that is tried again finds what it left behind.
        shutil.rmtree(path, ignore_errors=True)
        try:
            _git(context, bare, "worktree", "add", "--force", str(path), ref)
        except GitError as error:
            raise GitError(f"error adding work tree {checkout['path']} to repo {url}: {error}") from error
        commits[checkout.get("as") or checkout["path"]] = _git(context, path, "rev-parse", "HEAD")
    return StepResult(output={"commits": commits})


def _ensure_branch(context: StepContext, bare: Path, url: str, branch: str, *, create: bool) -> None:
    """A branch that is not there yet begins with an empty commit and no history: an orphan."""
    if _git(context, bare, "for-each-ref", f"refs/heads/{branch}"):
        return
    if not create:
        raise GitError(
            f'error ensuring existence of remote branch {branch}: remote branch "{branch}" of repo {url} '
            "does not exist; set create=true if you'd like a non-existent remote branch to be automatically "
            "created at checkout"
        )
    empty_tree = _git(context, bare, "hash-object", "-w", "-t", "tree", "/dev/null")
    first = _git(context, bare, "commit-tree", empty_tree, "-m", "Initial commit")
    _git(context, bare, "update-ref", f"refs/heads/{branch}", first)
    _git(context, bare, "push", "--quiet", "origin", f"refs/heads/{branch}", url=url)


# ----------------------------------------------------------------------- git-clear, git-commit, git-push


def _work_tree(context: StepContext) -> Path:
    path = context.path(context.config["path"])
    if not (path / ".git").exists():
        raise StepError(f"error loading working tree from {context.config['path']}: it is not one")
    return path


def clear(context: StepContext) -> StepResult:
    """Remove all files of a work tree, but for .git."""
    for entry in _work_tree(context).iterdir():
        if entry.name == ".git":
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return StepResult()


def commit(context: StepContext) -> StepResult:
    """Commit everything; Skipped, with the commit that is there already, when nothing changed."""
    tree = _work_tree(context)
    _git(context, tree, "add", ".")
    changed = bool(_git(context, tree, "status", "--porcelain"))
    if changed:
        _git(context, tree, "commit", "--quiet", "-m", context.config["message"])
    head = _git(context, tree, "rev-parse", "HEAD")
    return StepResult(status="Succeeded" if changed else "Skipped", output={"commit": head})


def push(context: StepContext) -> StepResult:
    """Push the branch, on top of what others pushed meanwhile."""
    tree = _work_tree(context)
    url = _git(context, tree, "config", "kargolite.url")
    branch = context.config.get("targetBranch") or _git(context, tree, "rev-parse", "--abbrev-ref", "HEAD")
    attempts = context.config.get("maxAttempts") or 10
    with _push_locks[f"{url}:{branch}"]:
        for attempt in range(1, attempts + 1):
            try:
                _git(context, tree, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}", url=url)
                break
            except GitError as error:
                if attempt == attempts or not _REJECTED.search(str(error)):
                    raise GitError(f"error pushing commits to remote: error pushing branch: {error}") from error
            # Somebody was faster. Kargo rebases before the first try as well; that ends the same, later.
            _rebase(context, tree, url, branch)
            time.sleep(min(30.0, 1.5 ** (attempt - 1) - 1) * (1 + random.random() / 2))  # noqa: S311
    head = _git(context, tree, "rev-parse", "HEAD")
    return StepResult(output={"commit": head, "branch": branch})


def _rebase(context: StepContext, tree: Path, url: str, branch: str) -> None:
    """Put the commits here on top of what the remote branch has more."""
    try:
        _git(context, tree, "pull", "--quiet", "--rebase", "origin", branch, url=url)
    except GitError as error:
        if "CONFLICT" not in str(error):
            raise GitError(f"error pushing commits to remote: {error}") from error
        _git(context, tree, "rebase", "--abort")
        raise StepError(f"merge conflict with {branch}: {error}", terminal=True, status="Failed") from error
