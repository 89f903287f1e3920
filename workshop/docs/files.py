"""Which documents there are."""

from __future__ import annotations

from pathlib import Path

from workshop import paths


def documents() -> list[Path]:
    """Every Markdown document for people: those at the top, and all of docs/."""
    return [*sorted(paths.ROOT.glob("*.md")), *sorted((paths.ROOT / "docs").rglob("*.md"))]
