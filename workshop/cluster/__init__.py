"""The Kubernetes cluster: made once, found again, removed without a trace."""

from __future__ import annotations

from collections.abc import Callable

from workshop.cluster import gateway, kind, names

Report = Callable[[str], None]


def ensure(report: Report = print) -> None:
    """Have a cluster whose API answers, that resolves the services' names and serves the environments."""
    kind.ensure(report)
    names.ensure(report)
    gateway.ensure(report)
