"""Which documents there are."""

from __future__ import annotations

from pathlib import Path

from workshop import settings as config


def documents() -> list[Path]:
    """Every Markdown document for people: those at the top, and all of docs/."""
    return [*sorted(config.ROOT.glob("*.md")), *sorted((config.ROOT / "docs").rglob("*.md"))]
