"""Objects handed to the cluster in the way in which a person would: files as files, Secrets on standard input."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from workshop import kube, paths
from workshop.shell import kubectl


@dataclass(frozen=True)
class Secret:
    """A Secret of the cluster: **values** by key, as texts."""

    name: str
    namespace: str
    values: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    type: str = "Opaque"

    def manifest(self) -> str:
        """As YAML. Not with `stringData`: of that kubectl says each time that it has changed something."""
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "type": self.type,
                "metadata": {"name": self.name, "namespace": self.namespace, "labels": dict(self.labels)},
                "data": {key: base64.b64encode(value.encode()).decode() for key, value in self.values.items()},
            }
        )


def files(*manifests: Path, options: tuple[str, ...] = ()) -> None:
    """Apply manifests as they lie; **options** of `kubectl apply`."""
    kubectl.change("apply", *options, *(part for file in manifests for part in ("--filename", str(file))), limit=120)


def written(name: str, content: str, options: tuple[str, ...] = ()) -> None:
    """Apply what depends on this installation, from a file of that name that stays to be read."""
    files(write(name, content), options=options)


def write(name: str, content: str) -> Path:
    """A file of that name among those that were handed to the cluster; never with a secret in it."""
    file = paths.APPLIED / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return file


def secrets(*wanted: Secret) -> None:
    """Apply Secrets; none of their values is on a command line, in a file or in an output."""
    kubectl.change("apply", "--filename", "-", stdin="---\n".join(secret.manifest() for secret in wanted))


def namespace(name: str) -> None:
    """Have a namespace of that name."""
    if kube.find("Namespace", name) is None:
        kubectl.change("create", "namespace", name)
