#!/usr/bin/env python3
"""An OCI runtime that asks for no capability which this machine does not have, then runs runc.

Some virtual machines lack CAP_SYS_RESOURCE in root's bounding set; there `docker run --privileged` fails with
"unable to apply caps". dockerd is given this wrapper as its runtime only on such machines, and only when the
daemon is ours (see engine.py). It runs by itself, with the standard library alone.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

RUNC = "/usr/sbin/runc"
CAPABILITY = "CAP_SYS_RESOURCE"


def without_capability(process: dict[str, object]) -> None:
    """Drop the capability from every set of an OCI process description, in place."""
    sets = process.get("capabilities")
    if isinstance(sets, dict):
        for name, members in sets.items():
            sets[name] = [member for member in members if member != CAPABILITY]


def main() -> None:
    """Edit what `create`, `run` or `exec` is about to use, then become runc."""
    arguments = sys.argv[1:]
    if "exec" in arguments:
        edit = _value(arguments, "--process", "-p")
        path, find = (Path(edit), lambda document: document) if edit else (None, None)
    elif "create" in arguments or "run" in arguments:
        bundle = _value(arguments, "--bundle", "-b") or "."
        path, find = Path(bundle) / "config.json", lambda document: document["process"]
    else:
        path, find = None, None
    if path is not None and find is not None and path.is_file():
        document = json.loads(path.read_text(encoding="utf-8"))
        without_capability(find(document))
        path.write_text(json.dumps(document), encoding="utf-8")
    os.execv(RUNC, [RUNC, *arguments])  # noqa: S606 - becoming runc is the point


def _value(arguments: list[str], *names: str) -> str | None:
    for index, argument in enumerate(arguments):
        for name in names:
            if argument == name and index + 1 < len(arguments):
                return arguments[index + 1]
            if argument.startswith(f"{name}="):
                return argument.removeprefix(f"{name}=")
    return None


if __name__ == "__main__":
    main()
