"""JupyterLab on the notebooks, with this environment's kernel."""

from __future__ import annotations

import os
import sys

from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.supply import host


def open_lab() -> None:
    """Become JupyterLab; Ctrl-C ends it.

    Raises `WorkshopError` where its port is taken.
    """
    port = config.settings().lab_port
    if not host.port_is_free(port):
        raise WorkshopError(
            f"A porta {port}, do JupyterLab, já está em uso.", fix=f"WORKSHOP_LAB_PORT={port + 1} make lab"
        )
    arguments = [
        sys.executable, "-m", "jupyterlab", str(config.NOTEBOOKS),
        "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
    ]  # fmt: skip
    # Jupyter refuses to serve as root unless told; the port answers this machine alone, and asks for a token.
    if os.geteuid() == 0:
        arguments += ["--allow-root", "--no-browser"]
    # Only here somebody may be waited for; set to 0, nobody is.
    os.environ.setdefault(config.LIVE_VARIABLE, "1")
    os.execv(sys.executable, arguments)  # noqa: S606
