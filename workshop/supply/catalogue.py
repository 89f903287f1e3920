"""versions.toml as objects: the programs and images that the supply can bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

from workshop import settings as config

KARGO: Final = "kargo"
KARGO_LITE: Final = "kargo-lite"
OWN_REGISTRY: Final = "workshop.local"
"""The host part of names that exist nowhere but here; they are never pulled."""


@dataclass(frozen=True)
class Program:
    """One command line program that Go can build: a tool for people, or a binary for an image."""

    name: str
    version: str
    module: str
    package: str
    stamp: str = ""
    version_args: tuple[str, ...] = ()

    @property
    def link_flags(self) -> str:
        """The linker's -ldflags: no debug tables, and the version where the program wants it."""
        return " ".join(["-s", "-w", *(f"-X {item}" for item in self._stamps())])

    def _stamps(self) -> Iterator[str]:
        if self.stamp == "kubernetes":
            major, minor, _ = self.version.split(".", 2)
            base = "k8s.io/component-base/version"
            yield f"{base}.gitVersion=v{self.version}"
            yield f"{base}.gitMajor={major}"
            yield f"{base}.gitMinor={minor}"
        elif self.stamp:
            yield self.stamp.format(version=self.version)


@dataclass(frozen=True)
class ModuleFiles:
    """A file or folder out of a Go module, staged into a build context as module/<path>."""

    tools_module: str
    go_module: str
    path: str

    @classmethod
    def parse(cls, text: str) -> ModuleFiles:
        """From `<tools module>: <Go module> <path>`."""
        tools_module, rest = text.split(":", 1)
        go_module, path = rest.split()
        return cls(tools_module.strip(), go_module, path)


@dataclass(frozen=True)
class Image:
    """One container image, under the name that everything after the supply uses.

    **build**: the folder with its Dockerfile, from the top of the repository; empty where it can only be pulled.
    **only**: the files of that folder that go into the build; empty is all of them.
    **target**: the stage of the Dockerfile that is built; empty is the last.
    **companion_of**: the image beside which it is of use, where it can be had; nothing waits for it, nobody misses it.
    """

    key: str
    name: str
    build: str = ""
    only: tuple[str, ...] = ()
    target: str = ""
    binaries: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    module_files: tuple[ModuleFiles, ...] = ()
    after: tuple[str, ...] = ()
    rootfs: str = ""
    mirror: bool = False
    built_only: bool = False
    part_of: str = ""
    companion_of: str = ""

    @property
    def host(self) -> str:
        """The registry that publishes it."""
        return self.name.split("/", 1)[0]

    @property
    def tag(self) -> str:
        """The version in its name."""
        return self.name.rpartition(":")[2]

    @property
    def pullable(self) -> bool:
        """Whether somebody publishes it at all."""
        return self.host != OWN_REGISTRY

    @property
    def mirror_path(self) -> str:
        """Its name in the local registry: the same without the host, as the node's containerd asks for it."""
        return self.name.split("/", 1)[1]

    @property
    def familiar_name(self) -> str:
        """How the Docker engine lists it: without `docker.io/` and `library/`."""
        return familiar(self.name)


def familiar(name: str) -> str:
    """The engine's short form of an image name."""
    return name.removeprefix("docker.io/").removeprefix("library/") if name.startswith("docker.io/") else name


@dataclass(frozen=True)
class Catalogue:
    """Everything that versions.toml pins."""

    tools: Mapping[str, Program]
    binaries: Mapping[str, Program]
    images: Mapping[str, Image] = field(default_factory=dict)

    @cached_property
    def programs(self) -> dict[str, Program]:
        """Tools and binaries together: an image may contain either."""
        return {**self.binaries, **self.tools}

    @classmethod
    def parse(cls, pins: Mapping[str, Any]) -> Catalogue:
        """From the content of versions.toml."""

        def programs(section: str) -> dict[str, Program]:
            return {
                name: Program(name=name, **{**entry, "version_args": tuple(entry.get("version_args", ()))})
                for name, entry in pins.get(section, {}).items()
            }

        return cls(
            tools=programs("tools"),
            binaries=programs("binaries"),
            images={key: _image(key, entry) for key, entry in pins.get("images", {}).items()},
        )


def _image(key: str, entry: Mapping[str, Any]) -> Image:
    values = dict(entry)
    for name in ("binaries", "after", "only"):
        values[name] = tuple(values.get(name, ()))
    values["files"] = tuple(tuple(part.strip() for part in text.split("->")) for text in values.get("files", ()))
    values["module_files"] = tuple(ModuleFiles.parse(text) for text in values.get("module_files", ()))
    return Image(key=key, **values)


@lru_cache
def catalogue() -> Catalogue:
    """The catalogue in force."""
    return Catalogue.parse(config.versions())
