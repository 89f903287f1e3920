"""Known vulnerabilities among the pins: the check finds what is known, and refuses what it cannot look up."""

import json
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

from vulnerabilities import check, snapshot

ROOT = Path(__file__).parent.parent


def check_lines(tmp_path: Path, *lines: str) -> int:
    """The check of a requirements file with these lines."""
    file = tmp_path / "requirements.txt"
    file.write_text("\n".join(lines), encoding="utf-8")
    return check.main(str(file))


def test_a_vulnerable_version_is_named_with_its_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_lines(tmp_path, "# pinned", "PyJWT==2.3.0 ; python_version > '3'", "  # via x") == 1

    told = capsys.readouterr().out
    assert "pyjwt 2.3.0: PYSEC-2022-202 (CVE-2022-29217" in told
    assert "fixed in 2.4.0" in told


def test_a_version_that_is_fixed_is_not_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_lines(tmp_path, "pyjwt==2.4.0") == 0
    assert "0 known vulnerabilities" in capsys.readouterr().out


@pytest.mark.parametrize("line", ["pyjwt", "pyjwt>=2", "pyjwt==", "-r other.txt"])
def test_what_cannot_be_looked_up_is_no_success(
    tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_lines(tmp_path, "idna==3.20", line) == 2
    assert "requirements.txt:2" in capsys.readouterr().err


def test_a_missing_file_is_no_success(tmp_path: Path) -> None:
    assert check.main(str(tmp_path / "nothing.txt")) == 2


def test_this_applications_pins_can_all_be_looked_up() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert len(list(check.pins(ROOT / name))) > 20


@pytest.mark.parametrize(
    ("version", "affected"),
    [("0.9", False), ("1.0", True), ("1.4.9", True), ("1.5", False), ("2.0", True), ("9.9", True)],
)
def test_ranges_have_a_start_and_perhaps_an_end(version: str, affected: bool) -> None:
    advisory = {"ranges": [["1.0", "1.5"], ["2.0", None]], "versions": []}
    assert check.is_affected(Version(version), advisory) is affected


@pytest.fixture(name="database")
def fixture_database(tmp_path: Path) -> Path:
    """A clone of the advisory database, with three advisories."""

    def advisory(name: str, **more: object) -> None:
        file = tmp_path / "vulns" / "example" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump({"id": name, **more}), encoding="utf-8")

    def affected(events: list[dict[str, str]], kind: str = "ECOSYSTEM") -> list[dict[str, object]]:
        ranges = [{"type": kind, "events": events}]
        return [{"package": {"name": "My.Example"}, "ranges": ranges, "versions": ["1.0"]}]

    advisory("P-1", affected=affected([{"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "3"}]))
    advisory("P-2", affected=affected([{"introduced": "0"}, {"last_affected": "1.0"}]), aliases=["CVE-1"])
    advisory("P-3", affected=affected([{"introduced": "0"}]), withdrawn="2024-01-01")
    advisory("P-4", affected=affected([{"introduced": "0"}, {"fixed": "a1b2c3"}], "GIT"))
    return tmp_path


def test_a_snapshot_keeps_what_still_stands(database: Path) -> None:
    first, second, third = snapshot.read(database)["my-example"]

    assert (first["id"], first["ranges"]) == ("P-1", [("0", "1.2"), ("3", None)])
    # Where a range cannot be told as [introduced, fixed), the list of versions stands for it.
    assert (second["ranges"], second["versions"], second["aliases"]) == ([], ["1.0"], ["CVE-1"])
    assert (third["id"], third["versions"]) == ("P-4", ["1.0"])


def test_a_snapshot_names_its_source_and_date(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "ADVISORIES", tmp_path / "advisories.json")
    monkeypatch.setattr(snapshot, "git", lambda *_: "0123abc 2024-10-10\n")

    assert snapshot.main(str(database)) == 0

    written = json.loads((tmp_path / "advisories.json").read_text(encoding="utf-8"))
    assert (written["date"], written["commit"], written["licence"]) == ("2024-10-10", "0123abc", "CC-BY-4.0")
    assert len(written["advisories"]["my-example"]) == 3
