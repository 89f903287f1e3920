"""`python3 -m workshop.bundle FILE`: import a bundle where there is no Python environment yet."""

from __future__ import annotations

import sys
from pathlib import Path

from workshop.bundle.restore import restore
from workshop.errors import WorkshopError


def main(arguments: list[str]) -> int:
    """The exit code: 0, 1 after a `WorkshopError`, 2 after wrong arguments, 130 after Ctrl-C."""
    if len(arguments) != 1:
        print("uso: scripts/import-bundle ARQUIVO", file=sys.stderr)
        return 2
    try:
        restore(Path(arguments[0]))
    except WorkshopError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrompido. O mesmo comando continua daqui.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
