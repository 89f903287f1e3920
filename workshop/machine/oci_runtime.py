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


def main() -> None:
    """Edit what `create`, `run` or `exec` is about to use, then become runc."""
    arguments = sys.argv[1:]
    if "exec" in arguments:
        if process := _value(arguments, "--process", "-p"):
            _edit(Path(process))
    elif "create" in arguments or "run" in arguments:
        _edit(Path(_value(arguments, "--bundle", "-b") or ".") / "config.json", "process")
    os.execv(RUNC, [RUNC, *arguments])  # noqa: S606 - becoming runc is the point


def _edit(path: Path, key: str = "") -> None:
    """Drop the capability from every set of the process that a JSON file describes, below `key` or as a whole."""
    if not path.is_file():
        return
    document = json.loads(path.read_text(encoding="utf-8"))
    sets = (document[key] if key else document).get("capabilities") or {}
    for name, members in sets.items():
        sets[name] = [member for member in members if member != CAPABILITY]
    path.write_text(json.dumps(document), encoding="utf-8")


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
