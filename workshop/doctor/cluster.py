"""The cluster, and what is installed in it: Argo CD, and Kargo or kargo-lite."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from workshop import cluster as kubernetes_cluster
from workshop import kube, paths, voice
from workshop import settings as config
from workshop.cluster import names, rollout
from workshop.doctor import certificates
from workshop.doctor.check import (
    ASK_SECONDS,
    MEND,
    Area,
    Check,
    Finding,
    Verdict,
    ask,
    bad,
    forget_answers,
    good,
    named,
    objects,
)
from workshop.doctor.engine import ours
from workshop.errors import WorkshopError
from workshop.platform import argocd, kargo
from workshop.services import containers
from workshop.shell import ARGOCD_KUBECONFIG, kubectl


def kubeconfigs() -> Finding:
    """Both files: kubectl's, and the one with Argo CD's namespace."""
    missing = [file.name for file in (paths.KUBECONFIG, ARGOCD_KUBECONFIG) if not file.exists()]
    if missing:
        fix = "make up"
        if paths.KUBECONFIG.name in missing:
            fix = f"kind export kubeconfig --name {config.CLUSTER_NAME} --kubeconfig .workshop/{paths.KUBECONFIG.name}"
        return bad(f"falta {' e '.join(missing)} em .workshop", fix)
    return good("para o kubectl e para o argocd")


def api() -> Finding:
    """Does the API server answer?"""
    kube.require_ready(limit=ASK_SECONDS)
    return good("responde")


def node() -> Finding:
    """Is the node Ready, and without pressure?"""
    conditions = {c["type"]: c for c in named("Node", config.NODE_CONTAINER)["status"]["conditions"]}
    fix = f"kubectl describe node {config.NODE_CONTAINER}"
    if conditions["Ready"]["status"] != "True":
        return bad(f"o nó não está Ready: {conditions['Ready'].get('message', '')}", fix)
    if pressed := [name for name, c in conditions.items() if name.endswith("Pressure") and c["status"] == "True"]:
        return bad(f"o nó tem {', '.join(pressed)}", fix)
    return good("Ready")


def workloads(namespace: str, wanted: Sequence[str], fix: str) -> Finding:
    """Are these (`deployment/name`, `statefulset/name`) there, wanted by somebody, and ready?"""
    found = _workloads(namespace)
    wrong = []
    for name in wanted:
        short = name.partition("/")[2]
        if name not in found:
            wrong.append(f"{short} não existe")
        elif found[name]["spec"]["replicas"] == 0:
            wrong.append(f"{short} está com 0 réplicas")
        elif found[name]["status"].get("readyReplicas", 0) < found[name]["spec"]["replicas"]:
            wrong.append(f"{short} não está pronto")
    if wrong:
        return bad("; ".join(wrong), fix)
    return good(f"{len(wanted)} no ar" if len(wanted) > 1 else f"{wanted[0].partition('/')[2]} no ar")


def _workloads(namespace: str) -> dict[str, dict[str, Any]]:
    return {
        f"{kind.lower()}/{item['metadata']['name']}": item
        for kind in ("Deployment", "StatefulSet")
        for item in objects(kind, namespace)
    }


def wake(namespace: str, names_of: Callable[[], Sequence[str]], *, limit: float = 90) -> None:
    """Scale what somebody set to nothing back to one, and wait until all are ready; **limit**: seconds for each.

    Raises `WorkshopError` where one is not there at all.
    """
    forget_answers()
    found = _workloads(namespace)
    for name in names_of():
        if name not in found:
            raise WorkshopError(f"{name} não existe em {namespace}", fix="make up")
        if found[name]["spec"]["replicas"] == 0:
            voice.say(f"{name}: de 0 para 1 réplica")
            kubectl.change("--namespace", namespace, "scale", name, "--replicas=1")
        rollout.ready(namespace, name, f"{name} no ar", limit=limit)


def corefile() -> Finding:
    """Does CoreDNS run, and know the services' addresses?"""
    found = workloads("kube-system", ("deployment/coredns",), MEND)
    if found.verdict is Verdict.BAD:
        return found
    text = named("ConfigMap", "coredns", "kube-system")["data"]["Corefile"]
    if lacking := [n for n in (config.REGISTRY_NAME, config.GITEA_NAME, config.POSTGRES_NAME) if n not in text]:
        return bad(f"o CoreDNS não conhece {', '.join(lacking)}", MEND)
    return good("o CoreDNS conhece registro, Gitea e PostgreSQL")


def applications() -> Finding:
    """Are the three Applications there, and can Argo CD compare and keep them?"""
    found = {item["metadata"]["name"]: item for item in objects("Application", config.NAMESPACE_ARGOCD)}
    wrong = []
    for environment in config.ENVIRONMENTS:
        name = config.application(environment)
        status = found.get(name, {}).get("status", {})
        errors = [c for c in status.get("conditions", ()) if c["type"].endswith("Error")]
        health = status.get("health", {}).get("status", "Unknown")
        if name not in found:
            wrong.append(f"{name} não existe")
        elif errors:
            wrong.append(f"{name}: {errors[0]['type']} ({errors[0]['message'].splitlines()[0][:100]})")
        elif health not in ("Healthy", "Progressing"):
            wrong.append(f"{name} está {health}")
    if wrong:
        return bad("; ".join(wrong), f"kubectl -n {config.NAMESPACE_ARGOCD} get applications   # e make status")
    return good(", ".join(map(config.application, config.ENVIRONMENTS)))


def compare_again() -> None:
    """Have Argo CD look at the branches now, instead of within its minute."""
    if not argocd.is_installed():
        raise WorkshopError("as Applications não estão todas no cluster", fix="make up")
    selected = [config.application(environment) for environment in config.ENVIRONMENTS]
    namespace = ("--namespace", config.NAMESPACE_ARGOCD)
    kubectl.change(*namespace, "annotate", "application", *selected, "--overwrite", "argocd.argoproj.io/refresh=hard")
    voice.say("o Argo CD compara de novo")


def kargo_workloads() -> tuple[str, ...]:
    """The Deployments of the Kargo that is here: kargo-lite's, else real Kargo's."""
    names = (kargo.LITE,) if _is_lite() else kargo.REAL_WORKLOADS
    return tuple(f"deployment/{name}" for name in names)


def _is_lite() -> bool:
    return f"deployment/{kargo.LITE}" in _workloads(config.NAMESPACE_KARGO)


def kargo_runs() -> Finding:
    """Does Kargo, or what stands in for it, run?"""
    found = workloads(config.NAMESPACE_KARGO, kargo_workloads(), MEND)
    if found.verdict is not Verdict.GOOD:
        return found
    return good("kargo-lite no ar, no lugar do Kargo" if _is_lite() else "o Kargo está no ar")


def project() -> Finding:
    """The Warehouse, the Stages, and who may approve."""
    wanted = {
        ("Warehouse", config.WAREHOUSE),
        *(("Stage", name) for name in config.ENVIRONMENTS),
        *(("ServiceAccount", name) for name in config.PERSONAS),
    }
    found = {
        (kind, item["metadata"]["name"])
        for kind in ("Warehouse", "Stage", "ServiceAccount")
        for item in objects(kind, config.PROJECT)
    }
    if missing := sorted(wanted - found):
        return bad(f"falta {', '.join(f'{kind} {name}' for kind, name in missing)}", "make reset")
    return good("Warehouse, dev, stg, prod; aprovam: qa, po")


def credentials() -> Finding:
    """Do Argo CD and Kargo hold the token and the password that are ours now?"""
    held = {
        "Argo CD": (config.NAMESPACE_ARGOCD, "repository", f"gitea-token-{config.FORGE_ARGOCD}"),
        "Kargo": (config.PROJECT, "forge", f"gitea-{config.FORGE_KARGO}"),
    }
    wrong = []
    for who, (namespace, secret, name) in held.items():
        data = named("Secret", secret, namespace)["data"]
        kept = paths.SECRETS / name
        if not kept.exists() or base64.b64decode(data["password"]).decode() != kept.read_text(encoding="utf-8").strip():
            wrong.append(who)
    if wrong:
        return bad(f"{' e '.join(wrong)} não tem a credencial atual do Gitea", MEND)
    return good("Argo CD e Kargo têm as credenciais atuais do Gitea")


def renew_credentials() -> None:
    """Hand both their credentials again."""
    argocd.renew_credentials()
    kargo.renew_credentials()
    voice.say("Argo CD e Kargo receberam as credenciais atuais")


def webhook_certificate() -> Finding:
    """The certificate that the API server is shown for every Freight, Promotion and Stage."""
    service, certificate = _served()
    return certificates.examine(certificate, service, MEND)


def webhook_authority() -> Finding:
    """Do the webhooks trust the authority that signed that certificate?"""
    service, certificate = _served()
    found = {
        kind: [hook for item in objects(kind) for hook in item.get("webhooks", ()) if _serves(hook, service)]
        for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
    }
    if missing := [kind for kind, hooks in found.items() if not hooks]:
        return bad(f"nada em {' nem '.join(missing)} chama {service}", MEND)
    hooks = [hook for several in found.values() for hook in several]
    strange = [
        hook["name"]
        for hook in hooks
        if not certificates.is_signed_by(certificate, base64.b64decode(hook["clientConfig"].get("caBundle", "")))
    ]
    if strange:
        return bad(f"{', '.join(sorted(set(strange)))} não confia no certificado", MEND)
    return good(f"{len(hooks)} webhooks confiam no certificado")


def _served() -> tuple[str, bytes]:
    """The name under which the API server asks for admission, and the certificate that it is shown."""
    service, secret = kargo.webhook(real=not _is_lite())
    return service, base64.b64decode(named("Secret", secret, config.NAMESPACE_KARGO)["data"]["tls.crt"])


def _serves(hook: dict[str, Any], service: str) -> bool:
    called = hook["clientConfig"].get("service", {})
    return f"{called.get('name')}.{called.get('namespace')}.svc" == service


def client_certificate() -> Finding:
    """The certificate with which kubectl signs in; kubeadm makes it for a year."""
    return certificates.examine(kube.client_certificate(), "", "make down && make up")


def _ensure_cluster() -> None:
    if not containers.is_running(config.NODE_CONTAINER):
        # Starting what stopped is safe; making a cluster takes minutes, and is for a person to ask for.
        states = ask("docker", "ps", "--all", "--format", "{{.Names}}").split()
        if config.NODE_CONTAINER not in states:
            raise WorkshopError("o cluster não existe", fix="make up")
    kubernetes_cluster.ensure()
    if not ARGOCD_KUBECONFIG.exists():
        argocd.write_kubeconfig()


def area() -> Area:
    """The checks of this module, from the bottom up."""
    argo = partial(workloads, config.NAMESPACE_ARGOCD, argocd.WORKLOADS, MEND)
    served = partial(
        workloads, config.NAMESPACE_GATEWAY, ("deployment/gateway",),
        f"kubectl -n {config.NAMESPACE_GATEWAY} scale deployment gateway --replicas=1",
    )  # fmt: skip
    wake_argo = ours(partial(wake, config.NAMESPACE_ARGOCD, lambda: argocd.WORKLOADS))
    wake_gateway = ours(partial(wake, config.NAMESPACE_GATEWAY, lambda: ("deployment/gateway",)))
    wake_kargo = ours(partial(wake, config.NAMESPACE_KARGO, kargo_workloads))
    wake_names = partial(wake, "kube-system", lambda: ("deployment/coredns",))
    renew_certificate = ours(kargo.renew_certificate)
    return Area(
        "Cluster",
        (
            Check("kubeconfig", "kubeconfig", kubeconfigs, ours(_ensure_cluster)),
            Check("api", "API", api, ours(_ensure_cluster), settles=True),
            Check("node", "nó", node, ours(_ensure_cluster), settles=True),
            Check("client-certificate", "certificado do kubectl", client_certificate, settles=True),
            Check("dns", "nomes", corefile, ours(wake_names, names.ensure), settles=True),
            Check("gateway", "gateway", served, wake_gateway, settles=True),
            Check("argocd", "Argo CD", argo, wake_argo, settles=True),
            Check("applications", "Applications", applications, ours(compare_again), settles=True),
            Check("kargo", "Kargo", kargo_runs, wake_kargo, settles=True),
            Check("project", "projeto", project, ours(kargo.configure), settles=True),
            Check("credentials", "credenciais", credentials, ours(renew_credentials), settles=True),
            Check("webhook-certificate", "certificado", webhook_certificate, renew_certificate, settles=True),
            Check("webhook-authority", "autoridade", webhook_authority, renew_certificate, settles=True),
        ),
    )
