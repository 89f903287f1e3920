"""The application's manifests: rendered as committed, restricted, and named as everything else names them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from workshop import settings
from workshop.docs import overlays
from workshop.paths import BIN, ROOT
from workshop.services import database
from workshop.settings import ENVIRONMENTS, versions

COMPONENTS = ("backend", "frontend")
Manifest = dict[str, Any]


def tool(name: str) -> str:
    """The workshop's own binary, or one from PATH."""
    own = BIN / name
    found = str(own) if own.is_file() else shutil.which(name)
    if not found:
        pytest.fail(f"{name} is neither in {BIN} nor on PATH: make test supplies it")
    return found


def run(*command: str, cwd: Path = ROOT) -> str:
    """The output of a command that has to succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", name="rendered", params=ENVIRONMENTS)
def fixture_rendered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Manifest]:
    """What Kargo makes of an overlay: the tag set with kustomize, then rendered."""
    tree = tmp_path_factory.mktemp(request.param)
    shutil.copytree(ROOT / "k8s", tree / "k8s")
    overlay = tree / "k8s/overlays" / request.param
    images = [f"{settings.registry_in_cluster()}/{name}" for name in settings.APP_IMAGES]
    run(tool("kustomize"), "edit", "set", "image", *(f"{image}={image}:0a1b2c3d" for image in images), cwd=overlay)
    manifests = list(yaml.safe_load_all(run(tool("kustomize"), "build", str(overlay))))
    assert {manifest["metadata"]["namespace"] for manifest in manifests} == {request.param}
    return manifests


def of_kind(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    """The manifests of that kind, by name."""
    return {manifest["metadata"]["name"]: manifest for manifest in manifests if manifest["kind"] == kind}


def pods(manifests: list[Manifest]) -> list[Manifest]:
    """The pod specs of everything that makes pods."""
    return [manifest["spec"]["template"]["spec"] for manifest in manifests if "template" in manifest.get("spec", {})]


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_base_is_what_helm_renders(component: str) -> None:
    committed = (ROOT / f"k8s/base/helm-output/{component}/all.yaml").read_text(encoding="utf-8")

    rendered = run(tool("helm"), "template", component, f"./helm/{component}")

    assert rendered == committed, f"k8s/base/helm-output/{component} is stale; run: make manifests"


def test_every_image_of_ours_gets_the_tag(rendered: list[Manifest]) -> None:
    images = {container["image"] for pod in pods(rendered) for container in pod["containers"]}

    assert images == {f"{settings.registry_in_cluster()}/{name}:0a1b2c3d" for name in settings.APP_IMAGES}


def test_pods_are_restricted(rendered: list[Manifest]) -> None:
    assert len(pods(rendered)) == 3
    for pod in pods(rendered):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            assert security["readOnlyRootFilesystem"] is True
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["requests"].keys() == container["resources"]["limits"].keys()


def test_a_rollout_loses_no_request_and_fails_in_time(rendered: list[Manifest]) -> None:
    deployments = of_kind(rendered, "Deployment")
    assert deployments.keys() == set(COMPONENTS)
    for deployment in deployments.values():
        spec = deployment["spec"]
        pod = spec["template"]["spec"]
        (container,) = pod["containers"]
        dev = deployment["metadata"]["namespace"] == "dev"
        assert spec["replicas"] == (1 if dev else 2)
        assert spec["progressDeadlineSeconds"] == (20 if dev else 60)
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert container["lifecycle"]["preStop"]["sleep"]["seconds"] == 5
        assert pod["terminationGracePeriodSeconds"] >= 15
        assert container["readinessProbe"]["periodSeconds"] <= 2


def test_the_backend_knows_where_it_is(rendered: list[Manifest]) -> None:
    backend = of_kind(rendered, "Deployment")["backend"]
    (container,) = backend["spec"]["template"]["spec"]["containers"]
    environment = {variable["name"]: variable.get("value") for variable in container["env"]}

    assert environment["ENVIRONMENT"] == backend["metadata"]["namespace"]
    assert container["envFrom"] == [{"secretRef": {"name": "backend"}}]
    # The image says which version it is: a manifest that says it too could say something else.
    assert "APP_VERSION" not in environment


def test_the_backend_finds_the_database_of_its_environment(rendered: list[Manifest]) -> None:
    backend = of_kind(rendered, "Deployment")["backend"]
    (container,) = backend["spec"]["template"]["spec"]["containers"]
    variables = {variable["name"]: variable for variable in container["env"]}
    name = database.role(backend["metadata"]["namespace"])
    address = f"{settings.POSTGRES_NAME}:{settings.POSTGRES_PORT}"

    assert variables["DATABASE_NAME"]["value"] == name
    url = variables["DATABASE_URL"]["value"]
    assert url == f"postgresql://$(DATABASE_NAME):$(DATABASE_PASSWORD)@{address}/$(DATABASE_NAME)"
    # Kubernetes fills in what it has already read, and leaves the rest as it is.
    order = list(variables)
    assert all(order.index(used) < order.index("DATABASE_URL") for used in re.findall(r"\$\((\w+)\)", url))
    assert variables["DATABASE_PASSWORD"]["valueFrom"]["secretKeyRef"]["name"] == "backend"


def quantity(text: str) -> float:
    """A Kubernetes quantity in cores, or in Mi."""
    number, unit = re.fullmatch(r"(\d+)(m|Mi)?", str(text)).groups()  # type: ignore[union-attr]
    return int(number) / (1000 if unit == "m" else 1)


def test_a_small_machine_holds_all_environments_even_during_a_rollout() -> None:
    # maxSurge is 100%: for a moment an environment has all its pods twice. Counted for all of them at once.
    reserved = {"cpu": 0.0, "memory": 0.0}
    for environment in ENVIRONMENTS:
        for deployment in of_kind(overlays.documents(overlays.build(environment)), "Deployment").values():
            (container,) = deployment["spec"]["template"]["spec"]["containers"]
            for resource, amount in container["resources"]["requests"].items():
                reserved[resource] += 2 * deployment["spec"]["replicas"] * quantity(amount)

    # Beside them run the control plane, Argo CD and Kargo, on two cores.
    assert reserved["cpu"] <= 0.6
    assert reserved["memory"] <= 1280


def test_every_environment_is_different() -> None:
    rows = overlays.differences({name: overlays.documents(overlays.build(name)) for name in ENVIRONMENTS})
    labels = " ".join(row.label for row in rows)

    assert all(word in labels for word in ("namespace", "réplicas", "LOG_LEVEL", "DATABASE_NAME", "CPU", "memória"))
    # An overlay is for these alone; anything else belongs into the chart.
    assert "spec." not in labels


def test_the_budgets_are_for_the_pods_that_serve(rendered: list[Manifest]) -> None:
    deployments = of_kind(rendered, "Deployment")
    budgets = of_kind(rendered, "PodDisruptionBudget")
    assert budgets.keys() == deployments.keys()
    for name, budget in budgets.items():
        assert budget["spec"]["selector"] == deployments[name]["spec"]["selector"]


def test_services_lead_to_the_pods(rendered: list[Manifest]) -> None:
    services = of_kind(rendered, "Service")
    deployments = of_kind(rendered, "Deployment")
    assert {name: service["spec"]["ports"][0]["port"] for name, service in services.items()} == {
        "backend": 8000,
        "frontend": 80,
    }
    for name, service in services.items():
        template = deployments[name]["spec"]["template"]
        assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
        # The smoke Job's pods must never be taken for a backend.
        smoke = of_kind(rendered, "Job")["smoke"]["spec"]["template"]["metadata"]["labels"]
        assert not service["spec"]["selector"].items() <= smoke.items()
        ports = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
        assert service["spec"]["ports"][0]["targetPort"] in ports


def test_the_smoke_job_is_the_gate(rendered: list[Manifest]) -> None:
    job = of_kind(rendered, "Job")["smoke"]

    assert job["metadata"]["annotations"] == {
        "argocd.argoproj.io/hook": "PostSync",
        "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
    }
    assert job["spec"]["backoffLimit"] == 0
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["python", "-m", "users_api.smoke"]
    patience = re.search(r"^LIMIT_SECONDS = ([\d.]+)$", (ROOT / "app/src/users_api/smoke.py").read_text(), re.M)
    assert patience
    # It has to end by itself, with a reason, before Kubernetes ends it without one.
    assert float(patience[1]) < job["spec"]["activeDeadlineSeconds"]


def test_git_holds_no_secret() -> None:
    for folder in ("helm", "k8s"):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file():
                # A URL may say where the password goes, $(…), and not what it is.
                secret = r"^kind: Secret$|://[^/\s:]*:[^$/\s][^/\s]*@"
                assert not re.search(secret, file.read_text(encoding="utf-8"), re.M), file


def test_the_base_images_are_those_of_the_pins() -> None:
    pinned = {image["name"] for image in versions()["images"].values()}
    for component in ("app", "frontend"):
        dockerfile = (ROOT / component / "Dockerfile").read_text(encoding="utf-8")
        bases = re.findall(r"^FROM (\S+)", dockerfile, re.M)
        external = {base for base in bases if "/" in base}
        assert external and external <= pinned, f"{component}/Dockerfile and workshop/versions.toml differ"
        # The classic builder has to understand them.
        assert not re.search(r"--mount|--chmod|<<", dockerfile)


def test_the_pipeline_uses_one_action_and_no_moving_tag() -> None:
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]

    uses = {step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step}
    assert {action.split("@")[0] for action in uses} == {"actions/checkout"}
    assert ":latest" not in text
    assert all(step["name"] for job in jobs.values() for step in job["steps"])
    for image in settings.APP_IMAGES:
        assert f'docker push --quiet "$REGISTRY/{image}:$TAG"' in text
