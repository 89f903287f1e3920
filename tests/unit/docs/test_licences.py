"""The page of licences names everybody whose work is used here, and nobody else."""

from __future__ import annotations

import contextlib
import itertools
import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata

import pytest

from workshop import paths
from workshop import settings as config

PAGE = (paths.ROOT / "docs" / "licencas.md").read_text(encoding="utf-8")
OURS = {"kargo-lite", "backend-tools", "frontend-tools"}


def normalised(name: str) -> str:
    """As packages are compared: https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def section(heading: str) -> list[list[str]]:
    """The cells of the rows of the table under a heading."""
    text = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def packages() -> dict[str, str]:
    return {normalised(row[0].split(",")[0].strip("`")): row[1] for row in section("Pacotes Python")}


def required() -> set[str]:
    workshop = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    app = tomllib.loads((paths.ROOT / "app" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lite = (paths.ROOT / "images" / "kargo-lite" / "requirements.txt").read_text(encoding="utf-8")
    wanted = [
        *workshop["project"]["dependencies"],
        *itertools.chain.from_iterable(workshop["dependency-groups"].values()),
        *app["dependencies"],
        *app["optional-dependencies"]["dev"],
        *(line for line in lite.splitlines() if line and not line.startswith("#")),
    ]
    return {normalised(re.split(r"[\[=<>~;\s]", requirement)[0]) for requirement in wanted}


def test_every_program_and_image_is_named() -> None:
    pins = config.versions()
    used = {name for kind in ("tools", "optional", "crates", "binaries", "images", "manifests") for name in pins[kind]}
    named = {name for row in section("Programas e imagens") for name in re.findall(r"`([^`]+)`", row[2])}
    assert named == used - OURS


def test_every_python_package_is_named() -> None:
    assert set(packages()) == required()


def stated() -> dict[str, str]:
    """The licence that each package says, as far as it is in this environment and says one in so many words."""
    found = {}
    for name in packages():
        with contextlib.suppress(PackageNotFoundError):
            found[name] = metadata(name).get("License-Expression") or ""
    return {name: expression for name, expression in found.items() if expression}


@pytest.mark.parametrize(("name", "expression"), stated().items())
def test_a_package_that_says_its_licence_has_that_one(name: str, expression: str) -> None:
    assert packages()[name].replace(" ou ", " OR ").replace(" e ", " AND ") == expression


def test_the_repository_is_mit_everywhere() -> None:
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "MIT"
    assert (paths.ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")
