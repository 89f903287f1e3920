"""What a user's machine is set up for changes nothing of what the workshop's programs do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workshop import environment, paths, process
from workshop.shell import git

HOSTILE = {
    "GIT_DIR": "/nowhere/.git",
    "GIT_WORK_TREE": "/nowhere",
    "GIT_INDEX_FILE": "/nowhere/index",
    "GIT_OBJECT_DIRECTORY": "/nowhere/objects",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.bare",
    "GIT_CONFIG_VALUE_0": "true",
    "GIT_CONFIG_PARAMETERS": "'user.name=somebody'",
    "GIT_SSH_COMMAND": "false",
    "GIT_EXTERNAL_DIFF": "false",
    "KUBECTL_EXTERNAL_DIFF": "false",
    "ARGOCD_OPTS": "--grpc-web",
    "ARGOCD_SERVER": "argocd.example.com",
    "HELM_NAMESPACE": "elsewhere",
    "HELM_DRIVER": "sql",
    "KARGO_CONFIG": "/nowhere",
    "KIND_CLUSTER_NAME": "another",
    "KUSTOMIZE_PLUGIN_HOME": "/nowhere",
    "PYTHONPATH": "/nowhere",
    "PYTHONHOME": "/nowhere",
    "DOCKER_DEFAULT_PLATFORM": "linux/s390x",
    "COMPOSE_FILE": "/nowhere/compose.yaml",
}
GITCONFIG = """\
[user]
    name = Somebody Else
    email = else@example.com
[clone]
    defaultRemoteName = foo
[core]
    autocrlf = true
    hooksPath = {hooks}
[url "file:///nowhere/"]
    insteadOf = {home}
[commit]
    gpgsign = true
[gpg]
    program = false
[init]
    defaultBranch = trunk
[pull]
    rebase = maybe
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of somebody who has git set up for everything but this."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    hook = hooks / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    settings = GITCONFIG.format(hooks=hooks, home=tmp_path)
    (tmp_path / ".gitconfig").write_text(settings)
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "config").write_text(settings)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(paths, "GIT_SETTINGS", tmp_path / "state" / "gitconfig")
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def commit(folder: Path, text: str) -> str:
    """Write a file and commit it; returns the commit."""
    here = git.within(folder)
    (folder / "file").write_bytes(text.encode())
    here.text("add", "--all")
    here.text("-c", "user.name=dev", "-c", "user.email=dev@example.com", "commit", "--quiet", "--message", "x")
    return here.text("rev-parse HEAD").strip()


def test_git_works_where_it_is_told_to_with_the_workshops_settings(home: Path) -> None:
    origin, clone = home / "origin", home / "clone"
    git.within(home).text("init", "--quiet", str(origin))
    first = commit(origin, "a\r\nb\n")
    git.within(home).text("clone", "--quiet", str(origin), str(clone))
    second = commit(clone, "c\n")
    here = git.within(clone)
    assert here.text("remote").split() == ["origin"]
    assert here.text("remote get-url origin").strip() == str(origin)
    assert here.text("branch --show-current").strip() == "main"
    assert here.text("rev-parse --show-toplevel").strip() == str(clone)
    assert here.text("log --format=%H").split() == [second, first]
    assert here.text("show", f"{first}:file") == "a\r\nb\n"
    assert here.text("log -1 --format=%an,%G?").strip() == "dev,N"
    here.text("push --quiet origin HEAD:refs/heads/pushed")
    assert git.within(origin).text("rev-parse pushed").strip() == second


def test_the_settings_are_written_anew_where_somebody_changed_them(home: Path) -> None:
    first = environment.variables()["GIT_CONFIG_GLOBAL"]
    whole = Path(first).read_text()
    Path(first).write_text("[core]\n    autocrlf = true\n")
    assert environment.variables()["GIT_CONFIG_GLOBAL"] == first
    assert Path(first).read_text() == whole


def test_what_is_meant_for_other_projects_reaches_no_program(home: Path) -> None:
    seen = dict(line.partition("=")[::2] for line in process.run(["env"]).out.splitlines())
    assert not {name for name, value in HOSTILE.items() if seen.get(name) == value}
    assert seen["HOME"] == str(home)


def test_kubectl_has_the_workshops_cluster_and_no_preferences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERC", "/nowhere/kuberc")
    monkeypatch.setenv("KUBECONFIG", "/nowhere/config")
    assert environment.variables()["KUBERC"] == "off"
    assert environment.variables()["KUBECONFIG"] == str(paths.KUBECONFIG)


def test_ordinary_variables_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {
        "LANG": "pt_BR.UTF-8",
        "DOCKER_HOST": "unix:///run/x.sock",
        "GIT_SSL_CAINFO": "/ca",
        "http_proxy": "http://p:1",
    }
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    assert kept.items() <= environment.variables().items()


def test_our_tools_come_first_and_once() -> None:
    folders = environment.search_path().split(os.pathsep)
    assert folders[0] == str(paths.BIN)
    assert folders.count(str(paths.BIN)) == 1
    assert set(os.environ["PATH"].split(os.pathsep)) <= set(folders)


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_exceptions_from_a_proxy_are_completed_in_both_spellings(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for each in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, "intranet.example.com, localhost")
    found = environment.variables()
    entries = found["no_proxy"].split(",")
    assert found["NO_PROXY"] == found["no_proxy"]
    assert entries[:2] == ["intranet.example.com", "localhost"]
    assert len(entries) == len(set(entries))
    assert {"127.0.0.1", ".workshop.local", ".cluster.local"} <= set(entries)
