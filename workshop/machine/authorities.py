"""The certificate authorities that this machine trusts beyond its distribution's: a company proxy's, for example."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path("/usr/local/share/ca-certificates")


def extra() -> dict[str, bytes]:
    """Each of them, by a name of its own; none on most machines."""
    return {"-".join(path.relative_to(FOLDER).parts): path.read_bytes() for path in sorted(FOLDER.rglob("*.crt"))}
