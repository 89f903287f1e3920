"""Logging to standard output, where Kubernetes collects it: one JSON object a line."""

from __future__ import annotations

import logging
import sys

from asgi_correlation_id import CorrelationIdFilter
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter


def configure_logs(level: str) -> None:
    """This application's own lines from that level on; everybody else's from INFO on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(CorrelationIdFilter())
    handler.setFormatter(
        JsonFormatter(
            ["levelname", "name", "message", "correlation_id"],
            rename_fields={"levelname": "level", "name": "logger", "correlation_id": "request_id"},
            timestamp="time",
            json_ensure_ascii=False,
            # uvicorn's messages once more, coloured.
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("users_api").setLevel(level)
    # uvicorn brings its own handlers, which do not write JSON.
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # It warns of a request id that is not taken over; the line of the request says enough.
    logging.getLogger("asgi_correlation_id").setLevel(logging.ERROR)
