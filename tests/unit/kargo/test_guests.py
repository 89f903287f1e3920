"""Versions that come to be measured: on record before they come, whatever happens next."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from workshop import paths
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.kargo import guests
from workshop.kargo.guests import Guests
from workshop.kargo.objects import Snapshot

HELD = {"dev": "1a2b3c4d", "stg": "1a2b3c4d", "prod": "0a0b0c0d"}


@pytest.fixture(name="record")
def fixture_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the guests are written down."""
    monkeypatch.setattr(paths, "GUESTS", tmp_path / "guests.json")
    return paths.GUESTS


def test_a_tag_is_on_record_before_anything_is_pushed(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(guests.retag, "retag", interrupted)

    with pytest.raises(KeyboardInterrupt):
        Guests(HELD).publish("1a2b3c4d")

    written = json.loads(record.read_text(encoding="utf-8"))
    assert written["held"] == HELD
    assert len(written["tags"]) == 1


def test_both_images_get_the_layers_that_were_asked_for(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed: list[tuple[object, ...]] = []
    monkeypatch.setattr(guests.retag, "retag", lambda _, *arguments: pushed.append(arguments))
    visit = Guests(HELD)

    shown, hidden = visit.publish("1a2b3c4d"), visit.publish("1a2b3c4d", hidden=True)
    bad = visit.publish("1a2b3c4d", bad=True)

    expected = [(image, "1a2b3c4d", tag) for tag in (shown, hidden, bad) for image in config.APP_IMAGES]
    assert [arguments[:3] for arguments in pushed] == expected
    # Nothing of the application but what a bad version is told differs.
    assert [bool(variables) for *_, variables in pushed] == [tag == bad for _, _, tag in expected]
    assert json.loads(record.read_text(encoding="utf-8"))["tags"] == [shown, hidden, bad]


def test_only_what_is_not_hidden_is_a_tag_for_the_warehouse(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests.retag, "retag", lambda *arguments: None)
    warehouse = yaml.safe_load((paths.GITOPS / "kargo" / "warehouse.yaml").read_text(encoding="utf-8"))
    allowed = [regex for item in warehouse["spec"]["subscriptions"] for regex in item["image"]["allowTagsRegexes"]]
    visit = Guests(HELD)
    assert all(re.search(regex, visit.publish("1a2b3c4d")) for regex in allowed)
    assert not any(re.search(regex, visit.publish("1a2b3c4d", hidden=True)) for regex in allowed)


def test_where_nobody_came_nothing_is_touched(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "kubectl", None)
    guests.dismiss()


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ({}, "ainda não tem versão nenhuma"),
        (
            {
                "freightHistory": [{"items": {"Warehouse/app": {"name": "f", "images": [{"tag": "1a2b3c4d"}]}}}],
                "autoPromotionHolds": {"Warehouse/app": {"freightName": "f"}},
            },
            "está retido em 1a2b3c4d",
        ),
    ],
    ids=["empty", "held by hand"],
)
def test_a_stage_that_could_not_be_put_back_takes_no_guests(
    record: Path, monkeypatch: pytest.MonkeyPatch, status: dict[str, object], message: str
) -> None:
    stages = [{"kind": "Stage", "metadata": {"name": name}, "status": status} for name in HELD]
    monkeypatch.setattr(guests.objects, "look", lambda *kinds: Snapshot.of({"Stage": stages}))
    with pytest.raises(WorkshopError, match=message), guests.hosting():
        pytest.fail("nobody may come")
    assert not record.exists()
