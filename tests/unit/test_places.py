"""Where people are: the editor's container, the forge's robots, Windows' line ends."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from workshop import paths
from workshop import settings as config
from workshop.supply.catalogue import catalogue

RENOVATE = json.loads((paths.ROOT / "renovate.json").read_text(encoding="utf-8"))
VERSIONS = paths.VERSIONS.read_text(encoding="utf-8")


def container() -> dict[str, Any]:
    text = (paths.ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


def test_the_editors_container_forwards_the_workshops_ports() -> None:
    choices = config.settings()
    assert container()["forwardPorts"] == [choices.gateway_port, choices.gitea_port, choices.lab_port]
    assert set(container()["portsAttributes"]) == {str(port) for port in container()["forwardPorts"]}


def matches(manager: int) -> list[dict[str, str]]:
    """What Renovate finds in versions.toml by one of our own managers."""
    (pattern,) = RENOVATE["customManagers"][manager]["matchStrings"]
    return [found.groupdict() for found in re.finditer(pattern.replace("(?<", "(?P<"), VERSIONS)]


def test_renovate_knows_every_image_that_somebody_publishes() -> None:
    found = {f"{one['depName']}:{one['currentValue']}" for one in matches(0)}
    assert found == {image.name for image in catalogue().images.values() if image.pullable}
    (node,) = (one for one in matches(0) if one["depName"] == "docker.io/kindest/node")
    assert node["currentDigest"] == catalogue().images["kind-node"].digest


def test_renovate_knows_every_program_that_is_built_from_its_makers_module() -> None:
    published = [one for one in catalogue().programs.values() if not one.package.startswith("image-promotion-gitops/")]
    found = {(one["depName"], one["currentValue"]) for one in matches(1)}
    for program in published:
        assert any(program.package.startswith(module) and version == program.version for module, version in found), (
            program.name
        )
        required = (paths.ROOT / "tools" / program.module / "go.mod").read_text(encoding="utf-8")
        assert any(f"{module} v{version}" in required for module, version in found), program.name


@pytest.mark.parametrize("file", ["scripts/bootstrap", "images/postgres/entrypoint.sh", "app/Dockerfile", "Makefile"])
def test_a_checkout_on_windows_keeps_the_line_ends_of_what_runs_elsewhere(file: str) -> None:
    answer = subprocess.run(
        ["git", "check-attr", "eol", "--", file], cwd=paths.ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert answer.stdout.strip() == f"{file}: eol: lf"
