"""The backend keeps to its own OpenAPI document, whatever schemathesis thinks of to send it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ADMIN, Site, running_site

from tests.live.phases import Phase
pytestmark = pytest.mark.phase(Phase.BESIDE)

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES = 25
"""Requests for each operation and phase."""


@pytest.fixture(name="own_site")
def fixture_own_site() -> Iterator[Site]:
    """An application of its own: what schemathesis leaves of the users is of no use to other tests."""
    with running_site("app-contract") as site:
        site.register(ADMIN, "admin")
        yield site


@pytest.mark.timeout(900)
def test_no_request_surprises_the_backend(own_site: Site, tmp_path: Path) -> None:
    """Every operation, signed in as the administrator: no server error, and only answers that the document promises."""
    configuration = tmp_path / "schemathesis.toml"
    # In a file, so that the token is in no process list.
    configuration.write_text(f'headers = {{ Authorization = "Bearer {own_site.token(ADMIN)}" }}\n', encoding="utf-8")

    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(configuration),
            "run", f"{own_site.url}/openapi.json", "--url", own_site.url, "--checks", CHECKS,
            "--max-examples", str(EXAMPLES), "--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color",
        ],
        capture_output=True, text=True, cwd=tmp_path, timeout=840, check=False,
    )  # fmt: skip

    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
