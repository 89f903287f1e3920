"""A terminal for those who present from one: code on the left, actions and logs on the right.

tmux is nobody's to have: the notebooks show the same, and where it is missing a sentence says so.
"""

from __future__ import annotations

import os
import shutil
from typing import Final

from workshop import environment, paths, process
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import apt

SESSION: Final = "oficina"
_TARGET: Final = f"={SESSION}"
"""The session of exactly this name; tmux would take a longer one that begins with it, too."""
_CODE: Final = ("código", "git -C .workshop/story log --oneline --graph -10 --all")
_ACTIONS: Final = ("ações", f"kubectl get promotions --namespace {config.PROJECT} --watch")
_LOGS: Final = ("logs", "kubectl get events --namespace dev --watch")
_VARIABLES: Final = ("PATH", "KUBECONFIG")
"""What a pane needs of ours; its colours and its pager are the presenter's."""


def open_session() -> None:
    """Become tmux, in the session; it is made where it is not there yet.

    Raises `WorkshopError` where tmux is missing, or where this terminal is in tmux already.
    """
    tmux = shutil.which("tmux")
    if tmux is None:
        raise WorkshopError(
            "O tmux não está nesta máquina. Só este comando precisa dele: os notebooks mostram o mesmo.",
            fix=f"{apt.install_command('tmux')}   # ou make lab",
        )
    if not _run(tmux, "has-session", "-t", _TARGET, check=False).ok:
        make_session(tmux)
    if "TMUX" in os.environ:
        raise WorkshopError(
            f"Este terminal já está no tmux; a sessão {SESSION} está pronta.", fix=f"tmux switch-client -t {SESSION}"
        )
    os.execv(tmux, [tmux, "attach-session", "-t", _TARGET])  # noqa: S606


def make_session(tmux: str) -> None:
    """Make the session, without showing it. Raises `WorkshopError` with tmux' own words where it cannot."""
    variables = environment.variables()
    common = ["-P", "-F", "#{pane_id}", "-c", str(paths.ROOT)]
    for name in _VARIABLES:
        common += ["-e", f"{name}={variables[name]}"]
    # Panes are told by the names that tmux gives them: their numbers begin where each user wants.
    code = _ask(tmux, "new-session", "-d", "-s", SESSION, "-x", "200", "-y", "50", *common)
    actions = _ask(tmux, "split-window", "-h", "-t", code, *common)
    logs = _ask(tmux, "split-window", "-v", "-t", actions, *common)
    _ask(tmux, "set-option", "-w", "-t", code, "pane-border-status", "top")
    for pane, (title, command) in ((code, _CODE), (actions, _ACTIONS), (logs, _LOGS)):
        _ask(tmux, "select-pane", "-t", pane, "-T", title)
        _ask(tmux, "send-keys", "-t", pane, command, "Enter")
    _ask(tmux, "select-pane", "-t", code)


def _ask(tmux: str, *arguments: str) -> str:
    return _run(tmux, *arguments).out.strip()


def _run(tmux: str, *arguments: str, check: bool = True) -> process.Done:
    # Its server is the presenter's, not the workshop's: it begins with what their terminal has.
    return process.run([tmux, *arguments], env=os.environ, check=check, fix="tmux -V   # 3.2 ou mais novo")
