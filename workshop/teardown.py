"""Taking the workshop apart: nothing of it stays on the machine but tools, images and what the user made."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from workshop import compose, shell
from workshop import settings as config
from workshop.services import containers
from workshop.supply import host


def remove_all(report: Callable[[str], None] = print) -> None:
    """Remove cluster, services, volumes, network and secrets; stop the Docker daemon if the workshop started it.

    The application that `make app` had started goes too, for its engine does. Tools, built images and
    rehearsals stay, so that the next start is quick.
    """
    if host.docker_answers():
        other = containers.owner()
        if other is not None and other != config.ROOT and not config.settings().takeover:
            report(f"o workshop desta máquina é de {other}; nada foi removido")
            return
        if compose.is_standing():
            report("removing the application that `make app` had started")
            compose.down()
        containers.remove_everything(report)
    noted = (config.STORY_SEED, config.GUESTS, config.RESETTING, config.ON_STAGE)
    for file in (config.KUBECONFIG, shell.ARGOCD_KUBECONFIG, *noted):
        file.unlink(missing_ok=True)
    for folder in (
        config.STORY_CLONE,
        config.STORY_WRITTEN,
        config.SECRETS,
        config.STATE / "node",
        config.STATE / "ci" / "checkout",
    ):
        shutil.rmtree(folder, ignore_errors=True)
    host.stop(report)
    report("✓ nada mais do workshop está no ar")
