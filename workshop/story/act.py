"""act: the pipeline of a commit on this machine, followed step by step.

What runs is .github/workflows/ci.yml of that commit, in a checkout of CI's own; docker and git are all it needs.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workshop import paths, voice
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.shell import environment, git
from workshop.story.branches import START

_CHECKOUT = paths.STATE / "ci" / "checkout"
_LIMIT_SECONDS = 600
_SHOWN_LINES = 25
"""Of what a failed step printed."""
_BUILDER = re.compile(r"Step \d+/\d+ :| --->|Removing intermediate container|Sending build context")
"""How the classic builder's own lines begin, which say nothing about why a check failed."""
_FROM_CACHE, _EXECUTED = "---> Using cache", "---> Running in"
"""What the classic builder prints for a step that it took from its cache, and for one that it ran."""
_NO_UPLINK = ("unshare", "--net", "--map-root-user")
"""A network namespace with nothing in it: docker is still reached, by its socket in the file system."""


def run(event: str, commit: str, log: Path, *, offline: bool = False) -> None:
    """Run the pipeline for that commit, telling each step's end; everything it prints goes to the log.

    **event**: `pull_request` or `push`, as on GitHub.
    **offline**: neither act nor a container that builds has a network; only root may ask for that everywhere.
    Raises `WorkshopError` with the last lines of the step that failed.
    """
    _check_out(commit)
    log.parent.mkdir(parents=True, exist_ok=True)
    payload = _CHECKOUT.parent / f"{event}.json"
    payload.write_text(json.dumps(_payload(event)), encoding="utf-8")
    shown = f"act {event} --platform ubuntu-latest=-self-hosted --var REGISTRY={config.registry_on_host()}"
    if offline:
        shown = f"{shlex.join(_NO_UPLINK)} {shown} --var BUILD_OPTIONS=--network=none"
    voice.say(f"$ {shown}")
    command = [
        *shlex.split(shown), "--workflows", ".github/workflows/ci.yml", "--eventpath", str(payload),
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
            failed = _follow(process, stream)
            code = process.wait(timeout=_LIMIT_SECONDS)
        except BaseException:
            process.terminate()
            raise
    if code != 0:
        raise WorkshopError(
            f"CI failed for {commit[:8]}{': ' + failed.step if failed.step else ''}.",
            details="\n".join(failed.lines) or _tail(log),
            fix=f"less {log.relative_to(paths.ROOT)}",
        )


@dataclass
class Failed:
    """The step that failed, and the last lines of what it printed; no name where none did."""

    step: str = ""
    lines: tuple[str, ...] = ()


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


def _follow(process: subprocess.Popen[str], log: Any) -> Failed:
    """Write every line to the log, tell the steps' ends; returns the first step that failed."""
    failed = Failed()
    began: dict[tuple[str, str], float] = {}
    marks: dict[tuple[str, str], set[str]] = {}
    printed: dict[tuple[str, str], deque[str]] = {}
    deadline = time.monotonic() + _LIMIT_SECONDS
    for line in process.stdout or ():
        if time.monotonic() > deadline:
            raise WorkshopError(f"CI did not end within {_LIMIT_SECONDS} s.", fix=f"less {log.name}")
        entry = _parse(line)
        message: str = entry.get("msg", "").rstrip()
        log.write(f"[{entry.get('job', '')}] {message}\n")
        key, result = (entry.get("job", ""), entry.get("step", "")), entry.get("stepResult")
        if entry.get("stage") != "Main" or not key[1]:
            continue
        began.setdefault(key, time.monotonic())
        marks.setdefault(key, set()).update(mark for mark in (_FROM_CACHE, _EXECUTED) if mark in message)
        if entry.get("raw_output") and message and not _BUILDER.match(message):
            printed.setdefault(key, deque(maxlen=_SHOWN_LINES)).append(message)
        if result == "success":
            seconds = f"{time.monotonic() - began[key]:.0f} s"
            # The engine keeps the result of a check whose inputs are the same to the byte. The audience must know.
            cached = ", do cache: nada mudou desde a última vez" if marks[key] == {_FROM_CACHE} else ""
            voice.say(f"  ✓ {key[1]} ({seconds}{cached})")
        elif result == "failure":
            failed = failed if failed.step else Failed(key[1], tuple(printed.get(key, ())))
            voice.say(f"  ✗ {key[1]} ({time.monotonic() - began[key]:.0f} s)")
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
