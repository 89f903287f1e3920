"""The whole supply: what it brings besides tools and images, while there is a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from workshop import paths, supply, voice
from workshop.errors import WorkshopError
from workshop.machine import compose
from workshop.supply import run
from workshop.supply.plan import Facts


@pytest.fixture(autouse=True)
def nothing_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tool is there, and no image is pinned."""
    pins = run.catalogue()
    monkeypatch.setattr(run, "catalogue", lambda: type(pins)(tools=pins.tools, binaries={}))
    monkeypatch.setattr(run, "look", lambda pins: Facts(tools=dict.fromkeys(pins.tools, "bin")))
    monkeypatch.setattr(paths, "SUPPLY_LOCK", tmp_path / "lock")
    monkeypatch.setattr(paths, "SUPPLIED", tmp_path / "supplied")


def test_what_is_there_is_told_with_its_place() -> None:
    with voice.unheard():
        assert [(item.key, item.source) for item in supply.ensure(only=["helm"])] == [("helm", "pronta")]


def test_compose_comes_with_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(compose, "command", lambda: asked.append("compose"))
    with voice.unheard():
        supply.ensure(only=["helm"])
        assert asked == []
        assert not paths.SUPPLIED.exists()
        supply.ensure()
    assert asked == ["compose"]


def test_where_compose_cannot_be_had_the_rest_is_supplied_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise WorkshopError("O docker-compose não pôde ser instalado.", fix="apt-get install docker-compose")

    monkeypatch.setattr(compose, "command", refuse)
    told: list[str] = []
    with voice.heard_by(told.append):
        supply.ensure()
    assert paths.SUPPLIED.exists()
    assert any("make app" in line and "apt-get install docker-compose" in line for line in told)


def test_a_name_that_nothing_has_is_told_with_those_that_there_are() -> None:
    with pytest.raises(WorkshopError, match="se chama hlem") as caught:
        supply.ensure(only=["hlem"])
    assert "helm" in caught.value.fix
