"""environment.yml says what pyproject.toml says, in lines that conda and pip take."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from pip._internal.exceptions import RequirementsFileParseError
from pip._internal.network.session import PipSession
from pip._internal.req.req_file import parse_requirements

from workshop import paths


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


def parsed(lines: list[str], folder: Path) -> list[str]:
    """What pip makes of lines that conda writes into a requirements file for it. Raises pip's own error."""
    file = folder / "requirements.txt"
    file.write_text("\n".join(lines), encoding="utf-8")
    return [one.requirement for one in parse_requirements(str(file), session=PipSession())]


def test_pip_takes_every_line_and_the_workshop_itself_is_one(environment: dict[str, Any], tmp_path: Path) -> None:
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert len(parsed(pip, tmp_path)) == len(pip)
    assert parsed(pip, tmp_path)[-1] == "."


def test_pip_refuses_an_option_of_its_command_line(tmp_path: Path) -> None:
    """`--no-deps` was in that file once, and no environment could be made of it."""
    with pytest.raises(RequirementsFileParseError, match="no such option: --no-deps"):
        parsed(["--no-deps --editable ."], tmp_path)


def test_every_conda_package_is_there_on_every_platform(environment: dict[str, Any]) -> None:
    """These four are; what conda-forge builds for one or two platforms only would leave the others without any."""
    names = {entry.split("=")[0] for entry in environment["dependencies"] if isinstance(entry, str)}
    assert names == {"python", "pip", "git", "curl"}


def test_the_python_is_one_that_the_project_takes(environment: dict[str, Any], project: dict[str, Any]) -> None:
    lowest = tuple(int(part) for part in project["requires-python"].removeprefix(">=").split("."))
    assert tuple(int(part) for part in conda_pins(environment)["python"].split(".")) >= lowest


def test_the_environment_carries_the_projects_name(environment: dict[str, Any], project: dict[str, Any]) -> None:
    assert environment["name"] == project["name"]
