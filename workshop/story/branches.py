"""The story's branches: how `app/` and `frontend/` were when it starts, and the patches that tell it.

This tree holds the full application. The story starts without updating and deleting users; `start_tree` takes
both out again, by reversing their patches. Each patch is a mailbox that `git am -3` puts on its base: one
commit per component.

After a change of the application, re-make the patches (and see what changed), or edit them as branches:
`workshop branches remake`, or `workshop branches edit` and, after the commits there, `workshop branches save`.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workshop import paths, process
from workshop.errors import WorkshopError
from workshop.shell import Tool, git

COMPONENTS: Final = ("app", "frontend")
PATCHES: Final = Path(__file__).parent / "patches"
START: Final = "main"
_IDENTITY: Final = {"NAME": "Workshop", "EMAIL": "workshop@workshop.local", "DATE": "2026-01-16T19:00:00-03:00"}
_MAILBOX: Final = (
    "--stdout", "--no-signature", "--zero-commit", "--no-numbered", "--full-index", "--no-renames", "--no-stat",
    "--no-encode-email-headers",
)  # fmt: skip
"""What keeps a patch the same to the byte, and its subject legible."""


@dataclass(frozen=True)
class Branch:
    """One branch of the story.

    **name**: as it is called in git.
    **base**: the branch whose tip it starts from.
    """

    name: str
    base: str

    @property
    def patch(self) -> Path:
        """The mailbox that holds its commits."""
        return PATCHES / f"{self.name.removeprefix('feature/')}.patch"


BRANCHES: Final = (
    Branch("feature/update-user", START),
    Branch("feature/delete-user", START),
    Branch("feature/error", "feature/update-user"),
    Branch("feature/fix", "feature/error"),
    # There to be refused: one of the pipeline's checks fails.
    Branch("feature/add-button", START),
)

# What the full application has more than the start, in the order in which it came.
FEATURES: Final = BRANCHES[:2]


def git_in(folder: Path) -> Tool:
    """git in that folder, with an author and a date that never change: so every commit's hash is the same each time.

    A folder inside another repository is one of its own.
    """
    identity = {f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in _IDENTITY.items()}
    return git.within(folder).with_variables({**identity, "GIT_CEILING_DIRECTORIES": str(folder.resolve().parent)})


def start_tree(source: Path, target: Path) -> None:
    """Write the start of the story, its app/ and frontend/, into `target`, given the full ones in `source`.

    Replaces what `target` has under these names. Ignored files of `source` stay behind.
    """
    copy_components(source, target)
    for feature in reversed(FEATURES):
        try:
            # -C1: each patch was made on the start, so the lines around may carry the other feature here.
            git_in(target).text("apply", "--reverse", "-C1", str(feature.patch))
        except process.Failed as error:
            raise WorkshopError(
                f"{feature.name} já não sai de app/ e frontend/: linhas em que o seu patch toca mudaram.",
                fix=f"git log -- app frontend   # a mesma mudança tem de entrar em {feature.patch.name}",
                details=error.details,
            ) from None


def copy_components(source: Path, target: Path) -> None:
    """Copy app/ and frontend/ as they are in the work tree of `source`, without what git ignores."""
    if source.resolve() == target.resolve():
        raise WorkshopError(f"{target} é a própria origem: app/ e frontend/ se perderiam.")
    listed = git.within(source).text("ls-files", "-z", "--cached", "--others", "--exclude-standard", *COMPONENTS)
    names = [name for name in listed.split("\0") if name and (source / name).is_file()]
    if not names:
        raise WorkshopError(f"O git não conhece app/ nem frontend/ em {source}.", fix=f"git -C {source} status")
    for component in COMPONENTS:
        shutil.rmtree(target / component, ignore_errors=True)
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, target / name)


def grow(repository: Path) -> None:
    """Put every feature's branch into a repository that has `main`, and go back there.

    Raises `WorkshopError` naming the first branch that no longer applies.
    """
    story = git_in(repository)
    for branch in BRANCHES:
        story.text("switch", "--quiet", "--create", branch.name, branch.base)
        try:
            story.text("am", "--quiet", "--3way", "--committer-date-is-author-date", str(branch.patch))
        except process.Failed as error:
            raise WorkshopError(
                f"O patch de {branch.name} já não se aplica a {branch.base}.",
                fix=f"cd {repository}   # resolver o conflito; git am --continue; refazer os branches seguintes;"
                " e então: workshop branches save .",
                details=error.details,
            ) from None
    story.text("switch", "--quiet", START)


def edit(source: Path, repository: Path) -> None:
    """Make a repository in which the story's branches can be changed: `main` and every feature."""
    if repository.exists() and any(repository.iterdir()):
        raise WorkshopError(
            f"{repository} não está vazia.", fix="workshop branches edit PASTA   # uma que ainda não existe"
        )
    repository.mkdir(parents=True, exist_ok=True)
    story = git_in(repository)
    story.text("init", "--quiet", "--initial-branch", START)
    start_tree(source, repository)
    story.text("add", "--all")
    story.text("commit", "--quiet", "--message", "chore: começo da história")
    grow(repository)


def save(repository: Path) -> list[str]:
    """Write each branch of that repository into its patch; the names of the patches that changed."""
    changed = []
    for branch in BRANCHES:
        mailbox = git.within(repository).text("format-patch", *_MAILBOX, f"{branch.base}..{branch.name}")
        if not branch.patch.exists() or branch.patch.read_text(encoding="utf-8") != mailbox:
            branch.patch.write_text(mailbox, encoding="utf-8")
            changed.append(branch.patch.name)
    return changed


def remake(source: Path = paths.ROOT) -> list[str]:
    """Re-make the patches for the application as it is now; the names of those that changed.

    Raises `WorkshopError` naming the first branch that no longer applies; the patches are as they were then.
    """
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "story"
        edit(source, repository)
        return save(repository)
