"""The story's repository in the forge: seeded from this tree, told by branches, set back to its start.

`main` starts without editing and deleting users; the feature branches bring them. `env/*` are orphan branches that
hold rendered manifests and nothing else; only Kargo writes them.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import httpx

from workshop import paths, voice, wait
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.services import forge
from workshop.shell import Tool, git
from workshop.story import branches, presenter
from workshop.story.branches import BRANCHES, COMPONENTS, START

WORKFLOW_FILE = ".github/workflows/ci.yml"
SEEDED = (*COMPONENTS, "helm", "k8s", "gitops", WORKFLOW_FILE)
"""What the story's repository holds; the first two as they were at its start."""
PATH = f"/repos/{config.FORGE_ORGANISATION}/{config.REPOSITORY}"
_TOLD = {branch.name for branch in BRANCHES}
_EXPECTED = {START, *_TOLD, *(f"env/{environment}" for environment in config.ENVIRONMENTS)}
_COLLABORATORS = {
    config.PRESENTER: "write",
    config.FORGE_KARGO: "write",
    config.FORGE_CI: "write",
    **dict.fromkeys(config.PERSONAS, "read"),
}
CI_CONTEXT = "CI"
"""The commit status that the pipeline reports, and without which nothing is merged."""
_PROTECTIONS = (
    {
        "rule_name": START,
        "enable_push": False,
        "enable_status_check": True,
        "status_check_contexts": [CI_CONTEXT],
        "block_admin_merge_override": True,
    },
    {
        "rule_name": "env/*",
        "enable_push": True,
        "enable_push_whitelist": True,
        "push_whitelist_usernames": [config.FORGE_KARGO],
    },
)
"""main changes by a pull request with green checks alone, env/* by Kargo alone; no administrator is above that."""
_MERGES = {
    "allow_merge_commits": True,
    "default_merge_style": "merge",
    "allow_squash_merge": False,
    "allow_rebase": False,
    "allow_rebase_explicit": False,
    "allow_fast_forward_only_merge": False,
}
"""By a merge commit alone: its digits are the image's tag, and what it merged stays in `main`'s history."""
_README = """\
# image-promotion-gitops

O repositório da história: a aplicação (`app/`, `frontend/`), seus charts e overlays (`helm/`, `k8s/`), e o que o
Argo CD e o Kargo leem (`gitops/`). Os branches `env/*` guardam manifestos já renderizados; só o Kargo escreve neles.
"""
_ENVIRONMENT_README = "Manifestos renderizados de `{environment}`. Só o Kargo escreve neste branch.\n"


def ensure() -> None:
    """Have the repository in the forge with all its branches; what is there already stays as it is.

    A branch of the story that somebody deleted, as one does after a merge, comes back alone. Raises `WorkshopError`
    where what is missing holds what the story has done: nobody but who is asked decides to begin it anew.
    """
    there = _branches()
    if there is None or not paths.STORY_SEED.exists():
        seed()
        return
    missing = _EXPECTED - there
    if lost := missing - _TOLD:
        raise WorkshopError(
            f"No Gitea falta {', '.join(sorted(lost))}, e o resto da história está lá.",
            fix="make reset   # do início outra vez; as promoções e os pull requests de agora se perdem",
        )
    for name in sorted(missing):
        voice.say(f"o branch {name} não está mais no Gitea; de volta, como era")
        _push(written(), name)


def seed() -> None:
    """Make the repository anew at the start of the story; whatever it held is gone."""
    voice.say("semeando o repositório da história no Gitea")
    replace(written())
    finish()


def written() -> Path:
    """A repository as `write` makes it of this tree; kept, for it takes seconds and is always the same."""
    folder, made_of = paths.STORY_WRITTEN, paths.STORY_WRITTEN / ".git" / "made-of"
    tree = fingerprint()
    if made_of.exists() and made_of.read_text(encoding="utf-8") == tree:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write(folder)
    made_of.write_text(tree, encoding="utf-8")
    return folder


def replace(source: Path) -> None:
    """Put the branches of `source` in the place of whatever the forge's repository holds; `finish` has to follow."""
    paths.STORY_SEED.unlink(missing_ok=True)
    forge.call("DELETE", PATH)
    if forge.call("GET", f"/orgs/{config.FORGE_ORGANISATION}").status_code == httpx.codes.NOT_FOUND:
        forge.checked("POST", "/orgs", json={"username": config.FORGE_ORGANISATION, "visibility": "public"})
    forge.checked(
        "POST",
        f"/orgs/{config.FORGE_ORGANISATION}/repos",
        json={"name": config.REPOSITORY, "default_branch": START, "auto_init": False},
    )
    forge.checked("PATCH", PATH, json=_MERGES)
    with voice.Crew() as crew:
        list(crew.map(_let_in, _COLLABORATORS, _COLLABORATORS.values()))
    # For the last time by somebody who may: `finish` protects the branches.
    _push(source, "--all")


def _push(source: Path, what: str) -> None:
    push = git.within(source).with_variables(forge.credentials(config.PRESENTER))
    push.text("push", "--quiet", config.repository_on_host(), what)


def _let_in(name: str, permission: str) -> None:
    forge.checked("PUT", f"{PATH}/collaborators/{name}", json={"permission": permission})


def finish() -> None:
    """What a new repository needs before anybody works with it; Kargo and Argo CD can read it before."""
    for rule in _PROTECTIONS:
        forge.checked("POST", f"{PATH}/branch_protections", json=rule)
    # Gitea notes new branches a moment after the push; until then its pages and pull requests fail.
    wait.until("todos os branches no Gitea", lambda: (_branches() or set()) >= _EXPECTED, limit=30, every=0.2)
    presenter.put_aside(paths.STORY_CLONE)
    clone()
    paths.STORY_SEED.write_text(fingerprint(), encoding="utf-8")


def is_outdated() -> bool:
    """Whether what the repository was made from (application, manifests, branches) has changed in this tree since."""
    return not paths.STORY_SEED.exists() or paths.STORY_SEED.read_text(encoding="utf-8") != fingerprint()


def fingerprint() -> str:
    """A hash of all that the repository is made from: names, contents, and what can be executed."""
    patches = str(branches.PATCHES.relative_to(paths.ROOT))
    selection = ("--cached", "--others", "--exclude-standard", "--", *SEEDED, patches)
    found = hashlib.sha256()
    for name in sorted(git.within(paths.ROOT).text("ls-files", "-z", *selection).split("\0")):
        file = paths.ROOT / name
        if name and file.is_file():
            found.update(f"{name}\0{file.stat().st_mode & 0o100}\0".encode() + file.read_bytes())
    return found.hexdigest()


def clone() -> Path:
    """The working clone in .workshop/story, brought up to date; the presenter's git signs in by itself there."""
    folder = paths.STORY_CLONE
    if not (folder / ".git").exists():
        shutil.rmtree(folder, ignore_errors=True)
        partial = folder.with_name("story.partial")
        shutil.rmtree(partial, ignore_errors=True)
        git.text("clone", "--quiet", config.repository_on_host(), str(partial))
        _identify(git.within(partial))
        partial.rename(folder)
    story = git.within(folder)
    story.text("fetch", "--quiet", "--prune", "--force", "origin")
    presenter.keep(folder, START)
    story.text("switch", "--quiet", "--force-create", START, f"origin/{START}")
    return folder


def merged() -> set[str]:
    """The story's branches that `main` holds already."""
    story = git.within(clone())
    return {
        branch.name
        for branch in BRANCHES
        if story.ok("merge-base", "--is-ancestor", f"origin/{branch.name}", f"origin/{START}")
    }


def first() -> str:
    """The commit with which `main` began, in full: the first version's."""
    return git.within(clone()).text("rev-list", "--max-parents=0", f"origin/{START}").split()[-1]


def head(branch: str = START) -> str:
    """The commit that a branch of the forge points at, in full."""
    found = git.text("ls-remote", "--exit-code", config.repository_on_host(), f"refs/heads/{branch}")
    return found.split()[0]


def write(folder: Path) -> None:
    """A repository with every branch, the same to the byte each time: so is the first image's tag."""
    story = branches.git_in(folder)
    story.text("init", "--quiet", "--initial-branch", START)
    for environment in config.ENVIRONMENTS:
        story.text("checkout", "--quiet", "--orphan", f"env/{environment}")
        (folder / "README.md").write_text(_ENVIRONMENT_README.format(environment=environment), encoding="utf-8")
        story.text("add", "README.md")
        story.text("commit", "--quiet", "--message", f"chore(env): branch de {environment}")
    story.text("checkout", "--quiet", "--orphan", START)
    story.text("rm", "-r", "--quiet", "--force", ".")
    _copy(folder)
    story.text("add", "--all", "--force")
    story.text("commit", "--quiet", "--message", "feat: listar, ver e criar usuários")
    branches.grow(folder)


def _branches() -> set[str] | None:
    """The branches that the forge has; None where there is no such repository. Any other answer is none."""

    def ask() -> tuple[set[str] | None] | None:
        if forge.call("GET", PATH).status_code == httpx.codes.NOT_FOUND:
            return (None,)
        answer = forge.call("GET", f"{PATH}/branches", params={"limit": 50})
        if answer.status_code != httpx.codes.OK:
            return None
        return ({branch["name"] for branch in answer.json() or ()},)

    fix = f"docker logs --tail 20 {config.GITEA_CONTAINER}"
    (found,) = wait.until("resposta do Gitea sobre os branches da história", ask, limit=60, every=1, fix=fix)
    return found


def _copy(folder: Path) -> None:
    branches.start_tree(paths.ROOT, folder)
    (folder / "README.md").write_text(_README, encoding="utf-8")
    for name in SEEDED[len(COMPONENTS) :]:
        source, target = paths.ROOT / name, folder / name
        if not source.exists():
            raise WorkshopError(f"Falta {name} nesta árvore.", fix=f"git checkout -- {name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy2(source, target)


def _identify(story: Tool) -> None:
    story.text("config", "user.name", "Apresentador")
    story.text("config", "user.email", f"{config.PRESENTER}@workshop.local")
