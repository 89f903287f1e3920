"""What is copied into an image can be read there, and removed here."""

from __future__ import annotations

from pathlib import Path

from workshop.supply import files


def test_a_checkout_that_its_owner_alone_may_read_is_readable_in_an_image(tmp_path: Path) -> None:
    source = tmp_path / "app"
    source.mkdir()
    (source / "main.py").write_text("print()", encoding="utf-8")
    (source / "start.sh").write_text("#!/bin/sh", encoding="utf-8")
    (source / "main.py").chmod(0o600)
    (source / "start.sh").chmod(0o700)
    source.chmod(0o700)
    files.copy(source, tmp_path / "context")
    mode = {
        path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "context", *(tmp_path / "context").iterdir())
    }
    assert mode == {"context": 0o755, "main.py": 0o644, "start.sh": 0o744}
