"""A machine without a network inside this one: no uplink, and a container engine with nothing in it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

_SETUP = """
set -eu
mount --make-rprivate /
# What runs here already is out of reach: its sockets and pid files are in /run, its images in /var/lib/docker.
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /var/lib/docker
mount --bind "$0" /var/lib/docker
ip link set lo up
exec "$@"
"""


def run(
    command: list[str | Path], *, data_root: Path, folder: Path, variables: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a command on that machine, as root; what it started ends with it.

    **data_root**: what the engine there finds in /var/lib/docker. **timeout**: seconds.
    """
    data_root.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [
            "unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "--",
            "sh", "-c", _SETUP, data_root, *command,
        ],
        cwd=folder, env={**variables}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=timeout, check=False,
    )  # fmt: skip
