"""The application alone: docker-compose.yaml and the command that brings it up agree, and mistakes are sentences."""

from __future__ import annotations

import re
import socket

import pytest
import yaml

from workshop import compose
from workshop import settings as config
from workshop.errors import WorkshopError

SERVICES = yaml.safe_load(compose.FILE.read_text(encoding="utf-8"))["services"]


def test_the_ports_are_those_of_the_file_and_of_this_machine_alone() -> None:
    published = {}
    for service in SERVICES.values():
        for entry in service["ports"]:
            found = re.fullmatch(r"127\.0\.0\.1:\$\{(\w+):-(\d+)}:\d+", entry)
            assert found, entry
            published[found[1]] = int(found[2])

    assert published == compose.PORTS


def test_each_service_waits_for_the_one_before_it() -> None:
    assert SERVICES["backend"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert SERVICES["frontend"]["depends_on"] == {"backend": {"condition": "service_healthy"}}


@pytest.mark.parametrize("service", ["backend", "frontend"])
def test_our_own_containers_can_write_nowhere_and_have_no_rights(service: str) -> None:
    assert SERVICES[service]["read_only"] is True
    assert SERVICES[service]["tmpfs"] == ["/tmp"]
    assert SERVICES[service]["cap_drop"] == ["ALL"]
    assert SERVICES[service]["build"]["target"] == "runtime"


def test_images_are_those_of_the_supply() -> None:
    pinned = {key: entry["name"] for key, entry in config.versions()["images"].items()}

    assert SERVICES["postgres"]["image"] == pinned["postgres"]
    assert set(compose.IMAGES) <= pinned.keys()


@pytest.mark.parametrize("wrong", ["", "http", "0", "65536", "-1", "80 "])
def test_a_port_that_is_none_is_named(wrong: str) -> None:
    with pytest.raises(WorkshopError, match=r"FRONTEND_PORT = .* não é uma porta") as failure:
        compose.port("FRONTEND_PORT", {"FRONTEND_PORT": wrong})
    assert failure.value.fix.startswith("unset FRONTEND_PORT")


def test_a_taken_port_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose.machine, "ensure", lambda: None)
    monkeypatch.setattr(compose.supply, "ensure", lambda only: [])
    monkeypatch.setattr(compose, "_is_running", lambda project: False)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        with pytest.raises(WorkshopError, match=rf"A porta {taken} .*FRONTEND_PORT") as failure:
            compose.up(variables={"FRONTEND_PORT": taken})
    assert "make app" in failure.value.fix
