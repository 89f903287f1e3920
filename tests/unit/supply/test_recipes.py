"""A recipe changes exactly when something changes that goes into the image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workshop.errors import WorkshopError
from workshop.supply.catalogue import Catalogue
from workshop.supply.recipes import image_recipes, program_recipe

PINS: dict[str, Any] = {
    "tools": {"kustomize": {"version": "5.7.1", "module": "kustomize", "package": "kustomize"}},
    "binaries": {
        "gitea": {"version": "1.26.0", "module": "gitea", "package": "gitea", "stamp": "main.Version={version}"}
    },
    "images": {
        "debian": {"name": "docker.io/library/debian:trixie", "build": "images/debian", "rootfs": "trixie"},
        "gitea": {
            "name": "docker.io/gitea/gitea:1.26.0",
            "build": "images/gitea",
            "binaries": ["gitea"],
            "after": ["debian"],
        },
        "tool": {
            "name": "workshop.local/tool:1",
            "build": "images/tool",
            "binaries": ["kustomize"],
            "files": ["src -> app"],
        },
        "kargo": {"name": "ghcr.io/akuity/kargo:v1.11.2"},
    },
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "images/debian/Dockerfile": "FROM scratch\nCOPY certificates/ /certificates\n",
        "images/gitea/Dockerfile": "FROM debian\n",
        "images/tool/Dockerfile": "FROM scratch\n",
        "images/tool/entrypoint.sh": "exec tool\n",
        "src/main.py": "print(1)\n",
        "tools/gitea/go.mod": "module gitea\n",
        "tools/kustomize/go.mod": "module kustomize\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def recipes(root: Path, certificates: dict[str, bytes] | None = None, pins: dict[str, Any] = PINS) -> dict[str, str]:
    return image_recipes(Catalogue.parse(pins), root, certificates or {})


def changed(root: Path, change: Callable[[], object]) -> set[str]:
    before = recipes(root)
    change()
    after = recipes(root)
    return {key for key in before if before[key] != after[key]}


def test_only_what_can_be_built_has_one(root: Path) -> None:
    assert recipes(root).keys() == {"debian", "gitea", "tool"}


def test_nothing_changes_by_itself(root: Path) -> None:
    assert changed(root, lambda: (root / "src" / "main.py").touch()) == set()


def test_a_dockerfile_changes_its_image_and_what_is_built_on_it(root: Path) -> None:
    assert changed(root, lambda: (root / "images/debian/Dockerfile").write_text("FROM x\n")) == {"debian", "gitea"}


def test_any_file_of_the_folder_counts(root: Path) -> None:
    assert changed(root, lambda: (root / "images/tool/entrypoint.sh").write_text("exec other\n")) == {"tool"}


def test_the_executable_bit_counts(root: Path) -> None:
    assert changed(root, lambda: (root / "images/tool/entrypoint.sh").chmod(0o755)) == {"tool"}


def test_staged_sources_count_but_not_their_caches(root: Path) -> None:
    def cache() -> None:
        (root / "src/__pycache__").mkdir()
        (root / "src/__pycache__/main.pyc").write_bytes(b"x")

    assert changed(root, cache) == set()
    assert changed(root, lambda: (root / "src/main.py").write_text("print(2)\n")) == {"tool"}
    assert changed(root, lambda: (root / "src/new.py").touch()) == {"tool"}


def test_a_go_module_changes_the_images_with_its_binaries(root: Path) -> None:
    assert changed(root, lambda: (root / "tools/gitea/go.mod").write_text("module gitea // 2\n")) == {"gitea"}


def test_checksums_of_unchanged_versions_do_not_count(root: Path) -> None:
    assert changed(root, lambda: (root / "tools/gitea/go.sum").write_text("x\n")) == set()


def test_a_pinned_version_changes_the_images_with_that_binary(root: Path) -> None:
    newer = {**PINS, "binaries": {"gitea": {**PINS["binaries"]["gitea"], "version": "1.26.1"}}}
    before, after = recipes(root), recipes(root, pins=newer)
    assert {key for key in before if before[key] != after[key]} == {"gitea"}


def test_certificates_count_where_they_are_copied_and_above(root: Path) -> None:
    before, after = recipes(root), recipes(root, {"proxy.crt": b"-----BEGIN"})
    assert {key for key in before if before[key] != after[key]} == {"debian", "gitea"}


def test_a_programs_own_sources_count(root: Path) -> None:
    program = Catalogue.parse(PINS).binaries["gitea"]
    before = program_recipe(program, root)
    (root / "tools/gitea/main.go").write_text("package main\n")
    assert program_recipe(program, root) != before


def test_an_unknown_binary_is_named(root: Path) -> None:
    images = {"x": {"name": "docker.io/x/x:1", "build": "images/tool", "binaries": ["nowhere"]}}
    with pytest.raises(WorkshopError, match="nowhere") as caught:
        recipes(root, pins={"images": images})
    assert "[binaries.nowhere]" in caught.value.fix
