"""What a notebook shows of the changes that the workshop makes by itself: the line one would type, and no secret."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from workshop import paths, voice
from workshop.errors import WorkshopError
from workshop.shell import docker, helm, kubectl

SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: backend
stringData:
  PASSWORD: hunter2
"""


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What is said, where changing commands are shown."""
    lines: list[str] = []
    with voice.heard_by(lines.append), voice.echoing(True):
        yield lines


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of tools, first on PATH."""
    monkeypatch.setattr(paths, "BIN", tmp_path)
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    """A tool that does this."""
    (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def test_a_change_is_shown_as_one_would_type_it(tool: Path, told: list[str]) -> None:
    program(tool, "kubectl", "echo appproject.argoproj.io/image-promotion created")
    printed = kubectl.change("apply", "--filename", str(paths.GITOPS / "argocd" / "project.yaml"))
    assert told == [
        "$ kubectl apply --filename gitops/argocd/project.yaml",
        "appproject.argoproj.io/image-promotion created",
    ]
    assert printed == "appproject.argoproj.io/image-promotion created\n"


def test_what_is_so_already_is_not_shown(tool: Path, told: list[str]) -> None:
    program(tool, "kubectl", "echo namespace/dev unchanged; echo namespace/stg unchanged")
    kubectl.change("apply", "--filename", "x.yaml")
    program(tool, "kubectl", "echo namespace/dev unchanged; echo namespace/stg configured")
    kubectl.change("apply", "--filename", "x.yaml")
    assert told == ["$ kubectl apply --filename x.yaml", "namespace/dev unchanged\nnamespace/stg configured"]


def test_nothing_deleted_is_nothing_to_show(tool: Path, told: list[str]) -> None:
    program(tool, "kubectl", "")
    kubectl.change("delete", "secret", "gone", "--ignore-not-found")
    assert told == []


def server(folder: Path, **now: object) -> None:
    """kubectl, and what the server has from now on."""
    there = {"kind": "Deployment", "metadata": {"name": "gateway", "resourceVersion": "1"}, "spec": {"replicas": 1}}
    (folder / "now").write_text(json.dumps({**there, **now}), encoding="utf-8")
    program(
        folder, "kubectl", f"cd {folder}\ncase $1 in get) cat now;; *) cp next now; echo x serverside-applied;; esac"
    )


def applied(folder: Path, **changes: object) -> None:
    """Apply what makes this of it."""
    there = json.loads((folder / "now").read_text(encoding="utf-8"))
    (folder / "next").write_text(json.dumps({**there, **changes}), encoding="utf-8")
    kubectl.change("apply", "--server-side", "--filename", "gateway.yaml")


def test_what_the_server_applied_is_shown_where_it_changed_something(tool: Path, told: list[str]) -> None:
    """kubectl says `serverside-applied` either way."""
    server(tool)
    applied(tool)
    assert told == []
    applied(tool, spec={"replicas": 2})
    assert told == ["$ kubectl apply --server-side --filename gateway.yaml", "x serverside-applied"]


def test_what_a_controller_notes_meanwhile_is_no_change(tool: Path, told: list[str]) -> None:
    server(tool)
    applied(tool, status={"readyReplicas": 1}, metadata={"name": "gateway", "resourceVersion": "2", "generation": 3})
    assert told == []
    applied(tool, metadata={"name": "gateway", "resourceVersion": "3", "labels": {"new": "yes"}})
    assert told != []


def test_what_is_asked_of_the_server_is_what_was_applied(tool: Path, told: list[str]) -> None:
    program(tool, "kubectl", f'[ "$1" != get ] || echo "$@" >> {tool}/asked')
    kubectl.change("--namespace", "argocd", "apply", "--server-side", "--filename", "a b.yaml", "--filename=c.yaml")
    asked = (tool / "asked").read_text(encoding="utf-8").splitlines()
    wanted = "get --namespace argocd --filename a b.yaml --filename=c.yaml --ignore-not-found --output=json"
    assert asked == [wanted]  # and not again: there was nothing
    assert told == ["$ kubectl --namespace argocd apply --server-side --filename 'a b.yaml' --filename=c.yaml"]


def test_a_release_that_stays_as_it_was_is_not_shown(tool: Path, told: list[str]) -> None:
    """Helm counts every upgrade, and tells when it was."""
    program(tool, "helm", 'case $1 in get) cat "$0.release";; *) echo "REVISION: 2";; esac')
    release = tool / "helm.release"
    release.write_text("kind: Deployment", encoding="utf-8")
    command = ("upgrade", "--install", "kargo", "chart", "--namespace", "kargo")
    helm.change(*command)
    assert told == []
    program(tool, "helm", 'case $1 in get) cat "$0.release";; *) echo more >> "$0.release"; echo "REVISION: 2";; esac')
    helm.change(*command)
    assert told == ["$ helm upgrade --install kargo chart --namespace kargo", "REVISION: 2"]


def test_the_folder_of_the_repository_is_told_as_the_one_where_one_stands(tool: Path, told: list[str]) -> None:
    program(tool, "docker", "")
    docker.change("volume", "create", "--label", f"workshop.installation={paths.ROOT}", "one")
    docker.change("run", "--volume", f"{paths.ROOT}/.workshop/secrets/postgres:/run/secrets/postgres:ro", "image")
    assert told == [
        '$ docker volume create --label "workshop.installation=$PWD" one',
        '$ docker run --volume "$PWD/.workshop/secrets/postgres:/run/secrets/postgres:ro" image',
    ]


def test_a_long_line_is_broken_before_options_and_stays_whole(tool: Path, told: list[str]) -> None:
    program(tool, "docker", "")
    options = [part for number in range(12) for part in ("--env", f"SETTING_{number:02}=a value")]
    docker.change("run", "--detach", *options, "image")
    (line,) = told
    assert all(len(part) < 110 for part in line.splitlines())
    assert all(part.startswith("    --env ") for part in line.splitlines()[1:])
    assert shlex.split(line.replace("\\\n", "")) == ["$", "docker", "run", "--detach", *options, "image"]


def test_what_goes_in_on_standard_input_is_named_and_never_shown(tool: Path, told: list[str]) -> None:
    program(tool, "kubectl", "cat > /dev/null; echo secret/backend created")
    kubectl.change("apply", "--filename", "-", stdin=SECRET)
    assert told == ["$ kubectl apply --filename -   # Secret backend", "secret/backend created"]
    assert "hunter2" not in "".join(told)


def test_of_many_lines_the_beginning_and_the_end_are_shown(tool: Path, told: list[str]) -> None:
    program(tool, "kubectl", "seq 1 40")
    kubectl.change("apply", "--filename", "install.yaml")
    assert told[1].splitlines() == ["1", "2", "3", "4", "5", "… (32 linhas) …", "38", "39", "40"]


def test_a_change_that_fails_is_an_error_and_not_shown_as_done(tool: Path, told: list[str]) -> None:
    program(tool, "docker", "echo no space left >&2; exit 1")
    with pytest.raises(WorkshopError, match="falhou") as failure:
        docker.change("run", "--detach", "image")
    assert failure.value.details == "no space left"
    assert told == []


def test_questions_are_never_shown_and_changes_only_where_somebody_learns(tool: Path, told: list[str]) -> None:
    program(tool, "kubectl", "echo pod/one")
    kubectl.text("get pods")
    assert kubectl.ok("get pods")
    with voice.echoing(False):
        kubectl.change("scale deployment one --replicas=0")
    assert told == []
