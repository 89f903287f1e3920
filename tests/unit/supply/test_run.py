"""The whole supply: what it brings besides tools and images, while there is a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from workshop.errors import WorkshopError
from workshop.machine import compose as compose_program
from workshop.supply import run


@pytest.fixture(autouse=True)
def _nothing_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_supply", lambda pins, report, only: [])
    monkeypatch.setattr(run, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(run, "SUPPLIED", tmp_path / "supplied")


def test_compose_comes_with_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(compose_program, "command", lambda report: asked.append("compose"))
    run.ensure(lambda line: None, only=["helm"])
    assert asked == []
    run.ensure(lambda line: None)
    assert asked == ["compose"]


def test_where_compose_cannot_be_had_the_rest_is_supplied_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(report: object) -> None:
        raise WorkshopError("docker-compose cannot be installed.", fix="apt-get install docker-compose")

    monkeypatch.setattr(compose_program, "command", refuse)
    said: list[str] = []
    run.ensure(said.append)
    assert run.SUPPLIED.exists()
    assert any("make app" in line and "apt-get install docker-compose" in line for line in said)
