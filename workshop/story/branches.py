"""The story's branches: how `app/` and `frontend/` were when it starts, and the patches that tell it.

This tree holds the full application. The story starts without updating and deleting users; `start_tree` takes
both out again, by reversing their patches. Each patch is a mailbox that `git am -3` puts on its base: one
commit per component.

After a change of the application, re-make the patches (and see what changed), or edit them as branches:

    python -m workshop.story.branches remake
    python -m workshop.story.branches edit DIR     # a repository with main and every branch: commit there
    python -m workshop.story.branches save DIR     # and take the patches from it
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workshop.errors import WorkshopError
from workshop.paths import ROOT

COMPONENTS: Final = ("app", "frontend")
PATCHES: Final = Path(__file__).parent / "branches"
START: Final = "main"


@dataclass(frozen=True)
class Branch:
    """One branch of the story.

    **name**: as it is called in git.
    **base**: the branch whose tip it starts from.
    **title**: of its pull request.
    **checks_pass**: whether the pipeline lets it in; one is there to be refused.
    """

    name: str
    base: str
    title: str
    checks_pass: bool = True

    @property
    def patch(self) -> Path:
        """The mailbox that holds its commits."""
        return PATCHES / f"{self.name.removeprefix('feature/')}.patch"


BRANCHES: Final = (
    Branch("feature/update-user", START, "Editar usuários"),
    Branch("feature/delete-user", START, "Excluir usuários"),
    Branch("feature/error", "feature/update-user", "Registrar cada alteração na auditoria"),
    Branch("feature/fix", "feature/error", "Auditoria na saída padrão, sem arquivo"),
    Branch("feature/add-button", START, "Dar ao botão o nome do que ele faz", checks_pass=False),
)

# What the full application has more than the start, in the order in which it came.
FEATURES: Final = BRANCHES[:2]


def start_tree(source: Path, target: Path) -> None:
    """Write the start of the story, its app/ and frontend/, into `target`, given the full ones in `source`.

    Replaces what `target` has under these names. Ignored files of `source` stay behind.
    """
    copy_components(source, target)
    for feature in reversed(FEATURES):
        try:
            # -C1: each patch was made on the start, so the lines around may carry the other feature here.
            # The ceiling: a target inside another repository is patched as a folder of its own.
            ceiling = str(target.resolve().parent)
            _git(target, "apply", "--reverse", "-C1", str(feature.patch), GIT_CEILING_DIRECTORIES=ceiling)
        except subprocess.CalledProcessError as error:
            raise WorkshopError(
                f"{feature.name} can no longer be taken out of app/ and frontend/.",
                fix="git log -- app frontend   # lines that the patch touches have changed: put the same"
                f" change into {feature.patch.name}",
                details=error.stderr.strip(),
            ) from None


def copy_components(source: Path, target: Path) -> None:
    """Copy app/ and frontend/ as they are in the work tree of `source`, without what git ignores."""
    if source.resolve() == target.resolve():
        raise WorkshopError(f"{target} is the source itself: its app/ and frontend/ would be lost.")
    listed = _git(source, "ls-files", "-z", "--cached", "--others", "--exclude-standard", *COMPONENTS)
    names = [name for name in listed.split("\0") if name and (source / name).is_file()]
    if not names:
        raise WorkshopError(f"{source} has no app/ and frontend/ known to git.", fix=f"git -C {source} status")
    for component in COMPONENTS:
        shutil.rmtree(target / component, ignore_errors=True)
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, target / name)


def edit(source: Path, repository: Path) -> None:
    """Make a repository in which the story's branches can be changed: `main` and every feature."""
    if repository.exists() and any(repository.iterdir()):
        raise WorkshopError(f"{repository} is not empty.", fix="give a folder that does not exist yet")
    repository.mkdir(parents=True, exist_ok=True)
    _git(repository, "init", "--quiet", "--initial-branch", START)
    start_tree(source, repository)
    _git(repository, "add", "--all")
    _git(repository, "commit", "--quiet", "--message", "start of the story")
    for branch in BRANCHES:
        _git(repository, "switch", "--quiet", "--create", branch.name, branch.base)
        try:
            _git(repository, "am", "--quiet", "--3way", "--committer-date-is-author-date", str(branch.patch))
        except subprocess.CalledProcessError as error:
            raise WorkshopError(
                f"The patch of {branch.name} does not apply on {branch.base} any more.",
                fix=f"cd {repository}; mend the conflict; git am --continue; make the branches after it;"
                " python -m workshop.story.branches save .",
                details=error.stderr.strip() or error.stdout.strip(),
            ) from None
    _git(repository, "switch", "--quiet", START)


def save(repository: Path) -> list[str]:
    """Write each branch of that repository into its patch; the names of the patches that changed."""
    changed = []
    for branch in BRANCHES:
        mailbox = _git(
            repository,
            "format-patch",
            "--stdout",
            "--no-signature",
            "--zero-commit",
            "--no-numbered",
            "--full-index",
            "--no-renames",
            "--no-stat",
            f"{branch.base}..{branch.name}",
        )
        if not branch.patch.exists() or branch.patch.read_text(encoding="utf-8") != mailbox:
            branch.patch.write_text(mailbox, encoding="utf-8")
            changed.append(branch.patch.name)
    return changed


def remake(source: Path = ROOT) -> list[str]:
    """Re-make the patches for the application as it is now; the names of those that changed.

    Raises `WorkshopError` naming the first branch that no longer applies; the patches are as they were then.
    """
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "story"
        edit(source, repository)
        return save(repository)


def _git(folder: Path, *arguments: str, **environment: str) -> str:
    """Git without the user's own settings, and with an author and a date that never change."""
    fixed = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Workshop",
        "GIT_AUTHOR_EMAIL": "workshop@workshop.local",
        "GIT_COMMITTER_NAME": "Workshop",
        "GIT_COMMITTER_EMAIL": "workshop@workshop.local",
        "GIT_AUTHOR_DATE": "2026-01-16T19:00:00-03:00",
        "GIT_COMMITTER_DATE": "2026-01-16T19:00:00-03:00",
    }
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=inherited | fixed | environment,
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    ).stdout


def main(arguments: list[str]) -> int:
    """remake, edit DIR or save DIR."""
    try:
        match arguments:
            case ["remake"]:
                changed = remake()
            case ["edit", folder]:
                edit(ROOT, Path(folder))
                print(f"{folder}: branches {START}, {', '.join(branch.name for branch in BRANCHES)}")
                return 0
            case ["save", folder]:
                changed = save(Path(folder))
            case _:
                print(__doc__)
                return 2
    except WorkshopError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"changed: {', '.join(changed)}" if changed else "the patches are as they were")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
