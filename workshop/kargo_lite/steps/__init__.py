"""The steps of a promotion, one module for each thing they work on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import argocd, files, git, http, kustomize, metadata
from .base import Runner, StepContext, StepError, StepResult

__all__ = ["RUNNERS", "Runner", "StepContext", "StepError", "StepResult"]

RUNNERS: Final[Mapping[str, Runner]] = {
    "git-clone": Runner(git.clone),
    "git-clear": Runner(git.clear),
    "git-commit": Runner(git.commit),
    "git-push": Runner(git.push),
    "kustomize-set-image": Runner(kustomize.set_image),
    "kustomize-build": Runner(kustomize.build),
    "copy": Runner(files.copy),
    "argocd-update": Runner(argocd.update, timeout=300),
    "argocd-wait": Runner(argocd.wait, timeout=300),
    "http": Runner(http.request),
    "set-metadata": Runner(metadata.set_metadata),
    "compose-output": Runner(metadata.compose_output),
    "fail": Runner(metadata.fail),
}
"""Every step kind that can run, by the name used in ``uses``."""
