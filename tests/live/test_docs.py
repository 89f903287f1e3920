"""Every command that a document marks as runnable, as a reader would run it."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop import environment, paths
from workshop.docs import files, marks

pytestmark = pytest.mark.phase(Phase.BESIDE)

LIMIT_SECONDS = 60
SCRIPTS = [
    pytest.param(script, id=f"{path.relative_to(paths.ROOT)}-{number}")
    for path in files.documents()
    for number, script in enumerate(marks.scripts(path.read_text(encoding="utf-8")), start=1)
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_runs(rehearsal: Rehearsal, script: str) -> None:
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=paths.ROOT, env=reader(), capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    assert done.stdout.strip(), f"{script}\nprinted nothing"


def reader() -> dict[str, str]:
    """A terminal as the README sets it up: our tools, our cluster."""
    return {**os.environ, **environment.variables()}
