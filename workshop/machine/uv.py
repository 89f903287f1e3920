"""uv, which makes Python environments from uv.lock: where it is, and how it is run."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from workshop import environment, paths, process
from workshop.errors import WorkshopError

_LIMIT_SECONDS: Final = 15 * 60
_VARIABLES: Final = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1", "UV_PYTHON_DOWNLOADS": "never"}
"""As in scripts/bootstrap: the authorities that this machine trusts, and its own Python."""
_PROGRAMS: Final = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How a program begins: on Linux, and on macOS for one processor or for several."""


def run(*arguments: str, variables: Mapping[str, str] | None = None) -> str:
    """What uv prints, run in the repository's folder. Raises `WorkshopError` where packages cannot be had."""
    try:
        return process.run(
            [program(), *arguments],
            env={**environment.variables(), **_VARIABLES, **(variables or {})}, limit=_LIMIT_SECONDS,
        ).out  # fmt: skip
    except (process.Failed, process.TimedOut) as error:
        raise WorkshopError(
            "Os pacotes Python de uv.lock não puderam ser baixados.",
            details=process.last_lines(error.details or error.message, 5),
            fix="curl -I https://pypi.org   # quando responder, rode o mesmo comando de novo",
        ) from None


def program() -> Path:
    """uv's own executable, as scripts/bootstrap finds it. Raises `WorkshopError` where there is none."""
    for place in (paths.UV, shutil.which("uv")):
        if place and is_binary(Path(place)):
            return Path(place)
    raise WorkshopError(
        "O uv, que monta ambientes Python, não está nesta máquina.",
        fix="rm .venv/.synced && env PATH=/usr/bin:/bin scripts/bootstrap   # instala um em .workshop/uv",
    )


def version() -> str:
    """The version that it names."""
    return run("--version").split()[1]


def is_binary(file: Path) -> bool:
    """Whether a file is a program itself, and not a script that would look for it elsewhere."""
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(4) in _PROGRAMS
