"""Logging to standard output, where Kubernetes collects it."""

from __future__ import annotations

import logging
import sys


def configure_logs(level: str) -> None:
    """This application's own lines from that level on; everybody else's from INFO on."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("users_api").setLevel(level)
