"""Files from where their makers publish them: fetched with curl, and of no use with another digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from workshop import process
from workshop.errors import WorkshopError
from workshop.supply.trouble import PAUSES_SECONDS, Kind, NotFetched, kind_of

TRANSFER_SECONDS: Final = 15 * 60
"""For one file: 200 MB at 2 Mbit/s."""
_PROBE_SECONDS: Final = 15
# curl takes the proxies and the certificate authorities of this machine, as nothing else does on every system.
_CURL: Final = ("curl", "--silent", "--show-error", "--location", "--proto", "=https", "--connect-timeout", "10")
_PATIENCE: Final = (
    "--retry", str(len(PAUSES_SECONDS)), "--retry-delay", str(PAUSES_SECONDS[0]), "--retry-all-errors",
    "--speed-limit", "1000", "--speed-time", "20",
)  # fmt: skip


def fetch(url: str, sha256: str, target: Path, group: process.Group | None = None, log: Path | None = None) -> None:
    """Have the file of that address and digest in `target`; it appears there whole or not at all.

    Raises `NotFetched` where it cannot be had, `WorkshopError` where it is another file than the pinned one.
    """
    host = urlsplit(url).netloc
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    command = [*_CURL, "--fail", *_PATIENCE, "--output", str(partial), url]
    try:
        process.run(command, limit=TRANSFER_SECONDS, group=group, log=log)
    except (process.Failed, process.TimedOut) as error:
        partial.unlink(missing_ok=True)
        raise NotFetched(url.rpartition("/")[2], host, error.details or error.message) from None
    with partial.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        partial.unlink()
        raise WorkshopError(
            f"{url} não é o arquivo que a oficina conhece: o SHA-256 é {found}, e não {sha256}.",
            fix="rode o mesmo comando de novo   # de novo outro? não o use: avise quem mantém a oficina",
        )
    partial.replace(target)


def text(url: str) -> str:
    """What lies at an address, as text. Raises `NotFetched`."""
    try:
        return process.run([*_CURL, "--fail", *_PATIENCE, url], limit=_PROBE_SECONDS * 4).out
    except (process.Failed, process.TimedOut) as error:
        raise NotFetched(url, urlsplit(url).netloc, error.details or error.message) from None


def out_of_reach(hosts: Iterable[str]) -> dict[str, str]:
    """The hosts that cannot be reached from here, and curl's reason. One that is slow or refuses can be reached."""
    wanted = sorted(set(hosts))
    if not wanted:
        return {}
    with ThreadPoolExecutor(len(wanted)) as pool:
        return {host: reason for host, reason in zip(wanted, pool.map(_reason, wanted), strict=True) if reason}


def _reason(host: str) -> str:
    command = [*_CURL, "--head", "--output", "/dev/null", "--max-time", str(_PROBE_SECONDS), f"https://{host}/"]
    done = process.run(command, limit=_PROBE_SECONDS + 5, check=False)
    return done.err.strip() if not done.ok and kind_of(done.err) is Kind.UNREACHABLE else ""
