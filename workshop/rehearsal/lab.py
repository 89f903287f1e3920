"""JupyterLab on the notebooks: letters for the last row, no questions to the network, the workshop's tools at hand."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from workshop import environment, http, paths, process, voice, wait
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import ports
from workshop.rehearsal import schedule

SETTINGS: Final = Path(__file__).with_name("lab_settings")
"""Its `overrides.json` replaces JupyterLab's defaults; what somebody chooses in the menus counts above it."""
_START_SECONDS: Final = 90
_STOP_SECONDS: Final = 30
"""It ends its kernels one by one, some of them busy."""


@dataclass(frozen=True)
class Lab:
    """A JupyterLab that runs: where it is, and the token that lets one in."""

    port: int
    token: str

    def url(self, file: str, *, alone: bool = False) -> str:
        """Where a notebook of its folder is found; **alone**: without tabs beside it."""
        return f"http://127.0.0.1:{self.port}/{'doc' if alone else 'lab'}/tree/{file}?token={self.token}"


def open_lab() -> None:
    """Become JupyterLab; Ctrl-C ends it.

    Raises `WorkshopError` where its port is taken.
    """
    port = config.settings().lab_port
    if not ports.is_free(port):
        raise WorkshopError(
            f"A porta {port}, do JupyterLab, já está em uso.", fix=f"WORKSHOP_LAB_PORT={port + 1} make lab"
        )
    os.execve(sys.executable, command(port), variables())  # noqa: S606


def variables() -> dict[str, str]:
    """What kernels and terminals of JupyterLab find: the workshop's tools first on PATH, its cluster, a spectator."""
    # Only here somebody may be waited for; whoever has said 0 is not.
    live = os.environ.get(config.LIVE_VARIABLE, "1")
    ours = {"PATH": environment.search_path(), "KUBECONFIG": str(paths.KUBECONFIG), config.LIVE_VARIABLE: live}
    return {**os.environ, **ours}


@contextmanager
def serving(folder: Path, log: Path, more: Mapping[str, str] | None = None) -> Iterator[Lab]:
    """JupyterLab on the notebooks of a folder, for a browser that a program drives, for as long as the block lasts.

    What somebody has open elsewhere is not shown there, and the page's own scripts can be asked how a cell is.
    **more**: variables besides those of `workshop lab`. Raises `WorkshopError` where it does not start.
    """
    lab = Lab(ports.any_free(), secrets.token_hex(16))
    with tempfile.TemporaryDirectory(prefix="workshop-lab-") as workspaces, log.open("wb") as output:
        private = {"JUPYTERLAB_WORKSPACES_DIR": workspaces, "JUPYTER_TOKEN": lab.token}
        with process.started(
            [*command(lab.port, folder), "--no-browser", "--LabApp.expose_app_in_browser=True"],
            env={**variables(), **(more or {}), **private},
            stdout=output, stderr=output, grace=_STOP_SECONDS,
        ) as server:  # fmt: skip
            with voice.unheard():
                wait.until(
                    "resposta do JupyterLab",
                    lambda: _answers(server.poll, lab, log),
                    limit=_START_SECONDS,
                    fix=f"less {log}",
                )
            yield lab


def _answers(code: Callable[[], int | None], lab: Lab, log: Path) -> bool:
    """**code**: asks with which one JupyterLab has ended, if it has."""
    if code() is not None:
        raise WorkshopError("O JupyterLab terminou ao começar.", fix=f"less {log}")
    try:
        return http.LOCAL.get(f"http://127.0.0.1:{lab.port}/api", timeout=2).is_success
    except httpx.HTTPError:
        return False


def command(port: int, folder: Path = paths.NOTEBOOKS) -> list[str]:
    """How JupyterLab is started on a folder, on that port of this machine alone."""
    arguments = [
        sys.executable, "-m", "jupyterlab", str(folder),
        "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
        f"--LabApp.app_settings_dir={SETTINGS}", f"--LabApp.default_url=/lab/tree/{schedule.INDEX}",
    ]  # fmt: skip
    # Jupyter refuses to serve as root unless told; the port answers this machine alone, and asks for a token.
    if os.geteuid() == 0:
        arguments += ["--allow-root", "--no-browser"]
    return arguments
