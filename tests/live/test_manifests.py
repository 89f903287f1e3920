"""What git holds, as the cluster itself sees it: its schemas, its pod security, and Argo CD's own limits.

Everything but the Applications of the last test is a server-side dry run: validated and admitted, and not kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop import paths, wait
from workshop import settings as config
from workshop.docs import overlays
from workshop.errors import WorkshopError
from workshop.shell import kubectl

pytestmark = [pytest.mark.phase(Phase.BESIDE), pytest.mark.usefixtures("rehearsal")]

Manifest = dict[str, Any]
LIMIT_SECONDS = 60.0
# `install` holds values for Helm.
GITOPS = [file for file in sorted(paths.GITOPS.rglob("*.yaml")) if file.parent.name != "install"]


def tried(manifests: list[Manifest]) -> list[str]:
    """What the API server says to each of the objects; `WorkshopError` where it refuses one."""
    text = yaml.safe_dump_all(manifests)
    command = ("apply", "--dry-run=server", "--validate=strict", "--filename", "-")
    return kubectl.text(*command, stdin=text, limit=LIMIT_SECONDS).splitlines()


def created(manifest: Manifest) -> str:
    """What the API server says to a new object; `WorkshopError` where it refuses it."""
    command = ("create", "--dry-run=server", "--validate=strict", "--filename", "-")
    return kubectl.text(*command, stdin=yaml.safe_dump(manifest), limit=LIMIT_SECONDS)


def renamed(manifest: Manifest) -> Manifest:
    """A copy that is in nobody's way: a Job of that name is there already, and can not be changed."""
    copy = deepcopy(manifest)
    copy["metadata"]["name"] += "-tried"
    return copy


def of_kind(environment: str, kind: str) -> list[Manifest]:
    """The rendered objects of one kind."""
    return [found for found in overlays.documents(overlays.build(environment)) if found["kind"] == kind]


def shown(file: Path) -> str:
    return str(file.relative_to(paths.ROOT))


@pytest.mark.parametrize("environment", config.ENVIRONMENTS)
def test_kubernetes_takes_every_object_of_an_environment(environment: str) -> None:
    manifests = [renamed(manifest) for manifest in overlays.documents(overlays.build(environment))]

    said = tried(manifests)

    assert len(said) == len(manifests) > 0
    assert all(line.endswith("created (server dry run)") for line in said), said


@pytest.mark.parametrize("file", GITOPS, ids=shown)
def test_the_cluster_takes_every_file_of_gitops(file: Path) -> None:
    manifests = overlays.documents(file.read_text(encoding="utf-8"))

    said = tried(manifests)

    assert len(said) == len(manifests) > 0
    assert all(line.endswith("(server dry run)") for line in said), said


@pytest.mark.parametrize("kind", ["Deployment", "Job", "PodDisruptionBudget"])
def test_a_misspelt_field_of_an_environment_is_refused(kind: str) -> None:
    manifest = renamed(of_kind("dev", kind)[0])
    manifest["spec"]["misspelt"] = 1

    with pytest.raises(WorkshopError) as refusal:
        tried([manifest])
    assert 'unknown field "spec.misspelt"' in refusal.value.details


@pytest.mark.parametrize(
    "path",
    [
        "argocd/applications/dev.yaml",
        "argocd/project.yaml",
        "kargo/warehouse.yaml",
        "kargo/stages/stg.yaml",
        "kargo/promotiontask.yaml",
    ],
)
def test_a_misspelt_field_of_gitops_is_refused(path: str) -> None:
    (manifest,) = overlays.documents((paths.GITOPS / path).read_text(encoding="utf-8"))
    manifest = renamed(manifest)
    manifest["spec"]["misspelt"] = 1

    with pytest.raises(WorkshopError) as refusal:
        tried([manifest])
    assert 'unknown field "spec.misspelt"' in refusal.value.details


def pods(environment: str) -> list[Manifest]:
    """A pod as each Deployment and Job of the environment would make it."""
    makers = of_kind(environment, "Deployment") + of_kind(environment, "Job")
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"{maker['metadata']['name']}-tried",
                "namespace": environment,
                "labels": maker["spec"]["template"]["metadata"]["labels"],
            },
            "spec": maker["spec"]["template"]["spec"],
        }
        for maker in makers
    ]


@pytest.mark.parametrize("environment", config.ENVIRONMENTS)
def test_restricted_namespaces_take_our_pods(environment: str) -> None:
    made = pods(environment)

    assert len(made) == 3
    for pod in made:
        assert "created (server dry run)" in created(pod)


def privileged(pod: Manifest) -> None:
    security = pod["spec"]["containers"][0]["securityContext"]
    # Without this the API server would refuse the contradiction, and not ask PodSecurity.
    security["allowPrivilegeEscalation"] = True
    security["privileged"] = True


def root(pod: Manifest) -> None:
    pod["spec"]["securityContext"].update(runAsNonRoot=False, runAsUser=0)


def node_folder(pod: Manifest) -> None:
    pod["spec"].setdefault("volumes", []).append({"name": "node", "hostPath": {"path": "/"}})


def unconfined(pod: Manifest) -> None:
    del pod["spec"]["securityContext"]["seccompProfile"]


@pytest.mark.parametrize("environment", config.ENVIRONMENTS)
@pytest.mark.parametrize(
    ("breaks", "complaint"),
    [
        (privileged, "privileged"),
        (root, "runAsNonRoot"),
        (node_folder, "hostPath"),
        (unconfined, "seccompProfile"),
    ],
)
def test_restricted_namespaces_refuse_other_pods(
    environment: str, breaks: Callable[[Manifest], None], complaint: str
) -> None:
    pod = deepcopy(pods(environment)[0])
    breaks(pod)

    with pytest.raises(WorkshopError) as refusal:
        created(pod)

    assert 'violates PodSecurity "restricted' in refusal.value.details
    assert complaint in refusal.value.details


Applied = Callable[[dict[str, Any]], str]


@pytest.fixture(name="complaint")
def fixture_complaint(rehearsal: Rehearsal) -> Iterator[Applied]:
    """Makes an Application of the project, different from dev's in some part of its spec; Argo CD's complaint."""
    name = "foreign-tried"
    application = ("application", name, "--namespace", config.NAMESPACE_ARGOCD)

    def conditions() -> str:
        text = kubectl.text("get", *application, "--output", "json", limit=LIMIT_SECONDS)
        found = json.loads(text).get("status", {}).get("conditions", [])
        return "\n".join(item["message"] for item in found if item["type"] == "InvalidSpecError")

    def apply(spec: dict[str, Any]) -> str:
        (manifest,) = overlays.documents((paths.GITOPS / "argocd/applications/dev.yaml").read_text(encoding="utf-8"))
        manifest["metadata"] = {"name": name, "namespace": config.NAMESPACE_ARGOCD}
        # Nothing would be synced by itself even if it were allowed.
        manifest["spec"] = {key: value for key, value in manifest["spec"].items() if key != "syncPolicy"}
        for part, changes in spec.items():
            manifest["spec"][part].update(changes)
        kubectl.change("create", "--filename", "-", stdin=yaml.safe_dump(manifest), limit=LIMIT_SECONDS)
        return wait.until(
            "o Argo CD julgou a Application",
            conditions,
            limit=LIMIT_SECONDS,
            diagnosis=lambda: kubectl.text("get", *application, "--output", "yaml"),
        )

    yield apply
    kubectl.change("delete", *application, "--ignore-not-found", limit=LIMIT_SECONDS)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            {"source": {"repoURL": f"{config.gitea_in_cluster()}/{config.FORGE_ORGANISATION}/other.git"}},
            "is not permitted in project",
        ),
        ({"destination": {"namespace": "kube-system"}}, "do not match any of the allowed destinations"),
    ],
    ids=["repository", "namespace"],
)
def test_argo_cd_refuses_what_the_project_does_not_allow(complaint: Applied, spec: dict[str, Any], words: str) -> None:
    assert words in complaint(spec)
