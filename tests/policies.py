"""What no manifest of this repository may do, whoever wrote it: rules that look at one object each.

The cluster enforces the restricted pod security standard by itself; here the same is asked for before anything runs,
together with what no admission of the workshop's cluster looks at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

Manifest = dict[str, Any]
Rule = Callable[[Manifest], Iterator[str]]

_PODS_OF: Final = {
    "Pod": ("spec",),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_SERVING: Final = ("Deployment", "StatefulSet", "DaemonSet")
_VOLUMES: Final = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
}  # fmt: skip
"""Kinds of volumes that the restricted standard allows."""
_SECRET_NAME: Final = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|(API|PRIVATE|ACCESS|SIGNING)_?KEY", re.I)
_URL_PASSWORD: Final = re.compile(r"://[^/\s:@]*:(?!\$\()[^/\s@]+@")
"""A password in a URL; `$(NAME)`, where Kubernetes puts one, is none."""


def violations(manifest: Manifest) -> list[str]:
    """A sentence for each rule that the object breaks, starting with kind and name; empty where all is well."""
    name = f"{manifest['kind']}/{manifest['metadata']['name']}"
    return [f"{name}: {complaint}" for rule in RULES for complaint in rule(manifest)]


def _pod(manifest: Manifest) -> Manifest | None:
    """The pod specification of what makes pods."""
    path = _PODS_OF.get(manifest["kind"])
    if path is None:
        return None
    found: Any = manifest
    for key in path:
        found = found[key]
    return found


def _containers(manifest: Manifest) -> list[Manifest]:
    pod = _pod(manifest) or {}
    return [*pod.get("initContainers", []), *pod.get("containers", [])]


def images_have_a_tag_of_their_own(manifest: Manifest) -> Iterator[str]:
    """Neither `latest` nor no tag: both are another image tomorrow."""
    for container in _containers(manifest):
        image = container["image"]
        if "@sha256:" in image:
            continue
        # The colon of a registry's port is before the last slash.
        _, _, tag = image.rpartition("/")[2].partition(":")
        if tag in ("", "latest"):
            yield f"the image {image} has no tag that stays"


def resources_are_reserved_and_limited(manifest: Manifest) -> Iterator[str]:
    """CPU and memory, both requested and limited."""
    for container in _containers(manifest):
        for kind in ("requests", "limits"):
            for resource in ("cpu", "memory"):
                if resource not in container.get("resources", {}).get(kind, {}):
                    yield f"{container['name']} has no {resource} in {kind}"


def what_serves_is_probed(manifest: Manifest) -> Iterator[str]:
    """Readiness decides about requests, liveness about a restart; a Job's pods need neither."""
    if manifest["kind"] not in _SERVING:
        return
    for container in (_pod(manifest) or {})["containers"]:
        for probe in ("readinessProbe", "livenessProbe"):
            if probe not in container:
                yield f"{container['name']} has no {probe}"


def secrets_stay_outside(manifest: Manifest) -> Iterator[str]:
    """No Secret, and nothing that should be one: git keeps what it once held."""
    if manifest["kind"] == "Secret":
        yield "a Secret has no place in git"
    if manifest["kind"] == "ConfigMap":
        yield from _readable(manifest.get("data", {}))
    for container in _containers(manifest):
        yield from _readable({item["name"]: item.get("value", "") for item in container.get("env", [])})


def _readable(values: dict[str, str]) -> Iterator[str]:
    for name, value in values.items():
        if value and (_SECRET_NAME.search(name) or _URL_PASSWORD.search(value)):
            yield f"{name} holds a secret that anybody can read"


def pods_are_apart_from_the_node(manifest: Manifest) -> Iterator[str]:
    """Nothing of the node's: no namespaces, no ports, no folders (the baseline part of the restricted standard)."""
    pod = _pod(manifest)
    if pod is None:
        return
    for setting in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(setting):
            yield f"the pod has {setting}"
    for volume in pod.get("volumes", []):
        for kind in volume.keys() - {"name"} - _VOLUMES:
            yield f"the volume {volume['name']} is a {kind}"
    for container in _containers(manifest):
        for port in container.get("ports", []):
            if "hostPort" in port:
                yield f"{container['name']} takes the hostPort {port['hostPort']}"


def containers_are_restricted(manifest: Manifest) -> Iterator[str]:
    """The rest of the restricted standard; what a container says counts more than what its pod says."""
    of_pod = (_pod(manifest) or {}).get("securityContext", {})
    for container in _containers(manifest):
        name, security = container["name"], {**of_pod, **container.get("securityContext", {})}
        if security.get("runAsNonRoot") is not True:
            yield f"{name} is without runAsNonRoot"
        if security.get("runAsUser") == 0:
            yield f"{name} has runAsUser 0"
        if security.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
            yield f"{name} is without a seccompProfile"
        if security.get("allowPrivilegeEscalation") is not False:
            yield f"{name} may gain rights: allowPrivilegeEscalation"
        if security.get("privileged"):
            yield f"{name} is privileged"
        capabilities = security.get("capabilities", {})
        if "ALL" not in capabilities.get("drop", []):
            yield f"{name} keeps capabilities: drop is without ALL"
        for added in set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
            yield f"{name} adds the capability {added}"


def services_stay_inside(manifest: Manifest) -> Iterator[str]:
    """The gateway is the only way in; a NodePort or LoadBalancer would be another."""
    if manifest["kind"] == "Service" and manifest["spec"].get("type", "ClusterIP") in ("NodePort", "LoadBalancer"):
        yield f"the Service is a {manifest['spec']['type']}"


RULES: Final[tuple[Rule, ...]] = (
    images_have_a_tag_of_their_own,
    resources_are_reserved_and_limited,
    what_serves_is_probed,
    secrets_stay_outside,
    pods_are_apart_from_the_node,
    containers_are_restricted,
    services_stay_inside,
)
