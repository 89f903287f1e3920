"""copy (Kargo: pkg/promotion/runner/builtin/file_copier.go)."""

from __future__ import annotations

import os
import shutil

from .base import StepContext, StepError, StepResult


def copy(context: StepContext) -> StepResult:
    """Copy a file, or a directory's content into another; .git and symbolic links stay behind."""
    source = context.path(context.config["inPath"])
    target = context.path(context.config["outPath"])

    def ignored(directory: str, entries: list[str]) -> set[str]:
        return {e for e in entries if e == ".git" or os.path.islink(os.path.join(directory, e))}  # noqa: PTH114, PTH118

    try:
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    except (OSError, shutil.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise StepError(
            f'failed to copy "{context.config["inPath"]}" to "{context.config["outPath"]}": {reason}'
        ) from error
    return StepResult()
