"""No manifest breaks a rule of tests/policies.py; and each rule notices when one does."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.policies import RULES, violations
from workshop import paths
from workshop import settings as config
from workshop.docs import overlays

Manifest = dict[str, Any]
Break = Callable[[Manifest], None]
BASE = paths.ROOT / "k8s" / "base" / "helm-output"


def read(file: Path) -> list[Manifest]:
    return overlays.documents(file.read_text(encoding="utf-8"))


def gitops() -> list[Path]:
    """Every file of gitops/ that holds objects; `install` holds values for Helm."""
    return [file for file in sorted(paths.GITOPS.rglob("*.yaml")) if file.parent.name != "install"]


def shown(file: Path) -> str:
    return str(file.relative_to(paths.ROOT))


@pytest.mark.parametrize("file", [*sorted(BASE.rglob("*.yaml")), *gitops()], ids=shown)
def test_no_committed_manifest_breaks_a_rule(file: Path) -> None:
    manifests = read(file)

    assert manifests
    assert [complaint for manifest in manifests for complaint in violations(manifest)] == []


@pytest.mark.parametrize("environment", config.ENVIRONMENTS)
def test_no_environment_breaks_a_rule(environment: str) -> None:
    manifests = overlays.documents(overlays.build(environment))

    assert {manifest["kind"] for manifest in manifests} >= {"Deployment", "Job", "Service"}
    assert [complaint for manifest in manifests for complaint in violations(manifest)] == []


@pytest.fixture(scope="module", name="backend")
def fixture_backend() -> list[Manifest]:
    return read(BASE / "backend" / "all.yaml")


def pod(manifest: Manifest) -> Manifest:
    return manifest["spec"]["template"]["spec"]


def container(manifest: Manifest) -> Manifest:
    (found,) = pod(manifest)["containers"]
    return found


def image(name: str) -> Break:
    return lambda it: container(it).update(image=name)


def variable(name: str, value: str) -> Break:
    return lambda it: container(it)["env"].append({"name": name, "value": value})


def volume(**source: Any) -> Break:
    return lambda it: pod(it)["volumes"].append({"name": "more", **source})


def in_pod(**settings: Any) -> Break:
    return lambda it: pod(it).update(settings)


def pod_security(**settings: Any) -> Break:
    return lambda it: pod(it)["securityContext"].update(settings)


def container_security(**settings: Any) -> Break:
    return lambda it: container(it)["securityContext"].update(settings)


def without(*path: str) -> Break:
    """Takes something out of the container."""

    def remove(it: Manifest) -> None:
        found = container(it)
        for key in path[:-1]:
            found = found[key]
        del found[path[-1]]

    return remove


def init_container(**settings: Any) -> Break:
    """Puts a copy of the container, with something different, before it."""

    def add(it: Manifest) -> None:
        pod(it)["initContainers"] = [{**deepcopy(container(it)), "name": "before", **settings}]

    return add


def service(**settings: Any) -> Break:
    return lambda it: it["spec"].update(settings)


def becomes(kind: str, **content: Any) -> Break:
    """Makes an object of another kind out of it."""

    def change(it: Manifest) -> None:
        del it["spec"]
        it.update(kind=kind, **content)

    return change


BROKEN = [
    ("Deployment", image("registry.example/backend:latest"), "no tag that stays"),
    ("Deployment", image("registry.example:5000/backend"), "no tag that stays"),
    ("Job", image("backend"), "no tag that stays"),
    ("Deployment", init_container(image="busybox"), "no tag that stays"),
    ("Deployment", without("resources", "requests", "cpu"), "no cpu in requests"),
    ("Deployment", without("resources", "limits", "memory"), "no memory in limits"),
    ("Job", without("resources"), "no memory in requests"),
    ("Deployment", init_container(resources={}), "before has no cpu in limits"),
    ("Deployment", without("readinessProbe"), "no readinessProbe"),
    ("Deployment", without("livenessProbe"), "no livenessProbe"),
    ("Service", becomes("Secret", stringData={"a": "b"}), "no place in git"),
    ("Service", becomes("ConfigMap", data={"jwt_secret_key": "b"}), "jwt_secret_key holds a secret"),
    ("Deployment", variable("DATABASE_PASSWORD", "hunter2"), "DATABASE_PASSWORD holds a secret"),
    ("Deployment", variable("SNYK_TOKEN", "0a1b"), "SNYK_TOKEN holds a secret"),
    ("Deployment", variable("OTHER_URL", "postgresql://app:hunter2@db/app"), "OTHER_URL holds a secret"),
    ("Job", variable("OTHER_URL", "amqp://:hunter2@queue"), "OTHER_URL holds a secret"),
    ("Deployment", in_pod(hostNetwork=True), "hostNetwork"),
    ("Deployment", in_pod(hostPID=True), "hostPID"),
    ("Deployment", in_pod(hostIPC=True), "hostIPC"),
    ("Deployment", volume(hostPath={"path": "/"}), "hostPath"),
    ("Deployment", volume(nfs={"server": "a", "path": "/"}), "nfs"),
    ("Deployment", lambda it: container(it)["ports"][0].update(hostPort=80), "hostPort 80"),
    ("Deployment", pod_security(runAsNonRoot=False), "runAsNonRoot"),
    ("Deployment", container_security(runAsNonRoot=False), "runAsNonRoot"),
    ("Deployment", pod_security(runAsUser=0), "runAsUser 0"),
    ("Job", container_security(runAsUser=0), "runAsUser 0"),
    ("Deployment", pod_security(seccompProfile={"type": "Unconfined"}), "seccompProfile"),
    ("Job", in_pod(securityContext={"runAsNonRoot": True}), "seccompProfile"),
    ("Deployment", container_security(allowPrivilegeEscalation=True), "allowPrivilegeEscalation"),
    ("Deployment", without("securityContext", "allowPrivilegeEscalation"), "allowPrivilegeEscalation"),
    ("Deployment", container_security(privileged=True), "privileged"),
    ("Deployment", container_security(capabilities={"drop": ["NET_RAW"]}), "without ALL"),
    ("Job", without("securityContext"), "without ALL"),
    ("Deployment", container_security(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]}), "SYS_ADMIN"),
    ("Service", service(type="NodePort"), "NodePort"),
    ("Service", service(type="LoadBalancer"), "LoadBalancer"),
]


@pytest.mark.parametrize(("kind", "breaks", "complaint"), BROKEN, ids=[f"{kind}: {word}" for kind, _, word in BROKEN])
def test_a_broken_rule_is_noticed(backend: list[Manifest], kind: str, breaks: Break, complaint: str) -> None:
    (manifest,) = (deepcopy(manifest) for manifest in backend if manifest["kind"] == kind)
    assert violations(manifest) == []

    breaks(manifest)

    found = violations(manifest)
    assert any(complaint in line for line in found), found
    assert all(line.startswith(f"{manifest['kind']}/{manifest['metadata']['name']}: ") for line in found)


def test_every_rule_is_broken_by_one_of_these(backend: list[Manifest]) -> None:
    noticed = set()
    for kind, breaks, _ in BROKEN:
        (manifest,) = (deepcopy(manifest) for manifest in backend if manifest["kind"] == kind)
        breaks(manifest)
        noticed |= {rule for rule in RULES if list(rule(manifest))}

    assert noticed == set(RULES)


def test_pods_are_found_wherever_they_are_made(backend: list[Manifest]) -> None:
    (job,) = (manifest for manifest in backend if manifest["kind"] == "Job")
    template = deepcopy(job["spec"]["template"])
    container({"spec": {"template": template}})["image"] = "busybox"
    metadata = {"name": "x"}

    for manifest in (
        {"kind": "Pod", "metadata": metadata, "spec": template["spec"]},
        {"kind": "CronJob", "metadata": metadata, "spec": {"jobTemplate": {"spec": {"template": template}}}},
        {"kind": "Job", "metadata": metadata, "spec": {"template": template}},
    ):
        assert violations(manifest) == [f"{manifest['kind']}/x: the image busybox has no tag that stays"]


@pytest.mark.parametrize(
    "allowed",
    [
        image("registry.example:5000/backend:0a1b2c3d"),
        image("backend@sha256:" + 64 * "0"),
        variable("OTHER_URL", "postgresql://app:$(DATABASE_PASSWORD)@db/app"),
        variable("TOKEN", ""),
        volume(secret={"secretName": "backend"}),
        container_security(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}),
    ],
)
def test_what_is_right_is_let_through(backend: list[Manifest], allowed: Break) -> None:
    (manifest,) = (deepcopy(manifest) for manifest in backend if manifest["kind"] == "Deployment")

    allowed(manifest)

    assert violations(manifest) == []
