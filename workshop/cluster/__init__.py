"""The Kubernetes cluster: made once, found again, removed without a trace."""

from __future__ import annotations

from workshop.cluster import gateway, kind, names


def ensure() -> None:
    """Have a cluster whose API answers, that resolves the services' names and serves the environments."""
    kind.ensure()
    names.ensure()
    gateway.ensure()
