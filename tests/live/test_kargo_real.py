"""Real Kargo, where that is what runs: its page, its administrator, and what `workshop status` says of both."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.live.phases import Phase
from workshop import paths
from workshop import settings as config
from workshop.cluster import gateway
from workshop.platform import kargo, kargo_admin

pytestmark = pytest.mark.phase(Phase.BESIDE)

ANSWER_SECONDS = 10


@pytest.fixture(autouse=True, scope="module")
def real_kargo() -> None:
    if kargo.kind() != "real":
        pytest.skip("kargo-lite stands in here: it has no page, no API server and no accounts")


def login(password: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {password}"}
    return gateway.ask_host(config.KARGO_HOST, "/v1beta1/login", "POST", headers=headers, timeout=ANSWER_SECONDS)


def test_the_page_answers() -> None:
    assert gateway.ask_host(config.KARGO_HOST, "/", timeout=ANSWER_SECONDS).status_code == httpx.codes.OK


def test_the_administrator_signs_in_and_sees_the_project() -> None:
    token = login(kargo_admin.password()).json()["idToken"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = gateway.ask_host(config.KARGO_HOST, f"/v1beta1/projects/{config.PROJECT}", headers=headers)
    assert answer.status_code == httpx.codes.OK


def test_nobody_else_does() -> None:
    assert login("not the password").status_code == httpx.codes.FORBIDDEN
    answer = gateway.ask_host(config.KARGO_HOST, f"/v1beta1/projects/{config.PROJECT}")
    assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_programs_reach_the_api_under_the_name_that_every_resolver_knows() -> None:
    answer = httpx.get(f"{config.kargo_api()}/v1beta1/system/public-server-config", timeout=ANSWER_SECONDS)
    assert answer.status_code == httpx.codes.OK


def test_status_says_where_the_page_is_and_who_signs_in() -> None:
    shown = subprocess.run(
        [Path(sys.executable).with_name("workshop"), "status"],
        cwd=paths.ROOT, capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    assert f"Kargo: http://{config.kargo_address()}   {kargo_admin.USER} / {kargo_admin.password()}" in shown
