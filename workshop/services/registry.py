"""The local registry: the app's images, and a mirror for every other image name."""

from __future__ import annotations

import httpx

from workshop import http
from workshop import settings as config
from workshop.services import containers
from workshop.supply.mirrors import MANIFEST_TYPES


def ensure() -> None:
    """Have the registry answer on this machine and on the cluster's network."""
    containers.claim()
    containers.run(
        config.REGISTRY_CONTAINER,
        config.versions()["images"]["registry"]["name"],
        dns_name=config.REGISTRY_NAME,
        port=config.settings().registry_port,
        container_port=config.REGISTRY_PORT,
        options=[
            "--env", f"REGISTRY_HTTP_ADDR=:{config.REGISTRY_PORT}",
            "--env", "REGISTRY_STORAGE_DELETE_ENABLED=true",
            "--env", "OTEL_TRACES_EXPORTER=none",
            "--volume", f"{containers.volume(config.REGISTRY_CONTAINER)}:/var/lib/registry",
        ],
    )  # fmt: skip
    containers.wait_until_answers(config.REGISTRY_CONTAINER, "o registry responde", answers, limit=30)


def answers() -> bool:
    """Whether the registry's API answers."""
    try:
        return http.LOCAL.get(f"http://{config.registry_on_host()}/v2/", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def tags(repository: str) -> list[str]:
    """The tags of one repository, sorted; none where it does not exist."""
    answer = http.LOCAL.get(f"http://{config.registry_on_host()}/v2/{repository}/tags/list", timeout=10)
    return sorted(answer.json().get("tags") or []) if answer.status_code == httpx.codes.OK else []


def client(repository: str) -> httpx.Client:
    """The registry's API below one repository: `client.get("/manifests/1a2b3c4d")`. To be closed by the caller."""
    return http.local_client(f"http://{config.registry_on_host()}/v2/{repository}")


def digest(repository: str, tag: str) -> str:
    """What names the content of a tag, as `sha256:…`; nothing where there is no such tag."""
    with client(repository) as api:
        found = api.head(f"/manifests/{tag}", headers={"Accept": MANIFEST_TYPES})
    return str(found.headers.get("Docker-Content-Digest", ""))


def repository_and_reference(image: str) -> tuple[str, str]:
    """`host/app:1.0` → `app`, `1.0`; where a digest is named too, it is what counts: `app`, `sha256:…`."""
    named, _, found = image.partition("/")[2].partition("@")
    repository, _, tag = named.rpartition(":")
    return (repository or tag, found) if found else (repository, tag)


def forget(repository: str, tag: str) -> None:
    """Delete the image of a tag, with every other tag that it has; nothing happens where there is none."""
    if found := digest(repository, tag):
        with client(repository) as api:
            api.delete(f"/manifests/{found}")
