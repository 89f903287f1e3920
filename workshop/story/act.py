"""act: the pipeline of a commit on this machine, followed step by step.

What runs is .github/workflows/ci.yml of that commit, in a checkout of CI's own; docker and git are all it needs.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from workshop import environment, paths, process, voice
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import engine
from workshop.shell import git
from workshop.story import cold
from workshop.story.branches import START

LIMIT_SECONDS: Final = 600.0
"""What a whole pipeline may take."""
_CHECKOUT: Final = "checkout"
_SHOWN_LINES: Final = 25
"""Of what a failed step printed."""
_BUILDER: Final = re.compile(r"Step \d+/\d+ :| --->|Removing intermediate container|Sending build context")
"""How the classic builder's own lines begin, which say nothing about why a check failed."""
_FROM_CACHE: Final = "---> Using cache"
"""What the classic builder prints where it took an instruction's result from its cache."""


def run(event: str, commit: str, log: Path) -> None:
    """Run the pipeline for that commit, telling each step's end; everything it prints goes to the log.

    **event**: `pull_request` or `push`, as on GitHub.
    Raises `WorkshopError` with the last lines of the step that failed, or of a pipeline that does not end.
    """
    checkout = _check_out(commit)
    payload = paths.CI / f"{event}.json"
    payload.write_text(json.dumps(_payload(event)), encoding="utf-8")
    shown = f"act {event} --platform ubuntu-latest=-self-hosted --var REGISTRY={config.registry_on_host()}"
    voice.say(f"$ {shown}")
    command = [
        *shlex.split(shown), "--workflows", ".github/workflows/ci.yml", "--eventpath", str(payload),
        "--action-offline-mode", "--no-cache-server", "--json",
        # A check that fails would leave the classic builder's container behind, and what was done in it.
        "--var", "BUILD_OPTIONS=--force-rm",
        # The steps are at home where the user is: docker's sign-in, its contexts and its helpers are there.
        "--env", f"HOME={Path.home()}", "--env", f"BASH_ENV={_linger()}",
    ]  # fmt: skip
    steps, fix = _Steps(), f"less {process.relative(log)}"
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("w", encoding="utf-8") as stream:
            for line in process.lines(command, limit=LIMIT_SECONDS, cwd=checkout, env=_variables()):
                entry = _parse(line)
                stream.write(f"[{entry.get('job', '')}] {entry.get('msg', '').rstrip()}\n")
                steps.take(entry)
    except process.Failed:
        failed = f": {steps.failed}" if steps.failed else ""
        details = "\n".join(steps.why) or _tail(log)
        raise WorkshopError(f"A CI de {commit[:8]} falhou{failed}.", fix=fix, details=details) from None
    except process.TimedOut:
        message = f"A CI de {commit[:8]} não terminou em {LIMIT_SECONDS:.0f} s."
        raise WorkshopError(message, fix=fix, details=_tail(log)) from None
    finally:
        cold.note(steps.watch.seconds())


@dataclass
class _Step:
    """One step of a job while it runs. **marks**: what the builder said of its cache. **printed**: the last lines."""

    began: float = field(default_factory=time.monotonic)
    marks: set[str] = field(default_factory=set)
    printed: deque[str] = field(default_factory=lambda: deque(maxlen=_SHOWN_LINES))


class _Steps:
    """What act tells of the steps, said as each ends.

    **failed**, **why**: the first that failed, and its last lines. **watch**: which of them ran for the first time.
    """

    def __init__(self) -> None:
        self.watch = cold.Watch()
        self.failed = ""
        self.why: tuple[str, ...] = ()
        self._running: dict[tuple[str, str], _Step] = {}

    def take(self, entry: dict[str, Any]) -> None:
        """One entry of act's log; its own preparations and what it tidies up are no steps of the pipeline."""
        name: str = entry.get("step", "")
        if entry.get("stage") != "Main" or not name:
            return
        key, result = (entry.get("job", ""), name), entry.get("stepResult")
        step = self._running.setdefault(key, _Step())
        message: str = entry.get("msg", "").rstrip()
        self.watch.reads(key, message)
        step.marks.update(mark for mark in (_FROM_CACHE, cold.EXECUTED) if mark in message)
        if entry.get("raw_output") and message and not _BUILDER.match(message):
            step.printed.append(message)
        seconds = f"{time.monotonic() - step.began:.0f} s"
        if result in ("success", "failure"):
            self.watch.ends(key, passed=result == "success")
        if result == "success":
            # The engine keeps the result of a check whose inputs are the same to the byte. The audience must know.
            cached = ", do cache: nada mudou desde a última vez" if step.marks == {_FROM_CACHE} else ""
            voice.say(f"  ✓ {name} ({seconds}{cached})")
        elif result == "failure":
            if not self.failed:
                self.failed, self.why = name, tuple(step.printed)
            voice.say(f"  ✗ {name} ({seconds})")


def _check_out(commit: str) -> Path:
    """The commit on a branch main of a checkout of CI's own, as a runner would have it."""
    checkout = paths.CI / _CHECKOUT
    if not (checkout / ".git").exists():
        shutil.rmtree(checkout, ignore_errors=True)
        checkout.parent.mkdir(parents=True, exist_ok=True)
        git.text("clone", "--quiet", config.repository_on_host(), str(checkout))
    runner = git.within(checkout)
    runner.text("fetch", "--quiet", "--force", "origin", commit)
    runner.text("checkout", "--quiet", "--force", "-B", START, commit)
    runner.text("clean", "--quiet", "--force", "-d", "-x")
    return checkout


def _variables() -> dict[str, str]:
    """The workshop's, with a home for act that nobody has settings in: those of a user could change what runs."""
    home = paths.CI / "home"
    home.mkdir(parents=True, exist_ok=True)
    # act asks for a default image at its first start, unless it finds this file.
    (home / ".actrc").touch()
    return {
        **environment.variables(),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_CACHE_HOME": str(paths.CI / "cache"),
        # act looks for sockets and not for contexts: it would build on another engine than the one that docker uses.
        "DOCKER_HOST": engine.address(),
    }


def _linger() -> Path:
    """What every step's shell reads first, so that it ends a moment after its last command.

    act drops what a step has printed and it has not read by the time the step ends: just the lines that say why.
    """
    file = paths.CI / "linger.sh"
    file.write_text("trap 'sleep 0.2' EXIT\n", encoding="utf-8")
    return file


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


def _tail(log: Path) -> str:
    return process.last_lines(log.read_text(encoding="utf-8"))
