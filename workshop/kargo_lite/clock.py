"""Time as Kubernetes and Go write it: RFC 3339 in seconds, durations such as ``3m0s``."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def now() -> str:
    """The present second, as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str | None) -> datetime | None:
    """RFC 3339 to an aware datetime; None for nothing or nonsense."""
    if not text:
        return None
    try:
        # Registries write nanoseconds; datetime knows microseconds only.
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00")))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def seconds_since(text: str | None) -> float:
    """Seconds that have passed since that time (0 when it is unknown)."""
    moment = parse_time(text)
    return (datetime.now(UTC) - moment).total_seconds() if moment else 0.0


def parse_duration(text: str | None) -> float:
    """Go's ``time.ParseDuration`` in seconds. Raises ValueError for what Go would refuse."""
    if not text:
        return 0.0
    if text == "0":
        return 0.0
    total, position = 0.0, 0
    while position < len(text):
        match = _PART.match(text, position)
        if not match:
            raise ValueError(f'invalid duration "{text}"')
        total += float(match[1]) * _UNITS[match[2]]
        position = match.end()
    return total


def format_duration(seconds: float) -> str:
    """Go's ``Duration.String()``: ``40s``, ``3m0s``, ``1h0m0s``, ``10.5s``, ``500ms``."""
    if seconds and seconds < 1:
        return f"{seconds * 1000:.6f}".rstrip("0").rstrip(".") + "ms"
    whole = int(seconds)
    fraction = f"{seconds - whole:.9f}"[1:].rstrip("0").rstrip(".")
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{secs}{fraction}s"
    if minutes:
        return f"{minutes}m{secs}{fraction}s"
    return f"{secs}{fraction}s"
