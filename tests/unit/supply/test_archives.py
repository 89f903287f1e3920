"""Archives are looked into before anything is loaded, and never harmed."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from workshop import paths
from workshop.errors import WorkshopError
from workshop.supply.archives import SavedImage, archive_path, read_archive
from workshop.supply.catalogue import Image
from workshop.supply.recipes import LABEL

IMAGE = Image("redis", "docker.io/library/redis:8")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "IMAGE_ARCHIVES", tmp_path / ".workshop" / "images")
    paths.IMAGE_ARCHIVES.mkdir(parents=True)
    return tmp_path


def save(
    *tags: str, labels: dict[str, str] | None = None, layers: tuple[str, ...] = ("layer.tar",), **extra: bytes
) -> Path:
    """An archive as `docker save` writes it."""
    settings = json.dumps({"config": {"Labels": labels}}).encode()
    manifest = [{"Config": "settings.json", "RepoTags": list(tags), "Layers": list(layers)}]
    members = {"manifest.json": json.dumps(manifest).encode(), "settings.json": settings, "layer.tar": b"x" * 40_000}
    path = archive_path(IMAGE)
    with tarfile.open(path, "w") as archive:
        for name, content in {**members, **extra}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("tag", ["redis:8", "docker.io/library/redis:8"])
def test_an_archive_is_known_by_the_id_that_the_engine_will_give_it(tag: str) -> None:
    found = read_archive(save(tag), IMAGE)
    settings = json.dumps({"config": {"Labels": None}}).encode()
    assert found.ids == {f"sha256:{hashlib.sha256(settings).hexdigest()}"}
    assert found.recipe is None


def test_one_of_our_own_tells_its_recipe() -> None:
    assert read_archive(save("redis:8", labels={LABEL: "abc"}), IMAGE).recipe == "abc"


def test_the_newer_image_store_knows_it_by_its_manifest() -> None:
    index = json.dumps({"manifests": [{"digest": "sha256:manifest"}]}).encode()
    assert "sha256:manifest" in read_archive(save("redis:8", **{"index.json": index}), IMAGE).ids


def test_an_archive_of_something_else_is_named() -> None:
    path = save("postgres:17")
    with pytest.raises(WorkshopError, match=r"\.workshop/images/redis\.tar é um arquivo de postgres:17") as caught:
        read_archive(path, IMAGE)
    assert "docker save -o .workshop/images/redis.tar docker.io/library/redis:8" in caught.value.fix


def test_an_archive_that_lacks_a_layer_is_damaged() -> None:
    with pytest.raises(WorkshopError, match="danificado"):
        read_archive(save("redis:8", layers=("layer.tar", "gone.tar")), IMAGE)


@pytest.mark.parametrize("kept", [0, 100, 5_000, 30_000])
def test_a_truncated_archive_is_damaged_and_left_alone(kept: int) -> None:
    path = save("redis:8")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(WorkshopError, match=r"\.workshop/images/redis\.tar está danificado") as caught:
        read_archive(path, IMAGE)
    assert "rm .workshop/images/redis.tar" in caught.value.fix
    assert path.stat().st_size == kept


@pytest.mark.parametrize("content", [b"not a tar at all" * 100, b"\0" * 2048])
def test_any_other_file_is_damaged(content: bytes) -> None:
    path = archive_path(IMAGE)
    path.write_bytes(content)
    with pytest.raises(WorkshopError, match="danificado"):
        read_archive(path, IMAGE)


def test_a_folder_in_its_place_is_no_archive() -> None:
    archive_path(IMAGE).mkdir()
    with pytest.raises(WorkshopError, match="danificado"):
        read_archive(archive_path(IMAGE), IMAGE)


def test_a_registry_gets_each_layer_as_it_was_saved(folder: Path) -> None:
    plain, packed = b"plain layer", gzip.compress(b"packed layer")
    settings = json.dumps({"rootfs": {"diff_ids": [digest(plain), digest(b"packed layer"), digest(plain)]}}).encode()
    manifest = [{"Config": "s.json", "RepoTags": ["redis:8"], "Layers": ["a/layer.tar", "b/layer.tar", "c/layer.tar"]}]
    path = archive_path(IMAGE)
    with tarfile.open(path, "w") as archive:
        for name, content in {
            "a/layer.tar": plain,
            "b/layer.tar": packed,
            "s.json": settings,
            "manifest.json": json.dumps(manifest).encode(),
        }.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        # The third layer is the first again, as older engines write it.
        link = tarfile.TarInfo("c/layer.tar")
        link.type, link.linkname = tarfile.SYMTYPE, "../a/layer.tar"
        archive.addfile(link)

    with tarfile.open(path) as archive:
        saved = SavedImage.read(archive, IMAGE)
        layers = [(archive.extractfile(part.member) or io.BytesIO()).read() for part in saved.layers]

    assert layers == [plain, packed, plain]
    assert [part.digest for part in saved.layers] == [digest(plain), digest(packed), digest(plain)]
    assert [part.size for part in saved.layers] == [len(plain), len(packed), len(plain)]
    assert [part.media_type.rpartition(".")[2] for part in saved.layers] == ["tar", "tar+gzip", "tar"]
    described = saved.manifest()
    assert described["config"]["digest"] == digest(settings)
    assert [layer["digest"] for layer in described["layers"]] == [part.digest for part in saved.layers]


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
