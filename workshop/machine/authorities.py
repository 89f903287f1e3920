"""The certificate authorities that this machine trusts beyond its distribution's: a company proxy's, for example."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path("/usr/local/share/ca-certificates")
ANCHORS: Final = Path("/etc/pki/ca-trust/source/anchors")
"""Where Fedora and its relatives have them."""


def extra() -> dict[str, bytes]:
    """Each of them, by a name of its own that ends as Debian wants it; none on most machines."""
    found: dict[str, bytes] = {}
    for folder, pattern in ((FOLDER, "*.crt"), (ANCHORS, "*.crt"), (ANCHORS, "*.pem")):
        for path in sorted(folder.rglob(pattern)):
            found["-".join(path.relative_to(folder).with_suffix(".crt").parts)] = path.read_bytes()
    return found
