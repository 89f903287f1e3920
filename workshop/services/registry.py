"""The local registry's container: the app's images, and a mirror for every other image name."""

from __future__ import annotations

from workshop import registry
from workshop import settings as config
from workshop.services import containers


def ensure() -> None:
    """Have the registry answer on this machine and on the cluster's network."""
    containers.claim()
    containers.run(
        config.REGISTRY_CONTAINER,
        config.versions()["images"]["registry"]["name"],
        dns_name=config.REGISTRY_NAME,
        ports=(config.settings().registry_port, config.REGISTRY_PORT),
        options=[
            "--env", f"REGISTRY_HTTP_ADDR=:{config.REGISTRY_PORT}",
            "--env", "REGISTRY_STORAGE_DELETE_ENABLED=true",
            "--env", "OTEL_TRACES_EXPORTER=none",
            "--volume", f"{containers.volume(config.REGISTRY_CONTAINER)}:/var/lib/registry",
        ],
    )  # fmt: skip
    containers.wait_until_answers(config.REGISTRY_CONTAINER, "resposta do registro", answers, limit=30)


def answers() -> bool:
    """Whether the registry's API answers."""
    return registry.local().answers()
