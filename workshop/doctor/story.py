"""The story: its branches in the forge, where it stands, and what the environments serve."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from workshop import http, paths, voice
from workshop import settings as config
from workshop.board.visitor import served_version
from workshop.doctor.check import MEND, Area, Check, Finding, apart, ask, bad, good, named
from workshop.doctor.engine import ours
from workshop.errors import WorkshopError
from workshop.services import forge
from workshop.shell import git
from workshop.story import repository
from workshop.story.branches import BRANCHES, START

TOLD = (START, *(branch.name for branch in BRANCHES))
RENDERED = tuple(f"env/{environment}" for environment in config.ENVIRONMENTS)


def branches(wanted: Collection[str]) -> Finding:
    """Has the forge these branches?"""
    heads = _heads()
    if missing := [name for name in wanted if name not in heads]:
        return bad(f"falta no Gitea: {', '.join(missing)}", f"{MEND}   # ou make reset")
    return good(", ".join(wanted))


def _heads() -> dict[str, str]:
    lines = ask("git", "ls-remote", "--heads", config.repository_on_host()).splitlines()
    return {name.removeprefix("refs/heads/"): commit for commit, name in (line.split() for line in lines)}


def restore_told() -> None:
    """Push the feature branches that are gone, as at the seed: the same to the byte.

    Raises `WorkshopError` where `main` itself is gone: nobody may push it, and its story cannot be guessed.
    """
    heads = _heads()
    missing = [name for name in TOLD if name not in heads]
    if START in missing:
        raise WorkshopError("o branch main não existe mais: só recomeçando a história", fix="make reset")
    push = git.within(repository.written()).with_variables(forge.credentials(config.PRESENTER))
    for name in missing:
        push.text("push", "--quiet", config.repository_on_host(), f"{name}:refs/heads/{name}")
        voice.say(f"{name} enviado de novo")


def restore_rendered() -> None:
    """Push each env/* that is gone, at the commit that Argo CD last synced, in the name of Kargo, its only writer.

    Raises `WorkshopError` where that commit is no longer to be had. An empty branch would be worse than none:
    Argo CD would take the application away.
    """
    heads = _heads()
    for environment in config.ENVIRONMENTS:
        branch = f"env/{environment}"
        if branch not in heads:
            commit = _last_synced(environment)
            _push_again(branch, commit)
            voice.say(f"{branch} de volta em {commit[:8]}")


def _last_synced(environment: str) -> str:
    status = named("Application", config.application(environment), config.NAMESPACE_ARGOCD).get("status", {})
    history = status.get("history") or [{}]
    commit: str = history[-1].get("revision") or status.get("sync", {}).get("revision") or ""
    if not commit:
        raise WorkshopError(f"o Argo CD não sabe que commit {environment} tem", fix="make reset")
    return commit


def _push_again(branch: str, commit: str) -> None:
    clone = git.within(paths.STORY_CLONE).with_variables(forge.credentials(config.FORGE_KARGO))
    if not clone.ok("cat-file", "-e", f"{commit}^{{commit}}"):
        # Gitea keeps a commit that no branch has until its garbage is collected, but hands it out to nobody; the
        # API makes a branch of it.
        answer = http.LOCAL.post(
            f"{config.gitea_on_host()}/api/v1{repository.PATH}/branches",
            auth=(config.FORGE_KARGO, forge.password(config.FORGE_KARGO)),
            json={"new_branch_name": branch, "old_ref_name": commit},
            timeout=30,
        )
        if answer.is_error:
            raise WorkshopError(f"o commit {commit[:8]} de {branch} não está mais em lugar nenhum", fix="make reset")
        return
    clone.text("push", "--quiet", config.repository_on_host(), f"{commit}:refs/heads/{branch}")


def point() -> Finding:
    """Where the story stands: at its start, as a talk wants it, or further on."""
    answer = http.LOCAL.get(
        f"{config.gitea_on_host()}/api/v1{repository.PATH}/pulls", params={"state": "closed", "limit": 50}
    )
    if answer.is_error:
        return bad(f"o repositório da história não está no Gitea (HTTP {answer.status_code})", "make up")
    merged = [pull["head"]["ref"] for pull in answer.json() if pull["merged"]]
    if merged:
        return apart(f"a história já avançou ({', '.join(sorted(merged))}); a palestra começa do início", "make reset")
    return good("no início: o próximo notebook é o 04")


def tree() -> Finding:
    """Was the story made from this tree as it is?"""
    if not paths.STORY_SEED.exists():
        return apart("a história ainda não foi semeada", "make up")
    if repository.is_outdated():
        return apart("esta árvore mudou desde que a história começou; vale na próxima vez", "make reset")
    return good("feita desta árvore, como ela está")


def environments() -> Finding:
    """Does each environment answer, and with which version?"""
    served: list[str] = []
    silent: list[str] = []
    with voice.Crew() as pool:
        versions = list(pool.map(served_version, config.ENVIRONMENTS))
    for environment, version in zip(config.ENVIRONMENTS, versions, strict=True):
        (served if version else silent).append(f"{environment} {version}".strip())
    if silent:
        return bad(f"sem resposta: {', '.join(silent)}", f"kubectl -n {silent[0]} get pods,events   # nada lá? make up")
    return good(" · ".join(served))


def area() -> Area:
    """The checks of this module."""
    return Area(
        "História",
        (
            Check("branches", "branches", partial(branches, TOLD), ours(restore_told), settles=True),
            Check("env-branches", "branches env/*", partial(branches, RENDERED), ours(restore_rendered), settles=True),
            Check("environments", "ambientes", environments, settles=True),
            Check("point", "ponto", point, settles=True),
            Check("tree", "árvore", tree),
        ),
    )
