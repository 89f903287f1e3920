"""What a case has to itself: a Kargo Project, image repositories, and if it asks for them a git repository and an
Argo CD Application. All of it is real, and all of it goes away with the case.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import kubernetes
import yaml
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import NotFoundError

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.services import forge
from workshop.shell import kubectl

GROUP: Final = "kargo.akuity.io/v1alpha1"
_API_VERSIONS: Final = {
    "Application": "argoproj.io/v1alpha1",
    "AppProject": "argoproj.io/v1alpha1",
    "Deployment": "apps/v1",
    "Event": "v1",
    "Namespace": "v1",
    "Pod": "v1",
    "Secret": "v1",
}
ARGOCD_PROJECT: Final = "conformance"
PREFIX: Final = "k-"
"""How the names of the cases' Projects begin."""
_LIBRARY: Final = Path(__file__).parent / "library"
_RESTARTING: Final = ("failed calling webhook", "connection refused", "no endpoints available", "EOF")
"""What the API server says while the one that answers its webhooks is not there."""


def manifest(name: str) -> list[dict[str, Any]]:
    """A file of the library: the objects that several cases begin with."""
    return list(yaml.safe_load_all((_LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def client() -> DynamicClient:
    """The cluster's API."""
    kubernetes.config.load_kube_config(str(paths.KUBECONFIG))
    return DynamicClient(kubernetes.client.ApiClient())


@lru_cache(maxsize=1)
def controller() -> str:
    """The Deployment that reconciles: Kargo's controller, or kargo-lite."""
    for name in ("kargo-controller", "kargo-lite"):
        if kubectl.ok("--namespace", config.NAMESPACE_KARGO, "get", "deployment", name):
            return name
    raise WorkshopError("Neither Kargo nor kargo-lite is in the cluster.", fix="make up")


def is_lite() -> bool:
    """Whether it is kargo-lite that is being looked at."""
    return controller() == "kargo-lite"


def api_version(kind: str) -> str:
    """The version of the API that a kind belongs to; Kargo's own unless it is listed."""
    return _API_VERSIONS.get(kind, GROUP)


def read(kind: str, name: str, namespace: str) -> dict[str, Any] | None:
    """An object, or None where there is none."""
    resource = client().resources.get(api_version=api_version(kind), kind=kind)
    try:
        found: dict[str, Any] = resource.get(name=name, namespace=namespace).to_dict()
    except NotFoundError:
        return None
    return found


def listed(kind: str, namespace: str) -> list[dict[str, Any]]:
    """All objects of a kind, the oldest first."""
    resource = client().resources.get(api_version=api_version(kind), kind=kind)
    items: list[dict[str, Any]] = resource.get(namespace=namespace).to_dict()["items"]
    return sorted(items, key=lambda item: (item["metadata"]["creationTimestamp"], item["metadata"]["name"]))


def _controllers() -> list[dict[str, Any]]:
    """The controller's pods."""
    return [pod for pod in listed("Pod", config.NAMESPACE_KARGO) if pod["metadata"]["name"].startswith(controller())]


def _is_ready(obj: dict[str, Any]) -> bool:
    conditions = (obj.get("status") or {}).get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


@dataclass
class World:
    """One case's own part of the cluster, the registry and the forge."""

    project: str = field(default_factory=lambda: f"{PREFIX}{uuid4().hex[:8]}")

    # -- names ------------------------------------------------------------------------------------------------------

    def names(self) -> dict[str, str]:
        """What stands for what in a case, between angle brackets."""
        registry = config.registry_in_cluster()
        return {
            "project": self.project,
            "frontend": f"{registry}/{self.images}/frontend",
            "backend": f"{registry}/{self.images}/backend",
            "git": f"{config.gitea_in_cluster()}/{config.FORGE_ADMIN}/{self.project}.git",
            "raw": f"{config.gitea_in_cluster()}/{config.FORGE_ADMIN}/{self.project}/raw/branch",
        }

    @property
    def images(self) -> str:
        """The folder of the registry that holds the case's images."""
        return f"conformance/{self.project}"

    def freight(self, tag: str) -> dict[str, Any] | None:
        """The Freight whose images carry that tag."""
        for found in listed("Freight", self.project):
            if tag in {image["tag"] for image in found.get("images") or []}:
                return found
        return None

    def promotions(self, stage: str, tag: str = "") -> list[dict[str, Any]]:
        """The Promotions to a Stage, of one Freight or of all, the oldest first: names hold the time."""
        wanted = (self.freight(tag) or {"metadata": {"name": "?"}})["metadata"]["name"] if tag else None
        found = [
            item
            for item in listed("Promotion", self.project)
            if item["spec"]["stage"] == stage and wanted in (None, item["spec"].get("freight"))
        ]
        return sorted(found, key=lambda item: item["metadata"]["name"])

    # -- objects ----------------------------------------------------------------------------------------------------

    def apply(self, obj: dict[str, Any], *, verb: str = "apply", as_: str = "") -> dict[str, Any]:
        """Hand an object to the API server as a user does; raises `WorkshopError` with its words when it refuses."""
        obj = self._complete(obj)
        namespace = obj["metadata"]["namespace"]
        made = self.kubectl(
            verb, "--filename", "-", "--output", "json", as_=as_, stdin=json.dumps(obj), namespace=namespace
        )
        return dict(json.loads(made))

    def apply_all(self, objects: Iterable[dict[str, Any]], *, verb: str = "apply") -> None:
        """Hand over several, in their order; what kinds the API server knows, kubectl asks once and not for each."""
        spaces: dict[str, list[str]] = {}
        for obj in map(self._complete, objects):
            spaces.setdefault(obj["metadata"]["namespace"], []).append(json.dumps(obj))
        for namespace, texts in spaces.items():
            # Not as one List: of that kubectl itself demands the fields that Kargo's admission fills in.
            self.kubectl(verb, "--filename", "-", stdin="\n---\n".join(texts), namespace=namespace)

    def _complete(self, obj: dict[str, Any]) -> dict[str, Any]:
        """The object with what a case does not say: version, namespace, and its name where Kubernetes expects it."""
        obj = {"apiVersion": api_version(obj["kind"]), **obj}
        meta = {"namespace": self.project, **obj.get("metadata", {})}
        if "name" in obj:
            meta["name"] = obj.pop("name")
        return {**obj, "metadata": meta}

    def kubectl(self, *arguments: str, as_: str = "", stdin: str | None = None, namespace: str = "") -> str:
        """kubectl in the Project or another namespace, as a service account of it or as the administrator."""
        space = ("--namespace", namespace or self.project)
        account = ("--as", f"system:serviceaccount:{self.project}:{as_}") if as_ else ()
        deadline = time.monotonic() + 60
        while True:
            try:
                return kubectl.text(*space, *account, *arguments, stdin=stdin, limit=60)
            except WorkshopError as error:
                if time.monotonic() > deadline or not any(words in error.details for words in _RESTARTING):
                    raise
                time.sleep(1)

    def make_project(self) -> None:
        """The Project, its namespace, and the two accounts that may promote: qa to stg, po to prod."""
        self.apply({"kind": "Project", "metadata": {"name": self.project, "namespace": None}})
        self.wait(lambda: _is_ready(read("Project", self.project, "") or {}), "the Project is ready", 60)
        text = (paths.GITOPS / "kargo" / "roles.yaml").read_text(encoding="utf-8")
        self.apply_all(yaml.safe_load_all(text.replace(f"namespace: {config.PROJECT}", f"namespace: {self.project}")))

    # -- git --------------------------------------------------------------------------------------------------------

    def make_repository(self) -> dict[str, Any]:
        """A repository that everybody may read and Kargo may write, with the overlay of dev on main.

        Returns the Secret by which Kargo signs in there, to be applied.
        """
        forge.checked("POST", "/user/repos", json={"name": self.project, "auto_init": True, "default_branch": "main"})
        path = f"/repos/{config.FORGE_ADMIN}/{self.project}"
        forge.checked("PUT", f"{path}/collaborators/{config.FORGE_KARGO}", json={"permission": "write"})
        self.write(
            {
                f"k8s/overlays/dev/{file.name}": filled(file.read_text(), lambda name, _: self.names()[name])
                for file in sorted((_LIBRARY / "overlay").iterdir())
            }
        )
        return {
            "kind": "Secret",
            "metadata": {"name": "forge", "labels": {"kargo.akuity.io/cred-type": "git"}},
            "stringData": {
                "repoURL": self.names()["git"],
                "username": config.FORGE_KARGO,
                "password": forge.password(config.FORGE_KARGO),
            },
        }

    def write(self, files: dict[str, str]) -> None:
        """One commit to main with new files."""
        changes = [
            {"operation": "create", "path": path, "content": base64.b64encode(text.encode()).decode()}
            for path, text in files.items()
        ]
        body = {"branch": "main", "message": f"add {', '.join(files)}"[:60], "files": changes}
        forge.checked("POST", f"/repos/{config.FORGE_ADMIN}/{self.project}/contents", json=body)

    def commits(self, branch: str) -> list[str]:
        """The first lines of a branch's commits, the oldest first; none where there is no such branch."""
        answer = forge.call(
            "GET", f"/repos/{config.FORGE_ADMIN}/{self.project}/commits?sha={branch}&limit=50&stat=false"
        )
        if answer.status_code == httpx.codes.NOT_FOUND:
            return []
        return [item["commit"]["message"].splitlines()[0] for item in reversed(answer.json())]

    def content(self, branch: str) -> str:
        """All files of the top of a branch, joined."""
        base = f"/repos/{config.FORGE_ADMIN}/{self.project}/contents"
        found = forge.checked("GET", f"{base}?ref={branch}")
        parts = [forge.checked("GET", f"{base}/{item['path']}?ref={branch}")["content"] for item in found]
        return "\n".join(base64.b64decode(part).decode() for part in parts)

    # -- the cluster ------------------------------------------------------------------------------------------------

    def application(self, stage: str, *, authorized: bool = True) -> dict[str, Any]:
        """An Argo CD Application that deploys the branch of a Stage into the Project's own namespace."""
        notes = {"kargo.akuity.io/authorized-stage": f"{self.project}:{stage}"} if authorized else {}
        return {
            "kind": "Application",
            "metadata": {
                "name": f"{self.project}-{stage}",
                "namespace": config.NAMESPACE_ARGOCD,
                "annotations": notes,
            },
            "spec": {
                "project": ARGOCD_PROJECT,
                "source": {"repoURL": self.names()["git"], "targetRevision": f"env/{stage}", "path": "."},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": self.project},
            },
        }

    def kill_controller(self) -> None:
        """End the controller's process without any warning, files included, and wait for its successor."""
        gone = {pod["metadata"]["name"] for pod in _controllers()}
        space = ("--namespace", config.NAMESPACE_KARGO)
        kubectl.change(*space, "delete", "pod", *gone, "--grace-period=0", "--force")
        # Not `rollout status`: for a moment the Deployment still counts the pod that was just deleted.
        self.wait(
            lambda: [pod for pod in _controllers() if pod["metadata"]["name"] not in gone and _is_ready(pod)],
            "another pod of the controller is ready",
            seconds=120,
        )

    def wait(self, probe: Callable[[], Any], what: str, seconds: float, every: float = 0.4) -> Any:
        """Ask until the answer is true; an AssertionError says what was waited for."""
        deadline = time.monotonic() + seconds
        while True:
            if value := probe():
                return value
            assert time.monotonic() < deadline, f"not so after {seconds:.0f} s: {what}"
            time.sleep(every)

    def story(self) -> str:
        """What became of everything in the Project, for the one who reads of a failed case."""
        lines = []
        for kind in ("Warehouse", "Freight", "Stage", "Promotion"):
            for item in listed(kind, self.project):
                item["metadata"] = {
                    "name": item["metadata"]["name"],
                    "annotations": item["metadata"].get("annotations"),
                }
                if kind == "Promotion":
                    item["spec"].pop("steps", None)
                lines.append(yaml.safe_dump(item, allow_unicode=True, width=200)[:6000])
        with contextlib.suppress(WorkshopError):
            lines.append(self.kubectl("get", "events", "--sort-by=.lastTimestamp")[-3000:])
        return "\n---\n".join(lines)

    def remove(self) -> None:
        """Take it all away; namespaces end in their own time."""
        for item in listed("Application", config.NAMESPACE_ARGOCD):
            if item["metadata"]["name"].startswith(self.project):
                name = item["metadata"]["name"]
                kubectl.change(
                    "--namespace", config.NAMESPACE_ARGOCD, "delete", "application", name, "--ignore-not-found"
                )
        kubectl.change("delete", "project.kargo.akuity.io", self.project, "--ignore-not-found", "--wait=false")
        forge.call("DELETE", f"/repos/{config.FORGE_ADMIN}/{self.project}")


_PLACEHOLDER = re.compile(r"<([a-z]+)(?::([^<>]+))?>")


def filled(value: Any, lookup: Callable[[str, str], str]) -> Any:
    """Every `<name>` and `<name:argument>` in the texts of a case, keys included, replaced by what it stands for."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: lookup(match[1], match[2] or ""), value)
    if isinstance(value, dict):
        return {filled(key, lookup): filled(item, lookup) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, lookup) for item in value]
    return value
