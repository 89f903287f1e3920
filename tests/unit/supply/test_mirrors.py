"""What the local registry has already is not pushed again, whatever the engine calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.supply.conftest import script
from workshop import paths, process, registry
from workshop.registry.client import Manifest
from workshop.supply import images, mirrors
from workshop.supply.catalogue import Image
from workshop.supply.plan import Found

APP = Image("app", "quay.io/example/app:v1", mirror=True)
CLASSIC = Found(frozenset({"sha256:configuration"}))
CONTAINERD = Found(frozenset({"sha256:index-of-the-engine"}))
"""The same image in an engine that keeps images as it always has, and in one with containerd's image store."""


class Local:
    """A registry that remembers one manifest."""

    address = "localhost:5001"
    digest = ""

    def answers(self) -> bool:
        return True

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        content = {"config": {"digest": "sha256:configuration"}}
        return Manifest(content, "", self.digest) if self.digest else None

    def configuration(self, repository: str, manifest: Manifest) -> dict:
        return {}

    def put(self, repository: str, tag: str, manifest: dict) -> str:
        self.digest = "sha256:manifest-of-the-registry"
        return self.digest


@pytest.fixture(name="local")
def fixture_local(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Local:
    local = Local()
    monkeypatch.setattr(registry, "local", lambda: local)
    monkeypatch.setattr(paths, "MIRRORED", machine / "mirrored")
    monkeypatch.setattr(paths, "BUILD", machine / "build")
    monkeypatch.setattr(paths, "SUPPLY_LOGS", machine / "logs")
    return local


def push(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the engine saves it: an archive without layers."""

    def save(image: Image, *, to: Path, group: process.Group, log: Path) -> None:
        script(to.parent / "x", "")
        (to.parent / "configuration").write_text('{"rootfs":{"diff_ids":[]}}', encoding="utf-8")
        (to.parent / "manifest.json").write_text(
            '[{"Config":"configuration","Layers":[],"RepoTags":["quay.io/example/app:v1"]}]', encoding="utf-8"
        )
        process.run(["tar", "-cf", to, "-C", to.parent, "configuration", "manifest.json"])

    monkeypatch.setattr(images, "save", save)
    monkeypatch.setattr(mirrors, "_store", lambda *_: None)
    mirrors.push(APP, found, process.Group())


@pytest.mark.parametrize("found", [CLASSIC, CONTAINERD])
def test_what_was_pushed_is_not_pushed_again(local: Local, found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mirrors.stale_mirrors([APP], {"app": found}) == [APP]
    push(found, monkeypatch)
    assert mirrors.stale_mirrors([APP], {"app": found}) == []


def test_another_image_of_that_name_is(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    push(CONTAINERD, monkeypatch)
    assert mirrors.stale_mirrors([APP], {"app": Found(frozenset({"sha256:pulled-later"}))}) == [APP]


def test_a_registry_that_has_lost_it_gets_it_again(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    push(CONTAINERD, monkeypatch)
    local.digest = ""
    assert mirrors.stale_mirrors([APP], {"app": CONTAINERD}) == [APP]
    local.digest = "sha256:somebody-elses"
    assert mirrors.stale_mirrors([APP], {"app": CONTAINERD}) == [APP]
