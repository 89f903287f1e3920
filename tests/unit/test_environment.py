"""environment.yml says what pyproject.toml and versions.toml say."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml

from workshop import paths
from workshop import settings as config

CONDA_TOOLS = {
    "kubernetes-client": "kubectl",
    "kustomize": "kustomize",
    "kubernetes-helm": "helm",
    "argocd-cli": "argocd",
}
"""conda-forge's name of a tool → ours."""


@pytest.fixture(scope="module")
def environment() -> dict[str, Any]:
    return yaml.safe_load((paths.ROOT / "environment.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def conda_pins(environment: dict[str, Any]) -> dict[str, str]:
    pairs = [entry.split("=", 1) for entry in environment["dependencies"] if isinstance(entry, str) and "=" in entry]
    return dict(pairs)


def test_the_python_pins_are_the_same(environment: dict[str, Any], project: dict[str, Any]) -> None:
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    pins = [entry for entry in pip if not entry.startswith("-")]
    assert sorted(pins) == sorted(project["dependencies"])
    assert "--no-deps --editable ." in pip


def test_the_python_is_one_that_the_project_takes(environment: dict[str, Any], project: dict[str, Any]) -> None:
    lowest = tuple(int(part) for part in project["requires-python"].removeprefix(">=").split("."))
    assert tuple(int(part) for part in conda_pins(environment)["python"].split(".")) >= lowest


def test_the_tools_are_the_pinned_ones(environment: dict[str, Any]) -> None:
    tools = config.versions()["tools"]
    found = {CONDA_TOOLS[name]: version for name, version in conda_pins(environment).items() if name in CONDA_TOOLS}
    assert "kubectl" in found
    for tool, version in found.items():
        assert version == tools[tool]["version"]


def test_go_is_new_enough_for_every_tool(environment: dict[str, Any]) -> None:
    offered = tuple(int(part) for part in conda_pins(environment)["go"].split("."))
    for path in (paths.ROOT / "tools").glob("*/go.mod"):
        wanted = re.search(r"^go (\d+)\.(\d+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert wanted, path
        assert offered >= tuple(int(part) for part in wanted.groups()), path


def test_the_environment_carries_the_projects_name(environment: dict[str, Any], project: dict[str, Any]) -> None:
    assert environment["name"] == project["name"]
