"""Random secrets of this installation, kept in .workshop/secrets with mode 0600 and nowhere else."""

from __future__ import annotations

import os
import secrets as randomness
from pathlib import Path

from workshop import paths

_BYTES = 24


def path(name: str) -> Path:
    """Where the secret of that name lies; made at random on first use."""
    file = paths.SECRETS / name
    if not file.exists():
        store(name, randomness.token_urlsafe(_BYTES))
    return file


def read(name: str) -> str:
    """The secret of that name; made at random on first use."""
    return path(name).read_text(encoding="utf-8").strip()


def exists(name: str) -> bool:
    """Whether a secret of that name has been made."""
    return (paths.SECRETS / name).exists()


def store(name: str, value: str) -> Path:
    """Keep a value that somebody else made (a token, a key); readable by the owner alone from the first byte on."""
    paths.SECRETS.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = paths.SECRETS / name
    partial = file.with_name(f".{name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(value)
    partial.rename(file)
    return file
