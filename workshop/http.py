"""Requests to what runs on this machine: never through a proxy, whatever the environment says."""

from __future__ import annotations

import ssl
from typing import Final

import httpx

LOCAL: Final = httpx.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False, timeout=10)
"""For addresses of this machine, none of which speak TLS; safe in threads.

To read the certificate authorities for each request would take longer than the request.
"""


def local_client(base_url: str = "", *, timeout: float = 10) -> httpx.Client:
    """A client of its own for one address of this machine; to be closed by the caller. **timeout**: seconds."""
    return httpx.Client(
        base_url=base_url, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False, timeout=timeout
    )
