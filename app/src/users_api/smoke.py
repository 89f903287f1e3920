"""Does *this* version answer, directly and through the frontend? Asked in the cluster after every rollout.

    python -m users_api.smoke

Standard library only: what is wrong with the application's dependencies must not stop the question.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

TRIES = 12
PAUSE_SECONDS = 1.0
# The Job that runs this is stopped after 20 s; better to end before that, with a reason.
LIMIT_SECONDS = 15.0


@dataclass(frozen=True)
class Answer:
    """What came back: the HTTP status and the JSON, or why nothing did."""

    status: int = 0
    body: Mapping[str, object] | None = None
    error: str = ""


Ask = Callable[[str], Answer]


def ask(url: str) -> Answer:
    """GET the address, never raising."""
    try:
        # The addresses are the cluster's own settings, and all start with http.
        with urlopen(url, timeout=1) as response:  # nosec B310
            return Answer(response.status, json.load(response))
    except HTTPError as error:
        return Answer(error.code, error=_short(error.read().decode(errors="replace")))
    except URLError as error:
        return Answer(error=str(error.reason))
    except (OSError, ValueError) as error:
        return Answer(error=str(error))


def problem(version: str, backend: str, frontend: str, asking: Ask = ask) -> str:
    """What keeps this version from being the one that serves; empty where nothing does."""
    health = asking(f"{backend}/api/health/ready")
    if health.status != 200:
        return f"{backend} is not ready: {_seen(health)}"
    for url in (f"{backend}/api/version", f"{frontend}/api/version"):
        answer = asking(url)
        if answer.status != 200 or answer.body is None:
            return f"{url} does not answer: {_seen(answer)}"
        if answer.body.get("tag") != version:
            return f"{url} says {answer.body.get('tag')}, not {version}"
    return ""


def wait_for(version: str, backend: str, frontend: str, asking: Ask = ask) -> str:
    """Ask until all is well or patience ends; the last problem, empty where all is well."""
    deadline = time.monotonic() + LIMIT_SECONDS
    found = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        found = problem(version, backend, frontend, asking)
        if not found or time.monotonic() > deadline:
            break
    return found


def main() -> int:
    """Print one sentence; 0 where this version serves."""
    version = os.environ.get("APP_VERSION", "")
    backend = os.environ.get("SMOKE_BACKEND_URL", "http://backend:8000")
    frontend = os.environ.get("SMOKE_FRONTEND_URL", "http://frontend")
    if not version:
        print("smoke: FAILED: APP_VERSION is not set, so there is no version to ask for")
        return 1
    found = wait_for(version, backend, frontend)
    if found:
        print(f"smoke: FAILED: {found}")
        return 1
    print(f"smoke: OK: version {version} is ready, and answers directly and through the frontend")
    return 0


def _seen(answer: Answer) -> str:
    if not answer.status:
        return answer.error
    return f"HTTP {answer.status} {answer.error}".strip()


def _short(text: str) -> str:
    """An error's body on one line: JSON as it is, anything else (an HTML page) only in its first words."""
    return " ".join(text.split())[:200]


if __name__ == "__main__":
    sys.exit(main())
