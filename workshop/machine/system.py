"""Which system and processor this is, in the words of those who publish programs for them."""

from __future__ import annotations

import platform
import sys
from typing import Final

_PROCESSORS: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def processor() -> str:
    """`amd64` or `arm64`; what the system calls it where it is neither."""
    name = platform.machine().lower()
    return _PROCESSORS.get(name, name)


def here() -> str:
    """System and processor of what runs on this machine: `linux-amd64`, `darwin-arm64`."""
    return f"{sys.platform}-{processor()}"


def in_containers() -> str:
    """System and processor of what runs in a container: always Linux, also where the engine has it in a machine."""
    return f"linux-{processor()}"
