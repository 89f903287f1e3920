"""`python -m workshop.docs`: what documents quote and what is generated into them, anew (`make docs-sync`)."""

from __future__ import annotations

import sys

from workshop import paths
from workshop.docs import files, generated, marks
from workshop.errors import WorkshopError


def main() -> int:
    """The exit code: 0, or 1 after a `WorkshopError`, which names the document."""
    for document in files.documents():
        name = document.relative_to(paths.ROOT)
        text = document.read_text(encoding="utf-8")
        try:
            new = marks.refreshed(text, generated.MADE)
        except WorkshopError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        if new != text:
            document.write_text(new, encoding="utf-8")
            print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
