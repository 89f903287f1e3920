"""Taking the workshop apart: nothing of it stays on the machine but tools, images and what the user made."""

from __future__ import annotations

import shutil

from workshop import compose, paths, shell, voice
from workshop import settings as config
from workshop.machine import engine
from workshop.services import containers


def remove_all() -> None:
    """Remove cluster, services, volumes, network and secrets; stop the Docker daemon if the workshop started it.

    The application that `make app` had started goes too, for its engine does. Tools, built images and
    rehearsals stay, so that the next start is quick.
    """
    if engine.answers():
        other = containers.owner()
        if other is not None and other != paths.ROOT and not config.settings().takeover:
            voice.say(f"a oficina desta máquina é de {other}; nada foi removido")
            return
        if compose.is_standing():
            voice.say("removendo a aplicação que `make app` tinha iniciado")
            compose.down()
        containers.remove_everything()
    noted = (paths.STORY_SEED, paths.GUESTS, paths.RESETTING, paths.ON_STAGE)
    for file in (paths.KUBECONFIG, shell.ARGOCD_KUBECONFIG, *noted):
        file.unlink(missing_ok=True)
    for folder in (
        paths.STORY_CLONE,
        paths.STORY_WRITTEN,
        paths.SECRETS,
        paths.NODE_FILES,
        paths.APPLIED,
        paths.CI / "checkout",
    ):
        shutil.rmtree(folder, ignore_errors=True)
    engine.stop()
    voice.say("✓ nada mais da oficina está no ar")
