"""The Warehouse: asked to look for new images when one was pushed, instead of every few minutes."""

from __future__ import annotations

import time

from workshop import settings as config
from workshop import wait
from workshop.kargo import api, objects
from workshop.kargo.objects import Warehouse
from workshop.shell import kubectl

_NAMESPACE = ("--namespace", config.PROJECT)


def refresh() -> None:
    """Have the Warehouse look now, and wait until it has."""
    token = ask()
    wait.until(
        "busca do Warehouse no registro",
        lambda: read().handled == token,
        limit=60,
        diagnosis=lambda: "\n".join(f"{kind}: {said.message}" for kind, said in read().conditions.items()),
        fix=f"kubectl -n {config.PROJECT} describe warehouse {config.WAREHOUSE}",
    )


def ask() -> str:
    """Have the Warehouse look, without waiting for it; returns what its status says once it has.

    That is the time of asking, in seconds since 1970: so the Warehouse itself keeps when it was last called.
    """
    token = f"{time.time():.3f}"
    wanted = f"{api.ANNOTATION_REFRESH}={token}"
    kubectl.change(*_NAMESPACE, "annotate", "warehouse", config.WAREHOUSE, "--overwrite", wanted)
    return token


def read() -> Warehouse:
    """The Warehouse; an empty one where it is not there."""
    return objects.look("Warehouse").warehouse or Warehouse(config.WAREHOUSE)
