"""The steps that work on files: git, kustomize, copy."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT, git
from fakes import FakeKube

from workshop.kargo_lite.settings import Settings
from workshop.kargo_lite.steps import StepError
from workshop.kargo_lite.steps import files as file_steps
from workshop.kargo_lite.steps import git as git_steps
from workshop.kargo_lite.steps import kustomize as kustomize_steps

TOOLS = Path(__file__).parents[3] / ".workshop" / "bin"


def clone(step, forge: str) -> dict:
    checkout = [{"branch": "main", "path": "./src"}, {"branch": "env/dev", "create": True, "path": "./out"}]
    return git_steps.clone(step(repoURL=forge, checkout=checkout)).output["commits"]


def publish(step, text: str, message: str = "dev: 1a2b3c4d") -> str:
    """What a promotion does between clone and sync, without kustomize."""
    git_steps.clear(step(path="./out"))
    (step().work_dir / "out" / "app.yaml").write_text(text)
    commit = git_steps.commit(step(path="./out", message=message))
    assert git_steps.push(step(path="./out")).output == {**commit.output, "branch": "env/dev"}
    return commit.output["commit"]


def test_first_promotion_makes_the_branch(step, forge: str, tmp_path: Path) -> None:
    commits = clone(step, forge)
    assert commits["./src"] == git(Path(forge), "rev-parse", "main")
    assert (step().work_dir / "src" / "k8s" / "overlays" / "dev" / "kustomization.yaml").is_file()
    assert [p.name for p in (step().work_dir / "out").iterdir()] == [".git"]

    head = publish(step, "tag: 1a2b3c4d\n")
    assert git(Path(forge), "rev-parse", "env/dev") == head
    assert git(Path(forge), "show", "env/dev:app.yaml") == "tag: 1a2b3c4d"
    assert git(Path(forge), "log", "--format=%s", "env/dev") == "dev: 1a2b3c4d\nInitial commit"
    assert git(Path(forge), "log", "-1", "--format=%an <%ae>", "env/dev") == "kargo-lite <kargo-lite@workshop.local>"


def test_author_of_the_clone_signs_the_commits(step, forge: str) -> None:
    checkout = [{"branch": "env/dev", "create": True, "path": "./out", "as": "env"}]
    author = {"name": "Kargo", "email": "no-reply@kargo.io"}
    result = git_steps.clone(step(repoURL=forge, checkout=checkout, author=author))
    assert list(result.output["commits"]) == ["env"]
    publish(step, "x\n")
    assert git(Path(forge), "log", "-1", "--format=%an", "env/dev") == "Kargo"


def test_nothing_changed_is_skipped_with_the_commit_there_is(step, forge: str) -> None:
    clone(step, forge)
    first = publish(step, "tag: a\n")
    result = git_steps.commit(step(path="./out", message="again"))
    assert result.status == "Skipped"
    assert result.output == {"commit": first}


def test_rollback_brings_back_the_good_commit_exactly(step, forge: str) -> None:
    clone(step, forge)
    good = publish(step, "tag: good\n")
    (step().work_dir / "out" / "extra.yaml").write_text("only in the bad one\n")
    bad = publish(step, "tag: bad\n")
    checkout = [{"commit": good, "path": "./good"}, {"branch": "env/dev", "path": "./back"}]
    commits = git_steps.clone(step(repoURL=forge, checkout=checkout)).output["commits"]
    assert commits == {"./good": good, "./back": bad}
    git_steps.clear(step(path="./back"))
    file_steps.copy(step(inPath="./good", outPath="./back"))
    git_steps.commit(step(path="./back", message="ROLLBACK dev: bad"))
    git_steps.push(step(path="./back"))
    assert git(Path(forge), "rev-parse", "env/dev^{tree}") == git(Path(forge), "rev-parse", f"{good}^{{tree}}")
    assert git(Path(forge), "log", "--format=%s", "env/dev").splitlines()[0] == "ROLLBACK dev: bad"


def test_push_goes_on_top_of_what_others_pushed(step, forge: str, tmp_path: Path) -> None:
    clone(step, forge)
    publish(step, "tag: a\n")
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", "-b", "env/dev", forge, str(other))
    (other / "note").write_text("by hand\n")
    git(other, "add", ".")
    git(other, "commit", "--quiet", "-m", "by hand")
    git(other, "push", "--quiet")

    (step().work_dir / "out" / "app.yaml").write_text("tag: b\n")
    git_steps.commit(step(path="./out", message="dev: b"))
    head = git_steps.push(step(path="./out")).output["commit"]
    assert git(Path(forge), "rev-parse", "env/dev") == head
    assert git(Path(forge), "log", "--format=%s", "env/dev").splitlines()[:2] == ["dev: b", "by hand"]


def test_conflict_fails_for_good(step, forge: str, tmp_path: Path) -> None:
    clone(step, forge)
    publish(step, "tag: a\n")
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", "-b", "env/dev", forge, str(other))
    (other / "app.yaml").write_text("by hand\n")
    git(other, "commit", "--quiet", "-a", "-m", "by hand")
    git(other, "push", "--quiet")
    (step().work_dir / "out" / "app.yaml").write_text("tag: b\n")
    git_steps.commit(step(path="./out", message="dev: b"))
    with pytest.raises(StepError, match="merge conflict") as raised:
        git_steps.push(step(path="./out"))
    assert raised.value.terminal
    assert raised.value.status == "Failed"


def test_missing_branch_and_missing_repository(step, forge: str, tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r'remote branch "nope" .* does not exist; set create=true'):
        git_steps.clone(step(repoURL=forge, checkout=[{"branch": "nope", "path": "./x"}]))
    with pytest.raises(StepError, match="error cloning"):
        git_steps.clone(step(repoURL=str(tmp_path / "none.git"), checkout=[{"path": "./x"}]))
    with pytest.raises(StepError, match="error loading working tree"):
        git_steps.commit(step(path="./nowhere", message="x"))


def test_no_path_leads_out_of_the_working_directory(step) -> None:
    with pytest.raises(StepError, match="leads out"):
        step().path("../../etc/passwd")
    assert step().path("/etc") == step().work_dir.resolve() / "etc"


URL = "http://gitea.workshop.local:3000/workshop/story.git"


@pytest.fixture
def secret(kube: FakeKube) -> None:
    """The Project's Secret for that repository."""
    values = {"repoURL": URL, "username": "kargo", "password": "s3cret"}
    kube.store(
        {
            "kind": "Secret",
            "metadata": {"name": "forge", "namespace": PROJECT, "labels": {"kargo.akuity.io/cred-type": "git"}},
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
        }
    )


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What a git that only asks for its credentials, and then fails, was told: here, and `.args` behind it."""
    seen = tmp_path / "seen"
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    # Ask the helper for the credentials as git would, with the real git.
    fake.write_text(
        f'#!/bin/sh\necho "$@" > {seen}.args\n'
        f'printf "protocol=http\\nhost=gitea.workshop.local:3000\\npath=workshop/story.git\\n\\n" '
        f"| {shutil.which('git')} credential fill > {seen}\nexit 1\n"
    )
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    return seen


def test_credentials_come_from_the_projects_secrets_and_stay_out_of_sight(step, secret: None, seen: Path) -> None:
    with pytest.raises(StepError) as raised:
        git_steps.clone(step(repoURL=URL, checkout=[{"path": "./x"}]))
    assert "username=kargo\npassword=s3cret" in seen.read_text()
    assert "s3cret" not in Path(f"{seen}.args").read_text()
    assert "s3cret" not in str(raised.value)


def test_no_credentials_over_http_unless_allowed(step, secret: None, seen: Path) -> None:
    context = step(repoURL=URL, checkout=[{"path": "./x"}])
    closed = git_steps.StepContext(**{**vars(context), "settings": Settings(credentials_over_http=False)})
    with pytest.raises(StepError):
        git_steps.clone(closed)
    assert "s3cret" not in seen.read_text()


# -------------------------------------------------------------------------------------------- kustomize


@pytest.mark.parametrize("tag", ["1a2b3c4d", "12345678", "123456e7", "00000042", "0e000000"])
def test_set_image_writes_strings_whatever_they_look_like(step, tag: str) -> None:
    directory = step().work_dir / "src"
    directory.mkdir()
    path = directory / "kustomization.yaml"
    path.write_text("resources:\n- app.yaml\nimages:\n- name: other\n  newTag: v1\n- name: r/backend\n  newTag: old\n")
    images = [{"image": "r/backend", "tag": tag}, {"image": "r/frontend", "tag": tag}]
    result = kustomize_steps.set_image(step(path="./src", images=images))
    content = yaml.safe_load(path.read_text())
    assert content["images"] == [
        {"name": "other", "newTag": "v1"},
        {"name": "r/backend", "newTag": tag},
        {"name": "r/frontend", "newTag": tag},
    ]
    assert f'newTag: "{tag}"' in path.read_text()
    assert result.output == {
        "commitMessage": f"Updated ./src to use new images\n\n- r/backend:{tag}\n- r/frontend:{tag}"
    }


def test_set_image_knows_names_and_digests(step) -> None:
    directory = step().work_dir / "src"
    directory.mkdir()
    (directory / "kustomization.yaml").write_text("resources: []\n")
    image = {"image": "r/backend", "name": "backend", "newName": "localhost/backend", "digest": "sha256:abc"}
    kustomize_steps.set_image(step(path="./src", images=[image]))
    assert yaml.safe_load((directory / "kustomization.yaml").read_text())["images"] == [
        {"name": "backend", "newName": "localhost/backend", "digest": "sha256:abc"}
    ]
    with pytest.raises(StepError, match="exactly one of tag and digest"):
        kustomize_steps.set_image(step(path="./src", images=[{"image": "r/backend"}]))


def test_set_image_needs_one_kustomization(step) -> None:
    (step().work_dir / "src").mkdir()
    with pytest.raises(StepError, match="could not find any Kustomization files"):
        kustomize_steps.set_image(step(path="./src", images=[]))


def test_documents_stay_as_they_are() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: A\n  namespace: dev\ndata:\n  x: |\n    ---\n    y\n"
    other = "kind: Namespace\nmetadata:\n  name: dev\n"
    documents = kustomize_steps.split_documents(f"{text}---\n{other}")
    assert documents == [text, other]
    assert [kustomize_steps.file_name(d) for d in documents] == ["dev-configmap-a.yaml", "namespace-dev.yaml"]


def test_build_writes_one_file_per_object(step, forge: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{TOOLS}")
    clone(step, forge)
    image = {"image": "registry.workshop.local:5001/backend", "tag": "123456e7"}
    kustomize_steps.set_image(step(path="./src/k8s/overlays/dev", images=[image]))
    kustomize_steps.build(step(path="./src/k8s/overlays/dev", outPath="./out"))
    out = step().work_dir / "out"
    assert sorted(p.name for p in out.glob("*.yaml")) == ["dev-deployment-backend.yaml", "dev-service-backend.yaml"]
    deployment = yaml.safe_load((out / "dev-deployment-backend.yaml").read_text())
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "registry.workshop.local:5001/backend:123456e7"

    kustomize_steps.build(step(path="./src/k8s/overlays/dev", outPath="./all/in-one.yaml"))
    assert len(list(yaml.safe_load_all((step().work_dir / "all" / "in-one.yaml").read_text()))) == 2

    (step().work_dir / "src/k8s/overlays/dev/kustomization.yaml").write_text("resources: [nope.yaml]\n")
    with pytest.raises(StepError, match=r"nope\.yaml"):
        kustomize_steps.build(step(path="./src/k8s/overlays/dev", outPath="./out"))


# ------------------------------------------------------------------------------------------------- copy


def test_copy_leaves_git_and_links_behind(step) -> None:
    work = step().work_dir
    (work / "a" / "sub" / ".git").mkdir(parents=True)
    (work / "a" / ".git").write_text("gitdir")
    (work / "a" / "sub" / "x").write_text("x")
    (work / "a" / "link").symlink_to("/etc/passwd")
    (work / "b").mkdir()
    (work / "b" / "kept").write_text("kept")
    file_steps.copy(step(inPath="./a", outPath="./b"))
    assert sorted(str(p.relative_to(work / "b")) for p in (work / "b").rglob("*")) == ["kept", "sub", "sub/x"]
    file_steps.copy(step(inPath="./a/sub/x", outPath="./c/y"))
    assert (work / "c" / "y").read_text() == "x"
    with pytest.raises(StepError, match=r'failed to copy "\./nope"'):
        file_steps.copy(step(inPath="./nope", outPath="./d"))


def test_git_here_is_what_the_steps_need() -> None:
    """Nothing newer than 2.39 is used: that is Debian 12's."""
    version = subprocess.run(["git", "version"], capture_output=True, text=True, check=True).stdout
    assert version.startswith("git version")
