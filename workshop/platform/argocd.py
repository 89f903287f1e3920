"""Argo CD: installed from its own manifest, with the project and the three Applications of the talk."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from workshop import kube, paths, secrets, wait
from workshop import settings as config
from workshop.cluster import apply, rollout
from workshop.errors import WorkshopError
from workshop.services import database, forge
from workshop.shell import ARGOCD_KUBECONFIG, kubectl
from workshop.supply import manifests

_NAMESPACE = ("--namespace", config.NAMESPACE_ARGOCD)
_VERSION = config.versions()["manifests"]["argocd"]["version"]
_INSTALLED = "workshop/installed"
"""The namespace's annotation in which an install that came to its end leaves what it was."""
_NOT_NEEDED = ("argocd-dex-server", "argocd-notifications-controller")
"""Single sign-on and notifications: nobody signs in, nobody is notified."""
WORKLOADS = (
    "statefulset/argocd-application-controller",
    "deployment/argocd-repo-server",
    "deployment/argocd-redis",
    "deployment/argocd-server",
    "deployment/argocd-applicationset-controller",
)
_PARAMETERS = Path(__file__).parent / "manifests" / "argocd-parameters.yaml"
_OF_SERVER = ("--server-side", "--force-conflicts")
"""The manifest's own objects are too large for what kubectl would note in them."""
# The check of signed commits starts gpg for every request; nothing here is signed.
_REPO_SERVER = ("ARGOCD_GPG_ENABLED=false",)


def ensure() -> None:
    """Have Argo CD run with everything that gitops/argocd holds."""
    install()
    configure()


def is_installed() -> bool:
    """Whether Argo CD is in the cluster with the three Applications."""
    if not ARGOCD_KUBECONFIG.exists():
        return False
    try:
        there = {item["metadata"]["name"] for item in kube.objects("Application", config.NAMESPACE_ARGOCD)}
    except WorkshopError:
        return False
    return there.issuperset(map(config.application, config.ENVIRONMENTS))


def install() -> None:
    """Install Argo CD without the parts that the workshop does not need, and wait until it runs."""
    wanted, installed = _installation(), _installed()
    if installed != wanted:
        _apply_manifest()
        if installed:  # the parameters are read once, at the start
            kubectl.change(*_NAMESPACE, "rollout", "restart", *WORKLOADS)
    for workload in WORKLOADS:
        rollout.ready(config.NAMESPACE_ARGOCD, workload, f"Argo CD: {workload.partition('/')[2]} no ar", limit=240)
    if installed != wanted:  # a note of ours, and no step of the installation
        kubectl.text("annotate", "namespace", config.NAMESPACE_ARGOCD, "--overwrite", f"{_INSTALLED}={wanted}")
    write_kubeconfig()


def _installation() -> str:
    """The version and all that we change of it, in a word: another one has to be installed anew."""
    ours = json.dumps([_PARAMETERS.read_text(encoding="utf-8"), _NOT_NEEDED, _REPO_SERVER])
    return f"{_VERSION}-{hashlib.sha256(ours.encode()).hexdigest()[:8]}"


def _installed() -> str:
    """What is installed already: the manifest is large, and applying it again takes seconds."""
    namespace = kube.find("Namespace", config.NAMESPACE_ARGOCD)
    annotations: dict[str, str] = (namespace or {"metadata": {}})["metadata"].get("annotations", {})
    return annotations.get(_INSTALLED, "")


def _apply_manifest() -> None:
    apply.namespace(config.NAMESPACE_ARGOCD)
    apply.files(_PARAMETERS, options=(*_OF_SERVER, "--field-manager=workshop"))
    apply.files(manifests.path("argocd"), options=(*_OF_SERVER, *_NAMESPACE))
    kubectl.change(*_NAMESPACE, "scale", "deployment", *_NOT_NEEDED, "--replicas=0")
    kubectl.change(*_NAMESPACE, "set", "env", "deployment/argocd-repo-server", *_REPO_SERVER)


def configure() -> None:
    """Namespaces, the app's Secrets, AppProject and Applications; returns once Argo CD has looked at each."""
    here = paths.GITOPS / "argocd"
    apply.files(here / "namespaces.yaml")
    apply.secrets(*map(_app_secret, config.ENVIRONMENTS))
    renew_credentials()
    apply.files(here / "project.yaml", here / "applications")
    wait.until(
        "comparação das três Applications pelo Argo CD",
        lambda: not _not_compared(),
        limit=60,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "describe", "application", *_not_compared()),
        fix="workshop doctor",
    )


def _not_compared() -> list[str]:
    """The Applications of which Argo CD does not say yet whether they are as the branch has them."""
    found = kube.objects("Application", config.NAMESPACE_ARGOCD)
    compared = {item["metadata"]["name"] for item in found if (item.get("status") or {}).get("sync", {}).get("status")}
    return [name for name in map(config.application, config.ENVIRONMENTS) if name not in compared]


def _app_secret(environment: str) -> apply.Secret:
    values = {
        "DATABASE_PASSWORD": database.password(environment),
        "JWT_SECRET_KEY": secrets.read(f"jwt-{environment}"),
    }
    return apply.Secret("backend", environment, values)


def renew_credentials() -> None:
    """Hand Argo CD the token with which it reads the repository, as it is now."""
    apply.secrets(_repository())


def _repository() -> apply.Secret:
    """How Argo CD reads the story's repository: with a token that cannot write."""
    values = {
        "type": "git",
        "url": config.repository_in_cluster(),
        "username": config.FORGE_ARGOCD,
        "password": forge.token(config.FORGE_ARGOCD),
        "project": config.PROJECT,
    }
    return apply.Secret("repository", config.NAMESPACE_ARGOCD, values, {"argocd.argoproj.io/secret-type": "repository"})


def write_kubeconfig() -> None:
    """`argocd --core` looks for its own namespace in the current context; kubectl's stays as it is."""
    shutil.copyfile(paths.KUBECONFIG, ARGOCD_KUBECONFIG)
    ARGOCD_KUBECONFIG.chmod(0o600)
    kubectl.text(
        "config", "set-context", "--current", f"--namespace={config.NAMESPACE_ARGOCD}",
        f"--kubeconfig={ARGOCD_KUBECONFIG}",
    )  # fmt: skip
