"""A chart comes from its makers' registry, or out of their Go module; once, and then it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.supply.conftest import script
from workshop import paths, voice
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.supply import manifests

PIN = {
    "version": "1.2",
    "module": "tool",
    "package": "example.org/chart",
    "path": "charts/app",
    "chart": "oci://registry.example/charts/app",
}
HELM = """
echo "helm $*" >> {log}
folder=$7; mkdir -p "$folder/app"; echo "name: published" > "$folder/app/Chart.yaml"
"""


@pytest.fixture
def made(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a helm that pulls and a Go that has the module; what they were asked is in `log`."""
    monkeypatch.setattr(config, "versions", lambda: {"manifests": {"app-chart": PIN}})
    monkeypatch.setattr(paths, "MANIFESTS", machine / "manifests")
    module = machine / "module" / "charts" / "app"
    module.mkdir(parents=True)
    (module / "Chart.yaml").write_text("name: module\n", encoding="utf-8")
    (module / "Chart.yaml").chmod(0o444)
    module.chmod(0o555)
    script(machine / "path" / "helm", HELM.format(log=machine / "log"))
    answer = f'[ "$1" = version ] && echo go version go1.26.8 || echo {machine / "module"}'
    script(machine / "path" / "go", f'echo "go $1" >> {machine / "log"}; {answer}')
    return machine


def refuses(made: Path, words: str) -> None:
    script(made / "path" / "helm", f"echo '{words}' >&2; exit 1")


def chart(made: Path) -> str:
    with voice.unheard():
        path = manifests.path("app-chart")
    assert path == made / "manifests/app-chart-1.2/app"
    assert all(one.stat().st_mode & 0o200 for one in (path, path / "Chart.yaml")), "it can be removed again"
    return (path / "Chart.yaml").read_text(encoding="utf-8")


def asked(made: Path) -> list[str]:
    return [line.split()[0] for line in (made / "log").read_text(encoding="utf-8").splitlines()]


def test_it_comes_from_its_makers_registry_and_only_once(made: Path) -> None:
    assert not manifests.in_place("app-chart")
    assert chart(made) == chart(made) == "name: published\n"
    assert manifests.in_place("app-chart")
    assert asked(made) == ["helm"]


def test_go_is_not_needed_for_that(made: Path) -> None:
    (made / "path" / "go").unlink()
    assert chart(made) == "name: published\n"


def test_where_the_registry_cannot_be_reached_it_comes_out_of_the_module(made: Path) -> None:
    refuses(made, "Error: lookup registry.example: no such host")
    assert chart(made) == "name: module\n"


def test_where_everything_is_built_nobody_is_asked(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSHOP_SUPPLY", "build")
    config.settings.cache_clear()
    assert chart(made) == "name: module\n"
    assert "helm" not in asked(made)


@pytest.mark.parametrize(
    ("supply", "words"), [("auto", "429 Too Many Requests"), ("pull", "lookup registry.example: no such host")]
)
def test_a_registry_that_refuses_is_told_and_nothing_stays(
    made: Path, supply: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKSHOP_SUPPLY", supply)
    config.settings.cache_clear()
    refuses(made, words)
    with pytest.raises(WorkshopError, match=r"registry\.example") as caught:
        manifests.path("app-chart")
    assert words in caught.value.details
    assert not manifests.in_place("app-chart")
