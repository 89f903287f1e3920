"""On a machine with Docker, a network and nothing else: no Go, no root. The network is a small internet in a box.

What is fetched, and what goes wrong on the way, in `make test`; the whole talk on it in `make test-soak`.
"""

from __future__ import annotations

import grp
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.live.box.internet import ADDRESS
from tests.live.box.shelves import AUTHORITY, FAULTS, HOSTS, LOG, Shelves
from tests.live.conftest import Rehearsal
from tests.live.phases import Phase
from workshop import paths, process
from workshop.bundle import create
from workshop.bundle.inventory import Part
from workshop.machine import offline, system
from workshop.rehearsal import flows
from workshop.supply.catalogue import OWN_REGISTRY, catalogue

LIMIT_SECONDS = 900
TALK_LIMIT_SECONDS = 60 * 60
LEFT_OUT = shutil.ignore_patterns(".workshop", ".venv", "node_modules", "__pycache__", ".*_cache")
NOBODY: Final = 65534
"""The user who runs the workshop there: https://wiki.debian.org/SystemGroups, nobody."""
BOX: Final = f"""
set -eu
box=$1 python=$2 docker=$3
shift 3
ip address add {ADDRESS[0]}/32 dev lo
mount --bind "$box/{HOSTS}" /etc/hosts
mount --bind "$box/{AUTHORITY}" /etc/ssl/certs/ca-certificates.crt
"$python" -m tests.live.box.internet "$box" &
env WORKSHOP_ROOT="$box" "$python" -c 'from workshop.machine import engine; engine.ensure()'
cd "$box/clone"
setpriv --reuid {NOBODY} --regid {NOBODY} --groups "$docker" env --ignore-environment "$@"
"""
"""By root: the network, and an engine as a user finds it. Then the rest by somebody who may use that engine."""
BEGIN: Final = """
set -eu
scripts/bootstrap
weather() { printf %s "$1" > "$WEATHER"; }
"""
WEATHERS: Final = {
    "429": ("registry-1.docker.io/v2/library/registry/", "registry"),
    "cut": ("get.helm.sh/", "helm"),
    "other": ("github.com/kubernetes-sigs/kustomize/", "kustomize"),
    "certificate": ("public.ecr.aws", "redis"),
    "slow": ("registry-1.docker.io/v2/library/node/", "node"),
}
"""What goes wrong, where, and who notices."""
FAILS: Final = """
fails() {
    weather "{\\"$2\\": \\"$1\\"}"
    echo "== $1"
    .venv/bin/workshop supply "$3" && echo "exit 0" || echo "exit $?"
    weather "{}"
    .venv/bin/workshop supply "$3"
}
"""
EVERYTHING: Final = """
echo "== everything"
.venv/bin/workshop supply
.venv/bin/python -c 'from workshop.supply import manifests; print(*map(manifests.path, ("argocd", "kargo-chart")))'
"""
CHECK: Final = "\n".join(
    (BEGIN, FAILS, *(f"fails {fault} {where} {what}" for fault, (where, what) in WEATHERS.items()), EVERYTHING)
)
TALK: Final = BEGIN + "make rehearse\n"
SENTENCES: Final = {
    "429": ("docker.io não entrega mais nada a este endereço por agora (429)", "docker login"),
    "cut": ("get.helm.sh interrompeu a entrega", "WORKSHOP_SUPPLY=build"),
    "other": ("não é o arquivo que a oficina conhece", "avise quem mantém"),
    "certificate": ("o certificado de public.ecr.aws não é de uma autoridade", "autoridade da sua rede"),
}
pytestmark = [
    pytest.mark.phase(Phase.BESIDE),
    pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="an engine of its own needs root"),
]


@pytest.fixture(name="box")
def fixture_box() -> Iterator[Path]:
    """The shelves filled, and an empty clone that has their pins, its Python's wheels and the images that are ours."""
    box = paths.PARTIAL / "box"
    shutil.rmtree(box, ignore_errors=True)
    pins = catalogue()
    shelves = Shelves(box, pins)
    shelves.fill()
    clone = box / "clone"
    shutil.copytree(paths.ROOT, clone, ignore=LEFT_OUT, symlinks=True)
    (clone / paths.VERSIONS.relative_to(paths.ROOT)).write_text(shelves.versions(), encoding="utf-8")
    ours = {key for key, image in pins.images.items() if image.host == OWN_REGISTRY}
    for item in create.everything():
        if item.kind == "python" or item.name in ours:
            for part in item.parts:
                _bring(part, clone / paths.STATE.relative_to(paths.ROOT) / part.path)
    (box / HOSTS).write_text(f"127.0.0.1 localhost\n{ADDRESS[0]} {' '.join(sorted(shelves.hosts))}\n", encoding="utf-8")
    (box / "home").mkdir()
    (box / FAULTS).write_text("{}", encoding="utf-8")
    for path in (box / FAULTS, box / "home", clone, *clone.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    yield box
    shutil.rmtree(box)


def _bring(part: Part, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with part.open() as source:
        shutil.copy2(source, target)


def said_in(box: Path, script: str, limit: float) -> Iterator[str]:
    """What the user there reads, line by line. **limit**: seconds. Raises `WorkshopError` where the script fails."""
    variables = {
        "HOME": box / "home",
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "UV_CACHE_DIR": box / "home" / "uv",
        "WORKSHOP_KARGO": "lite",
        "WEATHER": box / FAULTS,
    }
    user = [f"{name}={value}" for name, value in variables.items()]
    docker = str(grp.getgrnam("docker").gr_gid)
    command = offline.isolated(
        ["sh", "-c", BOX, "sh", box, sys.executable, docker, *user, "sh", "-c", script], data_root=box / "docker"
    )
    return process.lines(command, cwd=paths.ROOT, limit=limit)


@pytest.mark.timeout(2 * LIMIT_SECONDS)
def test_everything_is_fetched_and_what_goes_wrong_is_told(rehearsal: Rehearsal, box: Path) -> None:
    part, told = "", {"": ""}
    for line in said_in(box, CHECK, LIMIT_SECONDS):
        print(line, end="", flush=True)
        if line.startswith("== "):
            part = line.removeprefix("== ").strip()
        told[part] = told.get(part, "") + line

    assert all(fault in told for fault in WEATHERS)
    for fault, sentences in SENTENCES.items():
        assert "exit 1" in told[fault], fault
        assert all(sentence in told[fault] for sentence in sentences), told[fault]
        assert "Traceback" not in told[fault]
    # The engine waits for some of those that are slow, and gives up on others: both are told.
    assert "exit 0" in told["slow"] or "responde devagar demais" in told["slow"]
    whole = "".join(told.values())
    assert "(0 construídas)" in told["everything"]
    for name, program in catalogue().tools.items():
        way = "baixando" if program.digest(system.here()) else "tirando da imagem"
        assert f"▸ ferramenta {name}: {way}" in whole, name
    assert "compilando" not in whole
    assert "construindo" not in whole
    assert int_sum(box / LOG) > 1e9, "everything came from there"


@pytest.mark.soak
@pytest.mark.timeout(2 * TALK_LIMIT_SECONDS)
def test_the_whole_talk_without_go_and_without_root(
    rehearsal: Rehearsal, box: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    with capsys.disabled():
        for line in said_in(box, TALK, TALK_LIMIT_SECONDS):
            print(line, end="", flush=True)
            said.append(line)
        print(f"{int_sum(box / LOG) / 1e6:.0f} MB handed over")
    latest = box / "clone" / flows.LATEST.relative_to(paths.ROOT)
    assert json.loads((latest / "report.json").read_text(encoding="utf-8"))["ok"]
    assert not [line for line in said if "compilando" in line]


def int_sum(log: Path) -> int:
    """Bytes that the box has handed over."""
    return sum(map(int, log.read_text(encoding="utf-8").split()))
