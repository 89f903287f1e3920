"""The variables that every program of the workshop runs with, made in this one place.

What a user's machine is set up for must not change what the workshop does: a worktree's `GIT_DIR`, a `kuberc` that
asks before it deletes, options for Argo CD or Helm. And what is on this machine is never asked through a proxy.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from pathlib import Path
from typing import Final

from workshop import paths
from workshop import settings as config

_FOREIGN: Final = re.compile(
    r"""
    GIT_(?!SSL_|TRACE|CURL_).+     # which repository, index, identity, configuration
    | KUBECONFIG | KUBERC | KUBECTL_.+
    | ARGOCD_.+ | HELM_.+ | KARGO_.+ | KIND_.+ | KUSTOMIZE_.+
    | PYTHON(?!PYCACHEPREFIX|DONTWRITEBYTECODE|UNBUFFERED|IOENCODING|UTF8).+
    | DOCKER_(?:DEFAULT_PLATFORM|BUILDKIT|CONTENT_TRUST) | COMPOSE_(?:FILE|PROJECT_NAME|PROFILES|ENV_FILES)
    """,
    re.VERBOSE,
)
"""What decides for another project, or another cluster, which way a tool goes."""
_PROXY_EXCEPTIONS: Final = ("no_proxy", "NO_PROXY")
"""Some programs read the one, some the other."""
LOCAL_ADDRESSES: Final = (
    "localhost", "127.0.0.1", "::1", ".localhost", ".workshop.local", config.REGISTRY_NAME, config.GITEA_NAME,
    config.POSTGRES_NAME, config.POD_SUBNET, config.SERVICE_SUBNET, ".svc", ".cluster.local",
)  # fmt: skip
"""Names and subnets behind which there is this machine, or its cluster."""
_GIT_SETTINGS: Final = """\
# Written by the workshop: its git reads no other settings than these and those of a repository.
[safe]
    directory = *
[core]
    autocrlf = false
[init]
    defaultBranch = main
"""


def variables() -> dict[str, str]:
    """A fresh set: our tools first on PATH, our cluster, no colours, no pagers, nobody else's settings."""
    kept = {name: value for name, value in os.environ.items() if not _FOREIGN.fullmatch(name)}
    return {
        **kept,
        **_without_proxy(),
        "PATH": search_path(),
        "KUBECONFIG": str(paths.KUBECONFIG),
        "KUBERC": "off",
        "KIND_EXPERIMENTAL_DOCKER_NETWORK": config.DOCKER_NETWORK,
        "GIT_CONFIG_GLOBAL": str(_git_settings()),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "DOCKER_BUILDKIT": "0",
        "DOCKER_CLI_HINTS": "false",
    }


def search_path() -> str:
    """PATH, with the workshop's tools and the Python environment before everything else."""
    first = [str(paths.BIN), str(Path(sys.executable).parent)]
    rest = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder not in first]
    return os.pathsep.join([*first, *rest])


def _without_proxy() -> dict[str, str]:
    """The exceptions from a proxy, completed with what is ours; there too where no proxy is set."""
    told = ",".join(os.environ[name] for name in _PROXY_EXCEPTIONS if os.environ.get(name))
    named = dict.fromkeys([*filter(None, map(str.strip, told.split(","))), *LOCAL_ADDRESSES])
    return dict.fromkeys(_PROXY_EXCEPTIONS, ",".join(named))


def _git_settings() -> Path:
    """git's only settings besides a repository's own, as a file; written anew where somebody changed it."""
    file = paths.GIT_SETTINGS
    if not file.exists() or file.read_text(encoding="utf-8") != _GIT_SETTINGS:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
        partial.write_text(_GIT_SETTINGS, encoding="utf-8")
        partial.replace(file)
    return file
