"""The board for scripts: `workshop status --json`. Keys are only ever added; docs/board.md lists them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from workshop.board import words
from workshop.board.state import Board, Stage
from workshop.kargo.objects import Promotion


def as_json(board: Board) -> str:
    """The board as one JSON document; times are RFC 3339, in UTC."""
    document = {
        "warehouse": {
            "name": board.warehouse.name,
            "lastDiscovery": _time(board.warehouse.looked),
            "halfAPair": board.warehouse.has_half_a_pair,
        }
        if board.warehouse
        else None,
        "freight": [
            {
                "name": one.name,
                "alias": one.alias,
                "tag": one.tag,
                "createdAt": _time(one.created),
                "verifiedIn": list(one.verified_in),
                "refusedIn": list(board.kargo.refused_in(one.name)),
            }
            for one in board.freight
        ],
        "stages": [_stage(one) for one in board.stages],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "tag": stage.tag,
        "freight": stage.freight,
        "alias": stage.alias,
        "serving": list(stage.serving),
        "arriving": list(stage.arriving),
        "health": stage.health,
        "sync": stage.sync,
        "well": stage.is_well,
        "rolledBack": stage.is_rolled_back,
        "verdict": words.verdict(stage).words,
        "promotedBy": stage.actor,
        "promotedAt": _time(stage.since),
        "promotion": _promotion(stage.running),
        "lastPromotion": _promotion(stage.last),
    }


def _promotion(promotion: Promotion | None) -> dict[str, Any] | None:
    if promotion is None:
        return None
    return {
        "name": promotion.name,
        "freight": promotion.freight,
        "tag": promotion.tag,
        "phase": promotion.phase,
        "promotedBy": promotion.actor,
        "startedAt": _time(promotion.started),
        "finishedAt": _time(promotion.finished),
        "step": promotion.current.name if promotion.current else None,
        "steps": [{"name": step.name, "status": step.status} for step in promotion.steps],
        "turnedBack": promotion.has_turned_back,
        "rolledBack": promotion.is_rolled_back,
        "rollbackCommit": promotion.rollback_commit,
        "message": promotion.message,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
