"""The build context is made afresh from exactly what versions.toml names."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from workshop import paths, process, voice
from workshop.errors import WorkshopError
from workshop.machine import authorities
from workshop.supply import go, images
from workshop.supply.catalogue import Image, ModuleFiles
from workshop.supply.trouble import NotFetched


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "BIN", tmp_path / "bin")
    monkeypatch.setattr(paths, "BUILD_BIN", tmp_path / "build" / "bin")
    monkeypatch.setattr(images, "CONTEXTS", tmp_path / "contexts")
    monkeypatch.setattr(authorities, "FOLDER", tmp_path / "authorities")
    monkeypatch.setattr(go, "module_folder", lambda *names: tmp_path / "module")
    for name, text in {
        "images/app/Dockerfile": "FROM scratch\n",
        "bin/kustomize": "tool",
        "build/bin/kubelet": "binary",
        "src/app/main.py": "print()",
        "src/app/__pycache__/main.pyc": "x",
        "module/options/locale.ini": "x",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "module/options/locale.ini").chmod(0o444)
    return tmp_path


APP = Image(
    "app",
    "workshop.local/app:1",
    build="images/app",
    binaries=("kustomize", "kubelet"),
    files=(("src/app", "app"),),
    module_files=(ModuleFiles("gitea", "code.gitea.io/gitea", "options"),),
)


def stage(image: Image, own_tools: frozenset[str]) -> Path:
    return images.stage(image, own_tools, process.Group())


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_everything_lies_where_dockerfiles_expect_it(root: Path) -> None:
    (root / "authorities" / "company").mkdir(parents=True)
    (root / "authorities" / "company" / "proxy.crt").write_text("-----BEGIN")
    assert content(stage(APP, frozenset({"kustomize"}))) == {
        "Dockerfile": "FROM scratch\n",
        "bin/kustomize": "tool",
        "bin/kubelet": "binary",
        "app/main.py": "print()",
        "module/options/locale.ini": "x",
        "certificates/.keep": "",
        "certificates/company-proxy.crt": "-----BEGIN",
    }


def test_leftovers_of_an_interrupted_run_are_gone(root: Path) -> None:
    context = stage(APP, frozenset({"kustomize"}))
    (context / "half.partial").touch()
    assert "half.partial" not in content(stage(APP, frozenset({"kustomize"})))


def test_a_folder_without_dockerfile_is_named(root: Path) -> None:
    (root / "images" / "app" / "Dockerfile").unlink()
    with pytest.raises(WorkshopError, match="images/app/Dockerfile"):
        stage(APP, frozenset({"kustomize"}))


def test_a_missing_source_is_named(root: Path) -> None:
    (root / "src" / "app" / "main.py").unlink()
    missing = Image("app", "workshop.local/app:1", build="images/app", files=(("nowhere", "app"),))
    with pytest.raises(WorkshopError, match="nowhere"):
        stage(missing, frozenset())


def test_only_the_named_files_go_into_the_build(root: Path) -> None:
    (root / "web/node_modules").mkdir(parents=True)
    for name in ("Dockerfile", "package.json", "node_modules/big.js"):
        (root / "web" / name).write_text(name)
    image = Image("web", "workshop.local/web:1", build="web", only=("Dockerfile", "package.json"), target="tools")

    assert content(stage(image, frozenset())).keys() == {"Dockerfile", "package.json", "certificates/.keep"}


def docker(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "path" / "docker"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("echo 'trixie: Pulling from library/x'; sleep 60", ""),
        ("echo up to date", ""),
        # It can be reached: that it refuses, or is slow, is told by the pull itself.
        ("echo denied; exit 1", ""),
        ("echo toomanyrequests; exit 1", ""),
        ("sleep 60", ""),
        ("echo lookup docker.io: no such host; exit 1", "lookup docker.io: no such host"),
    ],
)
def test_the_first_answer_of_a_registry_tells_whether_it_can_be_reached(
    root: Path, answer: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(root, answer, monkeypatch)
    monkeypatch.setattr(images, "PULL_PROBE_SECONDS", 0.5)
    began = time.monotonic()
    assert images.out_of_reach(APP) == reason
    assert time.monotonic() - began < 30


PULLED = Image("node", "docker.io/kindest/node:v1", digest="sha256:abc")
CALLS = 'echo "$*" >> "$(dirname "$0")/calls"; '


def calls(root: Path) -> list[str]:
    return (root / "path" / "calls").read_text(encoding="utf-8").splitlines()


def pull(root: Path, image: Image) -> list[str]:
    """What is said while it is pulled."""
    told: list[str] = []
    with voice.heard_by(told.append):
        images.pull(image, process.Group(), root / "log")
    return told


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "PAUSES_SECONDS", (0.01, 0.01))


def test_what_is_pinned_by_digest_is_pulled_by_it_and_gets_its_name(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(root, CALLS, monkeypatch)
    assert pull(root, PULLED) == []
    assert calls(root) == [
        "pull docker.io/kindest/node:v1@sha256:abc",
        "tag docker.io/kindest/node:v1@sha256:abc docker.io/kindest/node:v1",
    ]


@pytest.mark.usefixtures("without_pauses")
def test_a_pull_that_was_refused_for_its_rate_is_tried_again_and_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(root, CALLS + '[ $(wc -l < "$(dirname "$0")/calls") = 3 ] || { echo toomanyrequests; exit 1; }', monkeypatch)
    told = pull(root, APP)
    assert len(calls(root)) == 3
    assert ["429" in line and "Outra tentativa" in line for line in told] == [True, True]


@pytest.mark.usefixtures("without_pauses")
@pytest.mark.parametrize(
    ("words", "kind", "tries"), [("toomanyrequests", "LIMIT", 3), ("manifest unknown", "ABSENT", 1)]
)
def test_a_pull_that_fails_says_why(
    root: Path, words: str, kind: str, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(root, f"{CALLS} echo {words}; exit 1", monkeypatch)
    with pytest.raises(NotFetched) as caught:
        pull(root, APP)
    assert (caught.value.kind.name, len(calls(root))) == (kind, tries)
    assert words in caught.value.details


BUILDS = 'case $1 in build) for last; do :; done; ls "$last/certificates" > "$(dirname "$0")/certificates" ;; esac'


def test_a_base_that_was_pulled_gets_the_authorities_of_this_machine_and_keeps_its_name(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (authorities.FOLDER).mkdir()
    (authorities.FOLDER / "company.crt").write_text("PEM", encoding="utf-8")
    docker(root, CALLS + BUILDS, monkeypatch)
    images.add_authorities(APP, process.Group(), root / "log")
    (build,) = calls(root)
    assert f"--build-arg BASE={APP.name} --tag {APP.name}" in build
    assert (root / "path" / "certificates").read_text(encoding="utf-8").split() == ["company.crt"]


def test_where_this_machine_trusts_no_others_it_stays_as_it_is(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker(root, CALLS, monkeypatch)
    images.add_authorities(APP, process.Group(), root / "log")
    assert not (root / "path" / "calls").exists()


def test_a_pull_whose_run_is_ended_does_not_wait_for_its_next_try(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker(root, "echo toomanyrequests; exit 1", monkeypatch)
    group = process.Group()
    threading.Timer(1, group.cancel).start()
    began = time.monotonic()
    with pytest.raises(process.Cancelled), voice.unheard():
        images.pull(APP, group, root / "log")
    assert time.monotonic() - began < 3


def test_an_archive_that_docker_refuses_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker(root, "echo 'unexpected EOF' >&2; exit 1", monkeypatch)
    with pytest.raises(WorkshopError, match=r"app\.tar está danificado.*unexpected EOF"):
        images.load(APP, process.Group(), root / "log")
