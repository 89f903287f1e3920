"""versions.toml as objects: the programs and images that the supply can bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from workshop import settings as config

KARGO: Final = "kargo"
KARGO_LITE: Final = "kargo-lite"
OWN_REGISTRY: Final = "workshop.local"
"""The host part of names that exist nowhere but here; they are never pulled."""


@dataclass(frozen=True)
class Release:
    """Where the makers of a program publish it, for each system and processor.

    **url**: with `{version}`, `{os}` and `{arch}`. **member**: the program's place in the archive that lies there;
    empty where it is the program itself. **checksums**: the file in which its makers publish digests. **sha256**: of
    what lies there, by `<os>-<arch>`.
    """

    url: str
    checksums: str
    member: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Who publishes it."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True)
class Program:
    """One command line program that is downloaded or built by Go: a tool for people, or a binary for an image.

    **image**, **image_path**: its makers' image that has it, by key, and where: there a Linux without a pinned digest
    gets it from.
    """

    name: str
    version: str
    module: str
    package: str
    stamp: str = ""
    version_args: tuple[str, ...] = ()
    release: Release | None = None
    image: str = ""
    image_path: str = ""

    def digest(self, platform: str) -> str:
        """The SHA-256 of what its makers publish for `<os>-<arch>`; empty where none is pinned."""
        return self.release.sha256.get(platform, "") if self.release else ""

    def published(self, template: str, platform: str) -> str:
        """A template of its release (`url`, `checksums`, `member`) for `<os>-<arch>`."""
        system, processor = platform.split("-", 1)
        return template.format(version=self.version, os=system, arch=processor)

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
    **digest**: the one that is pulled, where its makers say that a tag is not enough: `sha256:…`.
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
    digest: str = ""

    @property
    def pulled_name(self) -> str:
        """What the engine is asked to pull: by digest where one is pinned."""
        return f"{self.name}@{self.digest}" if self.digest else self.name

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

    @cached_property
    def bases(self) -> frozenset[str]:
        """The images, by key, on which something is built here even where all others can be pulled."""
        return frozenset(key for image in self.images.values() if not image.pullable for key in image.after)

    @cached_property
    def publishers(self) -> dict[str, str]:
        """The host that publishes each program, by its name, where one does."""
        return {name: program.release.host for name, program in self.programs.items() if program.release}

    @classmethod
    def parse(cls, pins: Mapping[str, Any]) -> Catalogue:
        """From the content of versions.toml."""

        def programs(section: str) -> dict[str, Program]:
            return {name: _program(name, entry) for name, entry in pins.get(section, {}).items()}

        return cls(
            tools=programs("tools"),
            binaries=programs("binaries"),
            images={key: _image(key, entry) for key, entry in pins.get("images", {}).items()},
        )


def _program(name: str, entry: Mapping[str, Any]) -> Program:
    values = {**entry, "version_args": tuple(entry.get("version_args", ()))}
    if "release" in values:
        values["release"] = Release(**values["release"])
    return Program(name=name, **values)


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
