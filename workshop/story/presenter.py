"""What the presenter has changed in the clone of the story by hand: kept, and said where, before the clone moves on."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from workshop import process, voice
from workshop.shell import git


def keep(clone: Path, branch: str) -> None:
    """Put aside what is not committed, and what is committed on that branch and pushed nowhere."""
    story, place = git.within(clone), process.relative(clone)
    if story.text("status", "--porcelain").strip():
        story.text("stash", "push", "--quiet", "--include-untracked", "--message", "o que não estava em nenhum commit")
        voice.say(f"! o que você mudou em {place}, e não estava em um commit, está guardado → git -C {place} stash pop")
    if story.ok("rev-parse", "--verify", "--quiet", branch):
        own = story.text("rev-list", branch, "--not", "--remotes").split()
        if own:
            story.text("branch", "--force", f"meu/{own[0][:8]}", branch)
            voice.say(f"! seus commits em {branch}, que ninguém mais tem, estão no branch meu/{own[0][:8]} de {place}")


def put_aside(clone: Path) -> None:
    """Make room for a new clone: one in which something was kept goes aside, any other goes."""
    if not (clone / ".git").exists():
        shutil.rmtree(clone, ignore_errors=True)
        return
    story = git.within(clone)
    if story.text("stash", "list") or story.text("branch", "--list", "meu/*"):
        kept = clone.with_name(f"{clone.name}.{time.strftime('%Y%m%dT%H%M%S')}")
        clone.rename(kept)
        voice.say(f"! o que era seu em {process.relative(clone)} está em {process.relative(kept)}")
        return
    shutil.rmtree(clone)
