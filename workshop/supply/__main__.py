"""`python -m workshop.supply [NAME…]`: bring everything, or only what is named, into place."""

from __future__ import annotations

import sys

from workshop import machine, supply
from workshop.errors import WorkshopError


def main(names: list[str]) -> int:
    """The exit code: 0, 1 after a `WorkshopError`, 130 after Ctrl-C."""
    try:
        machine.ensure()
        supply.ensure(only=names)
    except WorkshopError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrompido; a próxima execução continua daqui", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
