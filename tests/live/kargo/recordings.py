"""What Kargo 1.11.2 was seen to write, as expectations: phases, states of steps, conditions, and the messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

_FOLDER: Final = Path(__file__).parents[2] / "golden" / "kargo-1.11.2"
_RECORDED: Final = {
    # name in a case: (file, key in it)
    "promotion succeeded": ("promotions.yaml", "succeeded"),
    "promotion rolled-back": ("promotions.yaml", "rolled-back"),
    "stage errored": ("stages.yaml", "errored"),
    "stage verified": ("stages.yaml", "verified"),
    "warehouse": ("warehouse.yaml", None),
}


def expectation(name: str) -> dict[str, Any]:
    """The recording of that name as `matching` reads it; raises KeyError for a name that there is not."""
    file, key = _RECORDED[name]
    text = (_FOLDER / file).read_text(encoding="utf-8")
    for stage in ("dev", "stg"):
        text = text.replace(f'"{stage}-app"', '"<project>-dev"')
    loaded = yaml.safe_load(text)
    status = (loaded[key] if key else loaded)["status"]
    found: dict[str, Any] = {}
    if "phase" in status:
        found |= {"phase": status["phase"], "message": status.get("message", "absent")}
        found["stepExecutionMetadata"] = _keyed(status["stepExecutionMetadata"], "alias", ("status", "message"))
    if "conditions" in status:
        found["conditions"] = _keyed(status["conditions"], "type", ("status", "reason", "message"))
    if "health" in status:
        found["health"] = {key: status["health"].get(key) or "absent" for key in ("status", "issues")}
    return {"status": found}


def _keyed(items: list[dict[str, Any]], key: str, fields: tuple[str, ...]) -> dict[str, Any]:
    return {item[key]: {name: item.get(name) or "absent" for name in fields} for item in items}
