"""The administrator of Kargo's page: one account per password, and nothing of it where others could read it."""

from __future__ import annotations

import base64
from pathlib import Path

import bcrypt
import pytest
import yaml

from workshop import paths, secrets
from workshop.errors import WorkshopError
from workshop.platform import kargo_admin


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "SECRETS", tmp_path / "secrets")
    return tmp_path / "secrets"


def test_the_hash_is_of_the_password_and_stays() -> None:
    account = kargo_admin.account()
    assert bcrypt.checkpw(kargo_admin.password().encode(), account.password_hash.encode())
    assert kargo_admin.account() == account


def test_only_the_owner_reads_any_of_it(folder: Path) -> None:
    kargo_admin.account()
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_another_password_makes_another_account_and_ends_its_sessions() -> None:
    before = kargo_admin.account()
    secrets.store("kargo-admin", "another password")
    after = kargo_admin.account()
    assert bcrypt.checkpw(b"another password", after.password_hash.encode())
    assert after.signing_key != before.signing_key
    assert after.digest != before.digest


def test_the_secret_has_the_names_that_the_api_server_reads_and_not_the_password() -> None:
    account = kargo_admin.account()
    data = yaml.safe_load(account.secret().manifest())["data"]
    assert {name: base64.b64decode(value).decode() for name, value in data.items()} == {
        "ADMIN_ACCOUNT_PASSWORD_HASH": account.password_hash,
        "ADMIN_ACCOUNT_TOKEN_SIGNING_KEY": account.signing_key,
    }


def test_a_password_that_bcrypt_would_cut_is_refused() -> None:
    secrets.store("kargo-admin", "x" * 73)
    with pytest.raises(WorkshopError, match="73 bytes") as caught:
        kargo_admin.account()
    assert "rm secrets/kargo-admin" in caught.value.fix
