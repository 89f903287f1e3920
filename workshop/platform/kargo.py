"""Kargo, or kargo-lite where its image cannot be had; then the Project with everything that gitops/kargo holds."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Literal

import workshop.kargo_lite
from workshop import kube, paths, registry, supply, voice, wait
from workshop import settings as config
from workshop.cluster import rollout
from workshop.errors import WorkshopError
from workshop.platform import certificates, kargo_admin, kargo_chart
from workshop.services import forge
from workshop.shell import kubectl
from workshop.supply import manifests

_NAMESPACE = ("--namespace", config.NAMESPACE_KARGO)
_LITE_MANIFESTS = Path(workshop.kargo_lite.__path__[0]) / "manifests"
LITE = "kargo-lite"
_LITE_SERVICE = f"{LITE}.{config.NAMESPACE_KARGO}.svc"
_LITE_CERTIFICATE = "kargo-lite-webhook-cert"
_LITE_PLACEHOLDERS = ("${KARGO_LITE_IMAGE}", "${KARGO_LITE_CERTIFICATE}", "${KARGO_LITE_CA_BUNDLE}")
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
    crds = manifests.path("kargo-crds")
    kubectl.change("apply", "--server-side", "--force-conflicts", "--filename", str(crds))
    kubectl.change("apply", "--filename", "-", stdin=_namespace())
    if supply.kargo_is_real():
        _remove_lite()
        kargo_chart.install()
    else:
        _remove_real()
        _install_lite()


def _install_lite() -> None:
    certificate = certificates.for_service(_LITE_SERVICE)
    kubectl.change("apply", "--filename", "-", stdin=certificate.secret(_LITE_CERTIFICATE, config.NAMESPACE_KARGO))
    authority = base64.b64encode(certificate.authority.encode()).decode()
    values = dict(zip(_LITE_PLACEHOLDERS, (_lite_image(), certificate.digest, authority), strict=True))
    # The webhooks come last: with nobody behind them nothing could be written.
    for name in ("rbac.yaml", "deployment.yaml"):
        kubectl.change("apply", "--filename", "-", stdin=_filled(_LITE_MANIFESTS / name, values))
    rollout.ready(config.NAMESPACE_KARGO, f"deployment/{LITE}", "kargo-lite no ar")
    kubectl.change("apply", "--filename", "-", stdin=_filled(_LITE_MANIFESTS / "webhooks.yaml", values))


def _lite_image() -> str:
    """With its digest: a changed kargo-lite is built under the same tag, and has to be another pod."""
    name: str = config.versions()["images"][LITE]["name"]
    tag = name.rpartition(":")[2]
    digest = registry.local().digest(LITE, tag)
    if not digest:
        raise WorkshopError(f"O registro não tem {LITE}:{tag}.", fix="make up")
    return f"{name}@{digest}"


def _remove_lite() -> None:
    if kube.find("Deployment", LITE, config.NAMESPACE_KARGO):
        voice.say("trocando o kargo-lite pelo Kargo")
        for name in ("webhooks.yaml", "deployment.yaml", "rbac.yaml"):
            text = _filled(_LITE_MANIFESTS / name, dict.fromkeys(_LITE_PLACEHOLDERS, "any"))
            kubectl.change("delete", "--ignore-not-found", "--filename", "-", stdin=text)


def _remove_real() -> None:
    if kube.find("Deployment", REAL_WORKLOADS[0], config.NAMESPACE_KARGO):
        voice.say("trocando o Kargo pelo kargo-lite")
        kargo_chart.remove()


def configure() -> None:
    """The Project and what is in it; its namespace comes first, and Kargo makes it."""
    project, *rest = map(_manifest, _RESOURCES)
    _wait_for_admission(project)
    kubectl.change("apply", "--filename", str(project))
    _wait_for_namespace()
    renew_credentials()
    _apply(rest)


def configure_freight() -> None:
    """What finds Freight, and may do what with it, in a Project that is there with its credentials: all but Stages."""
    _apply([_manifest(name) for name in _RESOURCES if name != _STAGES])


def configure_stages() -> None:
    """The Stages, in a Project with all the rest; dev promotes at once."""
    _apply([_manifest(_STAGES)])


def _manifest(name: str) -> Path:
    return paths.GITOPS / "kargo" / name


def _apply(files: list[Path]) -> None:
    kubectl.change("apply", *(f"--filename={file}" for file in files))


def _wait_for_admission(manifest: Path) -> None:
    # A webhook's pod is Ready a moment before its Service leads there; until then the API refuses everything.
    wait.until(
        "resposta da admissão do Kargo",
        lambda: kubectl.ok("apply", "--dry-run=server", "--filename", str(manifest)),
        limit=60,
        diagnosis=lambda: kubectl.text(*_NAMESPACE, "get", "pods,endpointslices"),
        fix=f"kubectl apply --dry-run=server -f {manifest.relative_to(paths.ROOT)}",
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
    kubectl.change("apply", "--filename", "-", stdin=_git_credentials())


def renew_certificate() -> None:
    """Make the certificate of the admission webhooks anew, and have whoever serves it take it.

    Raises `WorkshopError` where no cluster answers: then the one that it knows stays the one that we know.
    """
    kube.require_ready()
    if not supply.kargo_is_real():
        # Another certificate is another pod of kargo-lite's already.
        certificates.forget(_LITE_SERVICE)
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
    return _LITE_SERVICE, _LITE_CERTIFICATE


def _git_credentials() -> str:
    return f"""\
apiVersion: v1
kind: Secret
metadata:
  name: forge
  namespace: {config.PROJECT}
  labels: {{kargo.akuity.io/cred-type: git}}
stringData:
  repoURL: {config.repository_in_cluster()}
  username: {config.FORGE_KARGO}
  password: {forge.password(config.FORGE_KARGO)}
"""


def _namespace() -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {config.NAMESPACE_KARGO}\n"


def _filled(file: Path, values: dict[str, str]) -> str:
    text = file.read_text(encoding="utf-8")
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    if "${" in text:
        raise WorkshopError(f"{file.name} tem um marcador que ninguém preenche.")
    return text
