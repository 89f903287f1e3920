"""From this installation, through one file, to an empty clone without network or images: nothing is built there.

The tools and a few images in `make test`; everything, and the whole talk from it, in `make test-soak`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop import paths, process
from workshop import settings as config
from workshop.bundle import create
from workshop.bundle.inventory import Item
from workshop.machine import offline
from workshop.rehearsal import flows
from workshop.supply.catalogue import catalogue

LEFT_OUT = shutil.ignore_patterns(".workshop", ".venv", "node_modules", "__pycache__", ".*_cache")
LIMIT_SECONDS = 600
TALK_LIMIT_SECONDS = 60 * 60
IMAGES = ("registry", "node", "frontend-tools")
"""A small one, a base and what is built on it. With all of them, 5 GB, this test would take ten minutes and not two."""
CHECK = """
set -eu
bundle=$1
shift
scripts/import-bundle "$bundle"
scripts/bootstrap
.venv/bin/workshop supply "$@"
.venv/bin/workshop supply "$@"
DOCKER_BUILDKIT=0 docker build --network none --target tools frontend
"""
"""The second supply finds everything in place; the build is what the pipeline of notebook 04 begins with."""
TALK = """
set -eu
scripts/import-bundle "$1"
make rehearse
"""
pytestmark = [
    pytest.mark.phase(Phase.BESIDE),
    pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="an engine of its own needs root"),
]


@pytest.fixture(name="elsewhere")
def fixture_elsewhere() -> Iterator[Path]:
    """A folder on the workshop's disk, for what is too large for a temporary one."""
    folder = paths.PARTIAL / "elsewhere"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.timeout(2 * LIMIT_SECONDS)
def test_an_empty_clone_becomes_whole_without_a_network(rehearsal: Rehearsal, elsewhere: Path) -> None:
    items = [item for item in create.everything() if item.kind not in ("binary", "image") or item.name in IMAGES]
    # A tool and an image of one name would both be supplied, and that image is not in this small bundle.
    tools = [name for name in catalogue().tools if name not in catalogue().images]

    printed = []
    for line in in_an_empty_clone(elsewhere, items, CHECK, *tools, *IMAGES, limit=LIMIT_SECONDS):
        print(line, end="")
        printed.append(line)

    output = "".join(printed)
    summaries = [line for line in printed if "ferramentas e imagens prontas" in line]
    assert len(summaries) == 2
    assert all("(0 construídas)" in line for line in summaries)
    for word in ("compilando", "construindo", "baixando"):
        assert word not in output
    # Every step was there; the classic builder says so for each.
    assert "---> Running in" not in output
    assert "---> Using cache" in output


@pytest.mark.soak
@pytest.mark.timeout(2 * TALK_LIMIT_SECONDS)
def test_the_whole_talk_without_a_network(
    rehearsal: Rehearsal, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        for line in in_an_empty_clone(elsewhere, create.everything(), TALK, limit=TALK_LIMIT_SECONDS):
            print(line, end="", flush=True)
    latest = elsewhere / "clone" / flows.LATEST.relative_to(paths.ROOT)
    assert json.loads((latest / "report.json").read_text(encoding="utf-8"))["ok"]


def in_an_empty_clone(
    elsewhere: Path, items: Sequence[Item], script: str, *arguments: str, limit: float
) -> Iterator[str]:
    """What a shell script prints, given the bundle of those items and the arguments, in a clone without anything else.

    **limit**: seconds. Raises `WorkshopError` where the script fails.
    """
    bundle = elsewhere / "oficina.bundle"
    create.pack(items, bundle, config.versions(), create.commit())
    clone = elsewhere / "clone"
    shutil.copytree(paths.ROOT, clone, ignore=LEFT_OUT, symlinks=True)
    command = offline.isolated(["sh", "-c", script, "sh", bundle, *arguments], data_root=elsewhere / "docker")
    return process.lines(command, cwd=clone, env=_variables(clone), limit=limit)


def _variables(clone: Path) -> dict[str, str]:
    """What a login has: nothing of this installation, and no Go, which could only help to build."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    # uv keeps what it unpacked; an empty cache proves that the wheels were enough.
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {**kept, "PATH": path, "UV_CACHE_DIR": str(clone.parent / "uv-cache")}
