"""JupyterLab on the notebooks: letters for the last row, no questions to the network, the workshop's tools at hand."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.rehearsal import schedule
from workshop.supply import host, path_environment

SETTINGS: Final = Path(__file__).with_name("lab_settings")
"""Its `overrides.json` replaces JupyterLab's defaults; what somebody chooses in the menus counts above it."""


def open_lab() -> None:
    """Become JupyterLab; Ctrl-C ends it.

    Raises `WorkshopError` where its port is taken.
    """
    port = config.settings().lab_port
    if not host.port_is_free(port):
        raise WorkshopError(
            f"A porta {port}, do JupyterLab, já está em uso.", fix=f"WORKSHOP_LAB_PORT={port + 1} make lab"
        )
    os.execve(sys.executable, command(port), environment())  # noqa: S606


def environment() -> dict[str, str]:
    """What kernels and terminals of JupyterLab find: the workshop's tools first on PATH, its cluster, a spectator."""
    # Only here somebody may be waited for; whoever has said 0 is not.
    live = os.environ.get(config.LIVE_VARIABLE, "1")
    return path_environment() | {"KUBECONFIG": str(config.KUBECONFIG), config.LIVE_VARIABLE: live}


def command(port: int) -> list[str]:
    """How JupyterLab is started, on that port of this machine alone."""
    arguments = [
        sys.executable, "-m", "jupyterlab", str(config.NOTEBOOKS),
        "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
        f"--LabApp.app_settings_dir={SETTINGS}", f"--LabApp.default_url=/lab/tree/{schedule.INDEX}",
    ]  # fmt: skip
    # Jupyter refuses to serve as root unless told; the port answers this machine alone, and asks for a token.
    if os.geteuid() == 0:
        arguments += ["--allow-root", "--no-browser"]
    return arguments
