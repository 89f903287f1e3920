"""Go: new enough for the pins, asked always the same way, and in a sentence where it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.supply.conftest import script
from workshop.errors import WorkshopError
from workshop.supply import go

FETCHED = """
case "$1" in
    mod) [ -n "$3" ] ;;
    list) echo {folder} ;;
esac
"""


def test_a_missing_go_is_named_with_the_version_that_is_needed(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(machine / "path"))
    with pytest.raises(WorkshopError, match=r"não está no PATH.*1\.26\.0") as caught:
        go.check(["tool"])
    assert "go.dev" in caught.value.fix


@pytest.mark.parametrize(
    ("answer", "quoted"),
    [
        ("echo go version go1.19.8 linux/amd64", "go1.19.8"),
        ("echo 'go.mod requires go >= 1.26.0' >&2; exit 1", "requires go"),
    ],
)
def test_an_old_go_is_refused_and_quoted(machine: Path, answer: str, quoted: str) -> None:
    script(machine / "path" / "go", answer)
    with pytest.raises(WorkshopError, match="velho demais") as caught:
        go.check(["tool"])
    assert quoted in caught.value.details


def test_a_newer_go_will_do(machine: Path) -> None:
    script(machine / "path" / "go", "echo go version go1.26.8 linux/amd64")
    go.check(["tool"])


def test_whoever_asks_go_asks_without_a_compiler_and_without_a_workspace(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOWORK", "/somewhere/go.work")
    monkeypatch.setenv("CGO_ENABLED", "1")
    monkeypatch.setenv("GOGC", "50")
    script(machine / "path" / "go", 'echo "/$CGO_ENABLED/$GOWORK/$GOFLAGS/$GOGC${PWD#*/tools}"')
    assert go.module_folder("tool", "example.org/chart") == Path("/0/off/-mod=readonly/50/tool")


def test_a_module_that_cannot_be_had_is_named_with_gos_last_words(machine: Path) -> None:
    script(machine / "path" / "go", "echo 'dial tcp: lookup proxy.golang.org: no such host' >&2; exit 1")
    with pytest.raises(WorkshopError, match=r"example\.org/chart") as caught:
        go.module_folder("tool", "example.org/chart")
    assert "no such host" in caught.value.details
