"""What somebody sees in a notebook while the workshop installs itself: each change as typed, once, and no secret."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from workshop import cluster, http, kube, paths, registry, supply, voice
from workshop import settings as config
from workshop.cluster import kind
from workshop.errors import WorkshopError
from workshop.machine import ports
from workshop.platform import argocd, kargo
from workshop.services import containers, database, forge
from workshop.services import registry as registry_container
from workshop.supply import manifests

REPOSITORY = paths.ROOT
TOOLS = Path(__file__).with_name("tools.py")


class Machine:
    """One on which nothing is installed yet, and what it shows."""

    def __init__(self, root: Path) -> None:
        self.bin = root / "bin"
        self.told: list[str] = []

    def hear(self, line: str) -> None:
        """Take what is said, as it is where the workshop's folder is the repository, and each command on one line."""
        self.told.append(line.replace(f"{REPOSITORY}/", "").replace(" \\\n    ", " "))

    @property
    def commands(self) -> list[str]:
        """The commands that were shown."""
        return [line for line in self.told if line.startswith("$ ")]

    @property
    def made(self) -> dict[str, Any]:
        """What the tools have made."""
        state = self.bin / "state.json"
        found: dict[str, Any] = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
        return found

    def find(self, kind_: str, name: str, namespace: str = "") -> kube.Object | None:
        """An object of its cluster."""
        if kind_ == "Node":
            return {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
        if kind_ == "Namespace" and name in (*self.made.get("Namespace", []), config.PROJECT):
            return {"metadata": {"annotations": self.made.get("annotations", {})}}
        return None

    def objects(self, kind_: str, namespace: str = "") -> list[kube.Object]:
        """The Applications, all of which Argo CD has looked at."""
        names = map(config.application, config.ENVIRONMENTS) if kind_ == "Application" else ()
        return [{"metadata": {"name": name}, "status": {"sync": {"status": "Synced"}}} for name in names]


@pytest.fixture(name="machine")
def fixture_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    made = Machine(tmp_path)
    made.bin.mkdir()
    for name in ("docker", "kind", "kubectl", "helm"):
        program = made.bin / name
        program.write_text(f"#!{sys.executable} -IS\n{TOOLS.read_text(encoding='utf-8')}", encoding="utf-8")
        program.chmod(0o755)
    state = tmp_path / ".workshop"
    folders = {"BIN": made.bin, "ROOT": tmp_path, "STATE": state, "GIT_SETTINGS": tmp_path / "gitconfig"}
    folders |= {name: state / name.lower() for name in ("SECRETS", "KUBECONFIG", "NODE_FILES", "APPLIED")}
    for name, path in folders.items():
        monkeypatch.setattr(paths, name, path)
    monkeypatch.setattr(argocd, "ARGOCD_KUBECONFIG", state / "kubeconfig-argocd")
    monkeypatch.setattr(ports, "require_free", lambda port, who: None)
    monkeypatch.setattr(kube, "find", made.find)
    monkeypatch.setattr(kube, "objects", made.objects)
    monkeypatch.setattr(registry.Registry, "answers", lambda _: True)
    monkeypatch.setattr(registry.Registry, "digest", lambda _, repository, tag: f"sha256:{'0' * 64}")
    monkeypatch.setattr(manifests, "path", lambda key: manifest(tmp_path, key))
    with voice.heard_by(made.hear), voice.echoing(True):
        yield made


def manifest(root: Path, key: str) -> Path:
    """What its makers publish, in one line: a file, or the folder of a chart."""
    folder = root / ".workshop" / "manifests" / key
    place = folder / "resources" / "crds" if key.endswith("chart") else folder
    place.mkdir(parents=True, exist_ok=True)
    (place / "install.yaml").write_text(f"kind: {key}\n", encoding="utf-8")
    return folder if key.endswith("chart") else place / "install.yaml"


def shown_once(machine: Machine, ensure: Any) -> list[str]:
    """What is shown where nothing is there; what is there already is not shown again."""
    ensure()
    first = list(machine.told)
    machine.told.clear()
    ensure()
    assert machine.told == []
    return first


def test_the_network_and_the_registry_are_three_commands(machine: Machine) -> None:
    label = '--label "workshop.installation=$PWD"'
    image = config.versions()["images"]["registry"]["name"]
    network, _, volume, _, run, _ = shown_once(machine, registry_container.ensure)
    assert network == f"$ docker network create {label} --subnet 172.18.0.0/16 workshop"
    assert volume == f"$ docker volume create {label} workshop-registry"
    assert run.startswith(f"$ docker run --detach --name workshop-registry {label}")
    assert run.endswith(f" --volume workshop-registry:/var/lib/registry {image}")
    assert "--publish 127.0.0.1:5001:5001" in run


def test_roles_and_databases_are_made_in_view_and_their_passwords_out_of_it(machine: Machine) -> None:
    shown = shown_once(machine, database.ensure)
    assert '--volume "$PWD/.workshop/secrets/postgres:/run/secrets/postgres:ro,z"' in shown[4]
    assert shown[6].startswith("$ docker exec --user postgres workshop-postgres psql")
    for name in ("gitea", "app_dev", "app_stg", "app_prod"):
        assert f"--command 'CREATE ROLE {name} LOGIN'" in shown[6]
        assert f"--command 'CREATE DATABASE {name} OWNER {name}'" in shown[6]
    assert shown[7].splitlines() == ["CREATE ROLE", "CREATE DATABASE"] * 4


def test_a_database_that_is_missing_is_made_and_no_other(machine: Machine) -> None:
    database.ensure()
    state = machine.made
    state["sql"].remove("database app_stg")
    (machine.bin / "state.json").write_text(json.dumps(state), encoding="utf-8")
    machine.told.clear()
    database.ensure()
    (command,) = machine.commands
    assert command.endswith("--command 'CREATE DATABASE app_stg OWNER app_stg'")
    assert "app_dev" not in command


def test_the_forge_names_the_accounts_that_it_makes(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts: set[str] = set()

    def gitea(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        if request.method == "POST":
            accounts.add(json.loads(request.content)["username"])
        missing = path.startswith("/users/") and path.removeprefix("/users/") not in accounts
        return httpx.Response(404 if missing else 200, json={})

    monkeypatch.setattr(http, "LOCAL", httpx.Client(transport=httpx.MockTransport(gitea)))
    shown = shown_once(machine, forge.ensure)
    assert "--env-file .workshop/secrets/gitea.env" in shown[4]
    assert shown[-1] == "contas novas no Gitea: presenter, qa, po, kargo, argocd, ci"
    assert accounts == {"presenter", "qa", "po", "kargo", "argocd", "ci"}
    assert "made-up-by-gitea" not in "".join(shown)


def test_the_cluster_is_kinds_and_what_is_added_to_it_is_in_files(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    containers.claim()
    machine.told.clear()
    assert [line for line in shown_once(machine, cluster.ensure) if line.startswith("$")] == [
        "$ kubectl apply --server-side --force-conflicts --filename .workshop/applied/coredns.yaml",
        "$ kubectl --namespace kube-system scale deployment coredns --replicas=1",
        "$ kubectl --namespace kube-system rollout restart deployment coredns",
        "$ kubectl apply --server-side --filename .workshop/applied/gateway.yaml",
    ]
    assert capsys.readouterr().out.startswith("$ kind create cluster --name image-promotion --config .workshop/")
    assert kind.node_is_ready()


def test_argo_cd_is_installed_by_its_own_manifest_and_once(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def install() -> None:
        paths.KUBECONFIG.parent.mkdir(exist_ok=True)
        paths.KUBECONFIG.touch()
        argocd.ensure()
        monkeypatch.setattr(argocd, "_installed", argocd._installation)

    shown = [line for line in shown_once(machine, install) if line.startswith("$")]
    of_server = "--server-side --force-conflicts"
    scaled = "argocd-dex-server argocd-notifications-controller"
    assert shown == [
        "$ kubectl create namespace argocd",
        f"$ kubectl apply {of_server} --field-manager=workshop "
        "--filename workshop/platform/manifests/argocd-parameters.yaml",
        f"$ kubectl apply {of_server} --namespace argocd --filename .workshop/manifests/argocd/install.yaml",
        f"$ kubectl --namespace argocd scale deployment {scaled} --replicas=0",
        "$ kubectl --namespace argocd set env deployment/argocd-repo-server ARGOCD_GPG_ENABLED=false",
        "$ kubectl apply --filename gitops/argocd/namespaces.yaml",
        "$ kubectl apply --filename -   # Secret dev/backend, Secret stg/backend, Secret prod/backend",
        "$ kubectl apply --filename -   # Secret argocd/repository",
        "$ kubectl apply --filename gitops/argocd/project.yaml --filename gitops/argocd/applications",
    ]


PROJECT = [
    "$ kubectl apply --filename gitops/kargo/project.yaml",
    "$ kubectl apply --filename -   # Secret image-promotion/forge",
    "$ kubectl apply --filename gitops/kargo/projectconfig.yaml --filename gitops/kargo/promotiontask.yaml "
    "--filename gitops/kargo/warehouse.yaml --filename gitops/kargo/stages --filename gitops/kargo/roles.yaml",
]
CRDS = "$ kubectl apply --server-side --force-conflicts --filename .workshop/manifests/kargo-chart/resources/crds"


def test_kargo_lite_is_applied_file_by_file_and_its_webhooks_last(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply, "kargo_is_real", lambda: False)
    assert [line for line in shown_once(machine, kargo.ensure) if line.startswith("$")] == [
        CRDS,
        "$ kubectl create namespace kargo",
        "$ kubectl apply --filename -   # Secret kargo/kargo-lite-webhook-cert",
        "$ kubectl apply --filename workshop/kargo_lite/manifests/rbac.yaml",
        "$ kubectl apply --filename .workshop/applied/kargo-lite.yaml",
        "$ kubectl apply --filename .workshop/applied/kargo-lite-webhooks.yaml",
        *PROJECT,
    ]


def test_kargo_is_installed_by_helm(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supply, "kargo_is_real", lambda: True)
    monkeypatch.setattr(supply, "cert_manager_is_there", lambda: False)
    assert [line for line in shown_once(machine, kargo.ensure) if line.startswith("$")] == [
        CRDS,
        "$ kubectl create namespace kargo",
        "$ kubectl apply --filename -   # Secret kargo/kargo-admin-account",
        "$ kubectl apply --filename -   # Secret kargo/kargo-webhooks-server-cert",
        "$ helm upgrade --install kargo .workshop/manifests/kargo-chart --namespace kargo "
        "--values gitops/kargo/install/values.yaml --values .workshop/applied/kargo-values.yaml",
        *PROJECT,
    ]


def test_no_secret_is_shown_nor_left_where_manifests_are(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supply, "kargo_is_real", lambda: True)
    monkeypatch.setattr(supply, "cert_manager_is_there", lambda: False)
    paths.STATE.mkdir()
    paths.KUBECONFIG.touch()
    database.ensure()
    argocd.ensure()
    kargo.ensure()
    public = "webhook-authority-", "webhook-certificate-"
    kept = [file for file in paths.SECRETS.iterdir() if not file.name.startswith(public)]
    assert len(kept) > 10
    readable = "\n".join([*machine.told, *(file.read_text(encoding="utf-8") for file in paths.APPLIED.iterdir())])
    assert [file.name for file in kept if file.read_text(encoding="utf-8").strip() in readable] == []


def test_what_is_taken_apart_is_three_commands(machine: Machine) -> None:
    registry_container.ensure()
    machine.told.clear()
    containers.remove_everything()
    assert machine.commands == [
        "$ docker rm --force --volumes workshop-registry",
        "$ docker volume rm workshop-registry",
        "$ docker network rm workshop",
    ]
    assert not any(machine.made[kind_] for kind_ in ("container", "volume", "network"))


def another_folder(machine: Machine, root: Path) -> None:
    """Have this machine's network be another workshop's."""
    containers.claim()
    state = machine.made
    state["network"][config.DOCKER_NETWORK]["Labels"][config.LABEL] = str(root)
    (machine.bin / "state.json").write_text(json.dumps(state), encoding="utf-8")


def test_another_folders_workshop_that_is_in_use_stays(machine: Machine, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / ".workshop" / "secrets").mkdir(parents=True)
    another_folder(machine, other)
    with pytest.raises(WorkshopError, match="outra pasta está rodando") as refused:
        containers.claim()
    assert f"make -C {other} down" in refused.value.fix
    assert containers.owner() == other


def test_what_a_folder_that_is_gone_left_behind_is_replaced(machine: Machine, tmp_path: Path) -> None:
    another_folder(machine, tmp_path / "gone")
    machine.told.clear()
    containers.claim()
    assert containers.owner() == paths.ROOT
    assert machine.commands[0] == "$ docker network rm workshop"
    assert machine.commands[1].startswith("$ docker network create")
