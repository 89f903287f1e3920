"""The Kubernetes API, as little of it as is needed: get, list, create, patch; objects are plain dicts."""

from __future__ import annotations

import json
from typing import Any

import kubernetes

from . import names
from .objects import Object, status_of

_RESOURCES: dict[str, tuple[str, str, bool]] = {
    # kind: (path of its API group, plural, namespaced)
    "Project": (f"/apis/{names.API_VERSION}", "projects", False),
    "ProjectConfig": (f"/apis/{names.API_VERSION}", "projectconfigs", True),
    "Warehouse": (f"/apis/{names.API_VERSION}", "warehouses", True),
    "Freight": (f"/apis/{names.API_VERSION}", "freights", True),
    "Stage": (f"/apis/{names.API_VERSION}", "stages", True),
    "Promotion": (f"/apis/{names.API_VERSION}", "promotions", True),
    "PromotionTask": (f"/apis/{names.API_VERSION}", "promotiontasks", True),
    "Application": ("/apis/argoproj.io/v1alpha1", "applications", True),
    "Namespace": ("/api/v1", "namespaces", False),
    "Secret": ("/api/v1", "secrets", True),
    "Event": ("/api/v1", "events", True),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings", True),
    "SubjectAccessReview": ("/apis/authorization.k8s.io/v1", "subjectaccessreviews", False),
}

_TIMEOUT = 30


class KubeError(Exception):
    """The API server said no. ``code`` is the HTTP status, ``reason`` Kubernetes' word for it."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason

    @property
    def already_exists(self) -> bool:
        return self.reason == "AlreadyExists"

    @property
    def is_conflict(self) -> bool:
        """Whether somebody else has written since the object was read."""
        return self.reason == "Conflict"


def merge_diff(old: Object, new: Object) -> Object:
    """The JSON merge patch that turns old into new.

    Only what changed is written, as Kargo's PatchStatus does: small, and readable in an audit log.
    """
    patch: Object = {}
    for key in old.keys() | new.keys():
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            patch[key] = merge_diff(before, after)
        else:
            patch[key] = after
    return patch


class Kube:
    """A client for the kinds above. Safe to share between threads."""

    def __init__(self, client: kubernetes.client.ApiClient) -> None:
        self._client = client

    @classmethod
    def connect(cls) -> Kube:
        """In the cluster with the pod's own account, elsewhere with the kubeconfig."""
        config: Any = kubernetes.config  # without types
        try:
            config.load_incluster_config()
        except config.ConfigException:
            config.load_kube_config()
        return cls(kubernetes.client.ApiClient())

    def get(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """The object, or None when it does not exist."""
        try:
            return self._call("GET", self._path(kind, namespace, name))
        except KubeError as error:
            if error.code == 404:
                return None
            raise

    def listed(self, kind: str, namespace: str | None = None, selector: str = "") -> list[Object]:
        """All objects of the kind, in one namespace or (None) everywhere."""
        query = [("labelSelector", selector)] if selector else []
        found = self._call("GET", self._path(kind, namespace), query=query)
        # Items of a list carry no kind of their own; everything else here expects it.
        return [{"apiVersion": found["apiVersion"], "kind": kind, **item} for item in found["items"]]

    def create(self, kind: str, obj: Object, namespace: str | None = None) -> Object:
        """Create and return what the API server made of it."""
        return self._call("POST", self._path(kind, namespace), body=obj)

    def patch(self, kind: str, name: str, namespace: str | None, body: Object, subresource: str = "") -> Object:
        """Apply a JSON merge patch."""
        return self._call(
            "PATCH",
            self._path(kind, namespace, name, subresource),
            body=body,
            content_type="application/merge-patch+json",
        )

    def patch_status(self, obj: Object, status: Object) -> Object:
        """Write what differs between the object's status and the new one; returns the object as it then is.

        With optimistic concurrency: a status that somebody else changed since the object was read is left alone,
        and KubeError (a conflict) says so; whoever decided on the old picture has to decide again. A change of
        something else, an annotation for example, is no reason for that.
        """
        before = status_of(obj)
        changes = merge_diff(before, status)
        if not changes:
            return obj
        kind, name, namespace = obj["kind"], obj["metadata"]["name"], obj["metadata"].get("namespace")
        version = obj["metadata"].get("resourceVersion")
        while True:
            body: Object = {"status": changes}
            if version:
                body["metadata"] = {"resourceVersion": version}
            try:
                written = self.patch(kind, name, namespace, body, "status")
            except KubeError as error:
                fresh = self.get(kind, name, namespace) if error.is_conflict else None
                if fresh is None or merge_diff(status_of(fresh), before):
                    raise
                version = fresh["metadata"]["resourceVersion"]
                continue
            return {**obj, "metadata": written["metadata"], "status": status_of(written)}

    def annotate(self, obj: Object, key: str, value: str | None) -> None:
        """Set one annotation, or remove it with None."""
        meta = obj["metadata"]
        body = {"metadata": {"annotations": {key: value}}}
        self.patch(obj["kind"], meta["name"], meta.get("namespace"), body)

    @staticmethod
    def _path(kind: str, namespace: str | None, name: str = "", subresource: str = "") -> str:
        group, plural, namespaced = _RESOURCES[kind]
        parts = [group]
        if namespaced and namespace:
            parts += ["namespaces", namespace]
        return "/".join([*parts, plural, *filter(None, (name, subresource))])

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: list[tuple[str, str]] | None = None,
        body: Object | None = None,
        content_type: str = "application/json",
    ) -> Object:
        verb, url, headers, content, _ = self._client.param_serialize(
            method,
            path,
            query_params=query or [],
            header_params={"Accept": "application/json", "Content-Type": content_type},
            body=body,
            auth_settings=["BearerToken"],
        )
        response: Any = self._client.call_api(verb, url, headers, content, _request_timeout=_TIMEOUT)
        data = response.read()
        if 200 <= response.status < 300:
            answer: Object = json.loads(data)
            return answer
        try:
            status = json.loads(data)
        except ValueError:
            status = {}
        reason = status.get("reason") or str(response.reason)
        raise KubeError(response.status, reason, status.get("message") or reason)
