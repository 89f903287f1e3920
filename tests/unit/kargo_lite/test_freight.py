"""Freight: its name, and to which Stages it is available."""

from __future__ import annotations

import re

import pytest

from workshop.kargo_lite import clock, freight

ORIGIN = {"kind": "Warehouse", "name": "app"}


def stage(**sources: object) -> dict:
    return {
        "kind": "Stage",
        "metadata": {"name": "stg", "namespace": "p"},
        "spec": {"requestedFreight": [{"origin": ORIGIN, "sources": sources}]},
    }


def item(**status: object) -> dict:
    return {"metadata": {"name": "f", "namespace": "p"}, "origin": ORIGIN, "status": status}


def test_names_are_those_of_kargo(recorded_freight: list[dict]) -> None:
    assert len(recorded_freight) > 20
    for recorded in recorded_freight:
        assert freight.freight_name(recorded["origin"], recorded["images"]) == recorded["metadata"]["name"]


def test_collection_ids_are_those_of_kargo(promotions: dict[str, dict]) -> None:
    for promotion in promotions.values():
        recorded = promotion["status"]["freightCollection"]
        assert freight.collection(list(recorded["items"].values())) == recorded


def test_new_freight_looks_like_kargos(recorded_freight: list[dict]) -> None:
    recorded = recorded_freight[0]
    built = freight.build("image-promotion", recorded["origin"], recorded["images"], set())
    assert built.keys() == recorded.keys() - {"status"}
    assert built["metadata"]["name"] == recorded["metadata"]["name"]
    assert built["metadata"]["labels"] == {"kargo.akuity.io/alias": built["alias"]}
    assert re.fullmatch(r"[a-z]+-[a-z]+", built["alias"])


def test_alias_is_never_taken_twice() -> None:
    taken: set[str] = set()
    for _ in range(200):
        alias = freight.new_alias(taken)
        assert alias not in taken
        taken.add(alias)


@pytest.mark.parametrize(
    ("sources", "status", "available"),
    [
        ({"direct": True}, {}, True),
        ({"stages": ["dev"]}, {}, False),
        ({"stages": ["dev"]}, {"currentlyIn": {"dev": {}}}, False),
        ({"stages": ["dev"]}, {"verifiedIn": {"dev": {}}}, True),
        ({"stages": ["dev"]}, {"approvedFor": {"stg": {}}}, True),
        ({"stages": ["dev"]}, {"approvedFor": {"prod": {}}}, False),
        ({"stages": ["a", "b"]}, {"verifiedIn": {"b": {}}}, True),
        ({"stages": ["a", "b"], "availabilityStrategy": "All"}, {"verifiedIn": {"b": {}}}, False),
        ({"stages": ["a", "b"], "availabilityStrategy": "All"}, {"verifiedIn": {"a": {}, "b": {}}}, True),
        ({"stages": ["dev"], "requiredSoakTime": "1h"}, {"verifiedIn": {"dev": {}}}, False),
        ({"stages": ["dev"], "requiredSoakTime": "1h"}, {"verifiedIn": {"dev": {"longestSoak": "61m"}}}, True),
    ],
)
def test_availability(sources: dict, status: dict, available: bool) -> None:
    assert freight.is_available(stage(**sources), item(**status)) is available


def test_freight_of_elsewhere_is_not_available() -> None:
    assert not freight.is_available(stage(direct=True), None)
    other = {**item(), "origin": {"kind": "Warehouse", "name": "other"}}
    assert not freight.is_available(stage(direct=True), other)


def test_soak_is_kept_when_freight_leaves() -> None:
    verified = item(currentlyIn={"dev": {"since": "2026-01-01T00:00:00Z"}}, verifiedIn={"dev": {"verifiedAt": "x"}})
    status = freight.left(verified, "dev")
    assert status["currentlyIn"] == {}
    assert clock.parse_duration(status["verifiedIn"]["dev"]["longestSoak"]) > 3600


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(40, "40s"), (180, "3m0s"), (3600, "1h0m0s"), (10.5, "10.5s"), (0.5, "500ms"), (0, "0s"), (3661, "1h1m1s")],
)
def test_durations_are_written_as_go_does(seconds: float, text: str) -> None:
    assert clock.format_duration(seconds) == text
    assert clock.parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["5", "m", "1x", "1 m"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="invalid duration"):
        clock.parse_duration(text)
