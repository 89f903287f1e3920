"""Kargo, or kargo-lite where its image cannot be had; then the Project with everything that gitops/kargo holds."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from workshop import kube, paths, process, supply, voice, wait
from workshop import settings as config
from workshop.cluster import apply, rollout
from workshop.errors import WorkshopError
from workshop.platform import kargo_admin, kargo_chart, kargo_lite
from workshop.services import forge
from workshop.shell import kubectl
from workshop.supply import manifests

_NAMESPACE = ("--namespace", config.NAMESPACE_KARGO)
LITE = kargo_lite.NAME
REAL_WORKLOADS = kargo_chart.WORKLOADS
"""The Deployments of real Kargo; kargo-lite is one of that name."""
_STAGES = "stages"
_RESOURCES = ("project.yaml", "projectconfig.yaml", "promotiontask.yaml", "warehouse.yaml", _STAGES, "roles.yaml")


def ensure() -> None:
    """Have Kargo (or kargo-lite) run with the workshop's Project, Warehouse, Stages and personas."""
    install()
    configure()


def is_installed() -> bool:
    """Whether a Kargo that the settings allow is in the cluster, with the Project's Stages."""
    found, wanted = kind(), config.settings().kargo
    return bool(found and wanted in (found, "auto")) and kubectl.ok(
        "--namespace", config.PROJECT, "get", "stages", *config.ENVIRONMENTS
    )


def kind() -> Literal["real", "lite", ""]:
    """Which of the two acts in the cluster; nothing where neither does, or no cluster answers."""
    try:
        names = {item["metadata"]["name"] for item in kube.objects("Deployment", config.NAMESPACE_KARGO)}
    except WorkshopError:
        return ""
    if REAL_WORKLOADS[0] in names:
        return "real"
    return "lite" if LITE in names else ""


def introduction() -> str:
    """Which of the two is here, and where its page is."""
    if kind() != "real":
        return "kargo-lite, o substituto: não tem página"
    version = config.versions()["manifests"]["kargo-chart"]["version"]
    return f"Kargo {version}: http://{config.kargo_address()}, usuário {kargo_admin.USER}; a senha: workshop status"


def which() -> str:
    """Which of the two is in the cluster, as people call it."""
    return LITE if kind() == "lite" else "Kargo"


def install() -> None:
    """Install Kargo's own resource definitions, and what acts on them."""
    apply.files(manifests.path("kargo-chart") / "resources" / "crds", options=("--server-side", "--force-conflicts"))
    apply.namespace(config.NAMESPACE_KARGO)
    if supply.kargo_is_real():
        if _runs(LITE):
            voice.say("trocando o kargo-lite pelo Kargo")
            kargo_lite.remove()
        kargo_chart.install()
    else:
        if _runs(REAL_WORKLOADS[0]):
            voice.say("trocando o Kargo pelo kargo-lite")
            kargo_chart.remove()
        kargo_lite.install()


def _runs(name: str) -> bool:
    return kube.find("Deployment", name, config.NAMESPACE_KARGO) is not None


def configure() -> None:
    """The Project and what is in it; its namespace comes first, and Kargo makes it."""
    project, *rest = map(_manifest, _RESOURCES)
    _wait_for_admission(project)
    apply.files(project)
    _wait_for_namespace()
    renew_credentials()
    apply.files(*rest)


def configure_freight() -> None:
    """What finds Freight, and may do what with it, in a Project that is there with its credentials: all but Stages."""
    apply.files(*(_manifest(name) for name in _RESOURCES if name != _STAGES))


def configure_stages() -> None:
    """The Stages, in a Project with all the rest; dev promotes at once."""
    apply.files(_manifest(_STAGES))


def _manifest(name: str) -> Path:
    return paths.GITOPS / "kargo" / name


def _wait_for_admission(manifest: Path) -> None:
    # A webhook's pod is Ready a moment before its Service leads there; until then the API refuses everything.
    wait.until(
        "resposta da admissão do Kargo",
        lambda: kubectl.ok("apply", "--dry-run=server", "--filename", str(manifest)),
        limit=60,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "get", "pods,endpointslices"),
        fix=f"kubectl apply --dry-run=server -f {process.relative(manifest)}",
    )


def _wait_for_namespace() -> None:
    wait.until(
        f"o namespace {config.PROJECT}, que o Kargo cria",
        lambda: kube.find("Namespace", config.PROJECT),
        limit=30,
        diagnosis=lambda: kubectl.text("get", "project", config.PROJECT, "--output", "yaml"),
    )


def renew_credentials() -> None:
    """Hand Kargo the account with which it writes the branches env/*, as it is now."""
    apply.secrets(_git_credentials())


def renew_certificate() -> None:
    """Make the certificate of the admission webhooks anew, and have whoever serves it take it.

    Raises `WorkshopError` where no cluster answers: then the one that it knows stays the one that we know.
    """
    kube.require_ready()
    if not supply.kargo_is_real():
        # Another certificate is another pod of kargo-lite's already.
        kargo_lite.forget_certificate()
        install()
        return
    kargo_chart.forget_certificate()
    install()
    for name in REAL_WORKLOADS:
        kubectl.change(*_NAMESPACE, "rollout", "restart", f"deployment/{name}")
        rollout.ready(config.NAMESPACE_KARGO, f"deployment/{name}", f"{name} no ar")


def webhook(real: bool) -> tuple[str, str]:
    """The name under which the API server asks for admission, and the Secret with the certificate it is shown."""
    if real:
        return kargo_chart.WEBHOOKS, kargo_chart.WEBHOOKS_SECRET
    return kargo_lite.WEBHOOKS, kargo_lite.WEBHOOKS_SECRET


def _git_credentials() -> apply.Secret:
    values = {
        "repoURL": config.repository_in_cluster(),
        "username": config.FORGE_KARGO,
        "password": forge.password(config.FORGE_KARGO),
    }
    return apply.Secret("forge", config.PROJECT, values, {"kargo.akuity.io/cred-type": "git"})
