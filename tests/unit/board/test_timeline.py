"""What became of a version, told from what real Kargo wrote down about a rollback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from workshop.board import timeline
from workshop.board.timeline import Moment
from workshop.kargo.objects import Promotion, Warehouse

GOLDEN = Path(__file__).parents[2] / "golden" / "kargo-1.11.2" / "promotions.yaml"
FOUND = datetime(2026, 11, 25, 1, 37, 43, tzinfo=UTC)


@pytest.fixture(name="recorded")
def fixture_recorded() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
    return found


def test_a_rollback_is_told_to_its_end(recorded: dict[str, dict[str, Any]]) -> None:
    promotion = Promotion.of(recorded["rolled-back"])
    told = timeline.of_promotion(promotion)
    words = [moment.what for moment in told]

    assert words[0] == f"a promoção {promotion.name} começa"
    assert words[1:] == [
        "✗ o portão não abriu: a sincronização falhou",
        "✓ a versão boa está inteira de novo, e é ela que responde",
        "a promoção termina: Errored",
    ]
    times = [moment.at for moment in told]
    assert times == sorted(times)
    assert 20 <= (times[1] - times[0]).total_seconds() <= 30


def test_a_promotion_that_went_well_is_told_too(recorded: dict[str, dict[str, Any]]) -> None:
    words = [moment.what for moment in timeline.of_promotion(Promotion.of(recorded["succeeded"]))]
    assert words[1:] == ["✓ o portão abriu: é a versão nova que responde", "a promoção termina: Succeeded"]


def test_another_step_that_failed_is_named(recorded: dict[str, dict[str, Any]]) -> None:
    promotion = recorded["rolled-back"]
    for step in promotion["status"]["stepExecutionMetadata"]:
        if step["alias"] == "promote::render":
            step["status"] = "Errored"
    assert "✗ o passo render falhou" in [moment.what for moment in timeline.of_promotion(Promotion.of(promotion))]


def test_the_table_counts_from_the_first_moment() -> None:
    told = [Moment(FOUND, "push"), Moment(FOUND + timedelta(seconds=31), "de volta")]
    assert timeline.table(told) == "    0 s  push\n   31 s  de volta"


def seen(built: str | None, asked: float | None) -> Warehouse:
    """A Warehouse that found the tag, built at some time, and was asked to look at another."""
    images = [
        {"references": [{"tag": "5d82f36d", "createdAt": built}, {"tag": "old", "createdAt": "2020-01-01T00:00:00Z"}]}
    ]
    annotations = {} if asked is None else {"kargo.akuity.io/refresh": f"{asked:.3f}"}
    status = {"discoveredArtifacts": {"images": images}} if built else {}
    return Warehouse.of({"metadata": {"name": "app", "annotations": annotations}, "status": status})


@pytest.mark.parametrize(
    ("built", "asked", "expected"),
    [
        ("2026-11-25T01:37:40Z", FOUND.timestamp() - 1.2, FOUND - timedelta(seconds=2)),
        ("2026-11-25T01:37:40Z", FOUND.timestamp() + 0.9, FOUND),
        ("2026-11-25T01:37:40Z", FOUND.timestamp() + 60, FOUND - timedelta(seconds=3)),
        ("2026-11-25T01:37:40Z", FOUND.timestamp() - 600, FOUND - timedelta(seconds=3)),
        ("2026-11-25T01:37:40Z", None, FOUND - timedelta(seconds=3)),
        (None, FOUND.timestamp() - 1.2, FOUND),
    ],
    ids=["asked", "within the second", "asked again since", "asked before", "never asked", "not in its list"],
)
def test_the_push_is_when_the_warehouse_was_called(built: str | None, asked: float | None, expected: datetime) -> None:
    assert timeline.pushed_at(seen(built, asked), "5d82f36d", FOUND) == expected


def test_an_annotation_of_somebody_else_is_no_time() -> None:
    assert Warehouse("app", asked="now").asked_at is None
    assert Warehouse("app").asked_at is None
