"""Who asks for a promotion, with what: Kargo's own command line where it can, kubectl everywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.platform import kargo
from workshop.story import approvals
from workshop.supply import tools

FREIGHT = "f" * 40
TELL = 'echo "$0 $*" | sed "s#.*/##"; echo "$KARGO_API_ADDRESS $KARGO_API_TOKEN"\n'


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}")
    (folder / name).chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tools' folder, with a kubectl that hands out tokens; and a cluster that has real Kargo."""
    monkeypatch.setattr(kargo, "kind", lambda: "real")
    monkeypatch.setattr(paths, "BIN", tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    program(
        tmp_path,
        "kubectl",
        'case "$*" in\n  "create token qa "*) echo a-token;;\n  *) echo "created by $*"; cat;;\nesac\n',
    )
    return tmp_path


def kargo_cli(folder: Path, version: str) -> None:
    program(folder, "kargo", f'[ "$1" = version ] && echo "Client Version: v{version}" && exit\n{TELL}')


def test_kubectl_creates_the_object_as_the_personas_account(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    approvals.approve("qa", "stg", FREIGHT)
    shown = capsys.readouterr().out
    assert "$ kubectl create --filename - --as system:serviceaccount:image-promotion:qa\n" in shown
    assert shown.count(f"freight: {FREIGHT}") == 2, "once for people, once to kubectl"


def test_kargos_own_cli_asks_with_a_token_of_the_same_account(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kargo_cli(folder, config.versions()["optional"]["kargo"]["version"])
    approvals.approve("qa", "stg", FREIGHT)
    command = f"kargo promote --project image-promotion --stage stg --freight {FREIGHT}"
    told, *shown = reversed(capsys.readouterr().out.splitlines())
    assert told == f"{config.kargo_api()} a-token"
    assert shown == [
        command,
        f"$ {command}",
        "$ kubectl create token qa --namespace image-promotion   # para KARGO_API_TOKEN",
    ]


def test_a_cli_of_another_version_is_left_alone(folder: Path) -> None:
    kargo_cli(folder, "1.10.0")
    assert tools.optional_path("kargo") is None
    assert not approvals.uses_kargos_cli()


def test_kargo_lite_has_no_api_server_to_ask(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kargo_cli(folder, config.versions()["optional"]["kargo"]["version"])
    monkeypatch.setattr(kargo, "kind", lambda: "lite")
    assert not approvals.uses_kargos_cli()


def test_an_approval_that_should_be_refused_and_is_not_is_an_error(folder: Path) -> None:
    with pytest.raises(WorkshopError, match="tinha de ser recusado"):
        approvals.try_in_vain("qa", "prod", FREIGHT)
