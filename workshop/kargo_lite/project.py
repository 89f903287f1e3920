"""Project and ProjectConfig (Kargo: pkg/webhook/kubernetes/project, pkg/controller/management)."""

from __future__ import annotations

import copy

from . import conditions, names, supported
from .kube import Kube, KubeError
from .objects import Object, part_of, status_of
from .settings import Settings


def ensure_namespace(kube: Kube, settings: Settings, project: str) -> None:
    """Make the Project's namespace, and let kargo-lite read the Secrets in it.

    Called while the Project is being admitted, so that the next object of the same ``kubectl apply`` finds
    its namespace. Raises KubeError(409) when a namespace of that name belongs to somebody else.
    """
    namespace = kube.get("Namespace", project)
    if namespace is None:
        body = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": project, "labels": {names.LABEL_PROJECT: "true"}},
        }
        try:
            kube.create("Namespace", body)
        except KubeError as error:
            if not error.already_exists:
                raise
    elif part_of(namespace["metadata"], "labels").get(names.LABEL_PROJECT) != "true":
        raise KubeError(
            409,
            "Conflict",
            f'failed to initialize Project "{project}" because namespace "{project}" already exists and '
            "is not labeled as a Project namespace",
        )
    elif namespace["metadata"].get("deletionTimestamp"):
        raise KubeError(
            409,
            "Conflict",
            f'failed to initialize Project "{project}" because namespace "{project}" is still being '
            "terminated; please try again after the namespace has been fully deleted",
        )
    _ensure_secrets_access(kube, settings, project)


def _ensure_secrets_access(kube: Kube, settings: Settings, namespace: str) -> None:
    """Secrets are readable where a Project is, and nowhere else: one RoleBinding for each."""
    body = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": settings.secrets_role, "namespace": namespace},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": settings.secrets_role,
        },
        "subjects": [{"kind": "ServiceAccount", "name": settings.service_account, "namespace": settings.namespace}],
    }
    try:
        kube.create("RoleBinding", body, namespace)
    except KubeError as error:
        if not error.already_exists:
            raise


def reconcile_project(kube: Kube, settings: Settings, project: Object) -> None:
    """Namespace, its owner, and the status."""
    name = project["metadata"]["name"]
    status = copy.deepcopy(status_of(project))
    try:
        ensure_namespace(kube, settings, name)
        _own_namespace(kube, project)
    except KubeError as error:
        conditions.put(status, project, "Ready", "False", "SyncFailed", str(error))
    else:
        conditions.put(status, project, "Ready", "True", "Synced", "Project is synced and ready for use")
        status["stats"] = {
            "stages": _count(kube.listed("Stage", name)),
            "warehouses": _count(kube.listed("Warehouse", name)),
        }
    kube.patch_status(project, status)


def _own_namespace(kube: Kube, project: Object) -> None:
    """Deleting the Project takes its namespace along: Kubernetes' garbage collector sees to it."""
    meta = project["metadata"]
    namespace = kube.get("Namespace", meta["name"]) or {"metadata": {}}
    owners = namespace["metadata"].get("ownerReferences") or []
    if any(owner["uid"] == meta["uid"] for owner in owners):
        return
    owner = {"apiVersion": names.API_VERSION, "kind": "Project", "name": meta["name"], "uid": meta["uid"]}
    kube.patch("Namespace", meta["name"], None, {"metadata": {"ownerReferences": [owner]}})


def _count(objects: list[Object]) -> Object:
    healthy = sum(1 for o in objects if (conditions.get(status_of(o), "Healthy") or {}).get("status") == "True")
    return {"count": len(objects), "health": {"healthy": healthy} if healthy else {}}


def reconcile_config(kube: Kube, config: Object) -> None:
    """A ProjectConfig is only read by others; here it is checked."""
    status = copy.deepcopy(status_of(config))
    found = supported.spec_problems(config)
    if found:
        conditions.put(status, config, "Ready", "False", "NotSupportedByKargoLite", supported.explain(found))
    else:
        conditions.put(status, config, "Ready", "True", "Synced", "ProjectConfig is synced and ready for use")
    status["observedGeneration"] = config["metadata"].get("generation", 1)
    kube.patch_status(config, status)
