"""The authorities that this machine trusts: where each system keeps those of its owner."""

from __future__ import annotations

from pathlib import Path

import pytest

from workshop.machine import authorities


def test_those_of_debian_and_of_fedora_are_found_under_the_name_that_debian_wants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    debian, fedora = tmp_path / "debian", tmp_path / "fedora"
    monkeypatch.setattr(authorities, "FOLDER", debian)
    monkeypatch.setattr(authorities, "ANCHORS", fedora)
    assert authorities.extra() == {}
    (debian / "company").mkdir(parents=True)
    (debian / "company" / "proxy.crt").write_bytes(b"one")
    (debian / "ignored-by-debian.pem").write_bytes(b"none")
    fedora.mkdir()
    (fedora / "company.pem").write_bytes(b"two")
    assert authorities.extra() == {"company-proxy.crt": b"one", "company.crt": b"two"}
