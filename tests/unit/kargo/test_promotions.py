"""A Promotion that is followed: what is told of it, and how it has to end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.board_story import BAD, UPDATE, freight, promotion, running
from workshop import voice
from workshop.errors import WorkshopError
from workshop.kargo import objects, promotions
from workshop.kargo.objects import Object, Snapshot

Follow = Callable[..., list[str]]


@pytest.fixture(name="follow")
def fixture_follow(monkeypatch: pytest.MonkeyPatch) -> Follow:
    """Follow a Promotion that is seen like this, one look after the other; returns what was told."""

    def follow(tag: str, *seen: Object, succeeds: bool = True) -> list[str]:
        looks = list(seen)
        told: list[str] = []

        def look(*kinds: str) -> Snapshot:
            if kinds == ("Freight",):
                return Snapshot.of({"Freight": [freight(tag, 5, "dev")]})
            return Snapshot.of({"Promotion": [looks.pop(0) if len(looks) > 1 else looks[0]]})

        monkeypatch.setattr(objects, "look", look)
        monkeypatch.setattr("workshop.wait.time.sleep", lambda seconds: None)
        with voice.heard_by(told.append):
            promotions.wait_for_promotion("dev", tag, succeeds=succeeds)
        return told

    return follow


def test_each_step_is_told_once(follow: Follow) -> None:
    done = promotion("succeeded", "dev", UPDATE, 3)
    told = follow(UPDATE, running("succeeded", "dev", UPDATE, "sync"), done)
    steps = ["clone", "clear", "set-image", "render", "commit", "push", "sync", "wait", "remember"]
    assert told == [*(f"  ✓ {step}" for step in steps), f"{done['metadata']['name']}: Succeeded"]


def test_a_rollback_that_was_expected_is_told_with_kargos_words(follow: Follow) -> None:
    told = follow(BAD, promotion("rolled-back", "dev", BAD, 3), succeeds=False)
    assert "  ✗ sync" in told
    assert "  ✓ rollback-wait" in told
    assert "synchronization tasks completed unsuccessfully" in told[-1]


@pytest.mark.parametrize(
    ("kind", "succeeds", "message"),
    [
        ("rolled-back", True, f"A promoção de {BAD} para dev terminou como Errored."),
        ("succeeded", False, f"A promoção de {BAD} para dev terminou como Succeeded."),
    ],
)
def test_another_end_than_the_expected_is_an_error(follow: Follow, kind: str, succeeds: bool, message: str) -> None:
    ended = promotion(kind, "dev", BAD, 3)
    with pytest.raises(WorkshopError) as caught:
        follow(BAD, ended, succeeds=succeeds)
    assert caught.value.message == message
    assert caught.value.fix.endswith(f"describe promotion {ended['metadata']['name']}")
