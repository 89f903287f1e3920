"""What makers publish about their releases, and how it gets into versions.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from workshop import paths
from workshop.errors import WorkshopError
from workshop.supply import downloads, pins
from workshop.supply.catalogue import catalogue
from workshop.supply.pins import PLATFORMS, Pin

OLD, NEW = "0" * 64, "f" * 64
FILE = f"""# Pins.
[tools.kind]
version = "0.32.0"  # of the node image

[tools.kind.release]
url = "https://example.org/kind-{{os}}-{{arch}}"

[tools.kind.release.sha256]
linux-amd64 = "{OLD}"
"""


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "versions.toml"
    path.write_text(FILE, encoding="utf-8")
    monkeypatch.setattr(paths, "VERSIONS", path)
    return path


@pytest.mark.parametrize(
    "text",
    [
        NEW,
        f"{NEW}\n",
        f"{NEW}  kind-linux-amd64\n",
        f"{OLD}  kind-linux-arm64\n{NEW} *kind-linux-amd64\n",
    ],
)
def test_a_digest_is_found_in_each_form_in_which_makers_publish_it(text: str) -> None:
    assert pins.digest_of("kind-linux-amd64", text) == NEW


@pytest.mark.parametrize(
    "text", ["", "<html>Not found</html>", f"{NEW}  kind-linux-arm64", f"{NEW[:40]}  kind-linux-amd64"]
)
def test_where_there_is_none_nothing_is_taken_for_it(text: str) -> None:
    assert pins.digest_of("kind-linux-amd64", text) == ""


def test_a_new_digest_is_written_and_the_comments_stay(versions: Path) -> None:
    pins.write([Pin("kind", "0.32.0", "linux-amd64", OLD, OLD), Pin("kind", "0.32.0", "darwin-arm64", "", NEW)])
    text = versions.read_text(encoding="utf-8")
    assert tomllib.loads(text)["tools"]["kind"]["release"]["sha256"] == {"linux-amd64": OLD, "darwin-arm64": NEW}
    assert text.startswith("# Pins.")
    assert "# of the node image" in text


def test_a_release_that_has_changed_is_refused_and_nothing_is_written(versions: Path) -> None:
    with pytest.raises(WorkshopError, match="publicado de novo") as caught:
        pins.write([Pin("kind", "0.32.0", "linux-amd64", OLD, NEW)])
    assert OLD in caught.value.details
    assert NEW in caught.value.details
    assert versions.read_text(encoding="utf-8") == FILE


def test_every_tool_is_asked_for_at_its_makers_own_list(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def text(url: str) -> str:
        asked.append(url)
        return NEW

    monkeypatch.setattr(downloads, "text", text)
    found = pins.compared()
    assert {(pin.tool, pin.platform) for pin in found} == {(t, p) for t in catalogue().tools for p in PLATFORMS}
    assert all(pin.published == NEW for pin in found)
    assert "https://dl.k8s.io/release/v1.36.1/bin/darwin/arm64/kubectl.sha256" in asked
    assert not any("{" in url for url in asked)


def test_every_digest_that_is_pinned_is_one_of_a_platform() -> None:
    for program in catalogue().tools.values():
        assert program.release is not None
        assert program.release.sha256.keys() <= set(PLATFORMS)
        assert all(len(digest) == 64 and int(digest, 16) for digest in program.release.sha256.values())
