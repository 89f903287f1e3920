"""The identity of what is built here: a hash over everything that goes into it.

A binary or image whose recipe is the recorded one is not built again; a changed Dockerfile, pin or file
changes the recipe of exactly what contains it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from workshop.errors import WorkshopError
from workshop.supply.catalogue import Catalogue, Image, Program
from workshop.supply.files import IGNORED

LABEL = "workshop.recipe"
"""The image label that carries the recipe."""


def program_recipe(program: Program, root: Path) -> str:
    """The recipe of one Go program: its pins, its link flags and the module that selects its dependencies."""
    folder = root / "tools" / program.module
    sources = [path for path in files_below(folder) if path.name == "go.mod" or path.suffix == ".go"]
    return _digest(
        {
            "package": program.package,
            "flags": program.link_flags,
            "sources": {path.relative_to(folder).as_posix(): _content(path) for path in sources},
        }
    )


def image_recipes(catalogue: Catalogue, root: Path, certificates: Mapping[str, bytes]) -> dict[str, str]:
    """The recipe of every image that can be built, by key; `certificates` are the host's extra ones."""
    recipes: dict[str, str] = {}

    def recipe(image: Image) -> str:
        if image.key not in recipes:
            recipes[image.key] = _image_recipe(
                image,
                catalogue,
                root,
                certificates,
                {key: recipe(catalogue.images[key]) for key in image.after},
            )
        return recipes[image.key]

    for image in catalogue.images.values():
        if image.build:
            recipe(image)
    return recipes


def _image_recipe(
    image: Image,
    catalogue: Catalogue,
    root: Path,
    certificates: Mapping[str, bytes],
    parents: Mapping[str, str],
) -> str:
    folder = root / image.build
    dockerfile = folder / "Dockerfile"
    uses_certificates = dockerfile.is_file() and "certificates/" in dockerfile.read_text(encoding="utf-8")
    return _digest(
        {
            "name": image.name,
            "context": _tree(folder, image.only),
            "files": {target: _tree(root / source) for source, target in image.files},
            "binaries": {name: program_recipe(_program(catalogue, image, name), root) for name in image.binaries},
            "modules": {
                f"{item.go_module}/{item.path}": _content(root / "tools" / item.tools_module / "go.mod")
                for item in image.module_files
            },
            "rootfs": image.rootfs,
            **({"target": image.target} if image.target else {}),
            "certificates": {
                name: hashlib.sha256(content).hexdigest()
                for name, content in (certificates if uses_certificates else {}).items()
            },
            "parents": dict(parents),
        }
    )


def _program(catalogue: Catalogue, image: Image, name: str) -> Program:
    try:
        return catalogue.programs[name]
    except KeyError:
        raise WorkshopError(
            f"A imagem {image.key} leva o binário {name}, que versions.toml não define.",
            fix=f"acrescente [binaries.{name}] a workshop/versions.toml",
        ) from None


def files_below(path: Path) -> Iterator[Path]:
    """The files of a folder in a stable order, caches left out; of a file, itself; of nothing, nothing."""
    if path.is_file():
        yield path
    elif path.is_dir():
        for child in sorted(path.iterdir()):
            if child.name not in IGNORED:
                yield from files_below(child)


def _tree(path: Path, only: Collection[str] = ()) -> dict[str, str]:
    if only:
        return {name: _content(path / name) for name in only}
    return {file.relative_to(path).as_posix() if file != path else "": _content(file) for file in files_below(path)}


def _content(path: Path) -> str:
    if not path.is_file():
        return ""
    # The executable bit goes into an image too.
    return hashlib.sha256(bytes([path.stat().st_mode & 0o100 != 0]) + path.read_bytes()).hexdigest()


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
