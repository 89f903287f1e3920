"""A bundle from one machine to another: whole and as it was, or refused with the name of what is wrong."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from workshop import paths, voice
from workshop import settings as config
from workshop.bundle import archive, create, restore
from workshop.bundle.inventory import Item, Part
from workshop.errors import WorkshopError
from workshop.supply import run

VERSIONS = """
[tools.kubectl]
version = "1.34.3"

[binaries.etcd]
version = "3.6.5"

[images.kargo]
name = "ghcr.io/akuity/kargo:v1.11.2"

[manifests.kargo-chart]
version = "1.11.2"
"""
PINS: dict[str, Any] = {
    "tools": {"kubectl": {"version": "1.34.3"}},
    "binaries": {"etcd": {"version": "3.6.5"}},
    "images": {"kargo": {"name": "ghcr.io/akuity/kargo:v1.11.2"}},
    "manifests": {"kargo-chart": {"version": "1.11.2"}},
}
LOCK = b"version = 1\n"
FILES = {
    ("tool", "kubectl", "1.34.3"): {"bin/kubectl": b"\x7fELF kubectl", "stamps/kubectl": b"recipe of kubectl"},
    ("binary", "etcd", "3.6.5"): {"build/bin/etcd": b"\x7fELF etcd", "build/stamps/etcd": b"recipe of etcd"},
    ("manifest", "kargo-chart", "1.11.2"): {
        "manifests/kargo-chart-1.11.2/kargo/Chart.yaml": b"name: kargo\n",
        "manifests/kargo-chart-1.11.2/kargo/templates/_helpers.tpl": b"{{/* x */}}\n",
        "manifests/kargo-chart-1.11.2/kargo/.helmignore": b"",
        "manifests/kargo-chart-1.11.2/kargo/empty": b"",
    },
    ("image", "kargo", "v1.11.2"): {"images/kargo.tar": os.urandom(3 << 20)},
    ("python", "wheels", "uv.lock"): {"wheels/uv.lock": LOCK, "wheels/httpx-0.28.1-py3-none-any.whl": b"wheel"},
    ("python", "uv", "0.13.9"): {"uv/bin/uv": b"\x7fELF uv"},
}
EXECUTABLES = {"bin/kubectl", "build/bin/etcd", "uv/bin/uv"}
SAME = {path: content for files in FILES.values() for path, content in files.items()}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with voice.unheard():
        yield


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file that a supply would see."""
    seen = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    ours = ("run/", "partial/")
    return {path: content for path, content in seen.items() if not path.startswith(ours)}


@pytest.fixture(name="home")
def fixture_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another machine's .workshop, and an empty one."""
    other = tmp_path / "other"
    state = other / ".workshop"
    for name, path in {
        "STATE": state,
        "PARTIAL": state / "partial",
        "SUPPLY_LOCK": state / "run" / "supply.lock",
        "VERSIONS": other / "versions.toml",
        "UV_LOCK": other / "uv.lock",
    }.items():
        monkeypatch.setattr(paths, name, path)
    state.mkdir(parents=True)
    paths.VERSIONS.write_text(VERSIONS, encoding="utf-8")
    paths.UV_LOCK.write_bytes(LOCK)
    return state


def staged(home: Path) -> list[Path]:
    """What is left of imports that did not come to their end."""
    return list((home / "partial").glob("*"))


@pytest.fixture(name="bundle")
def fixture_bundle(tmp_path: Path) -> Path:
    return packed(tmp_path, FILES)


def packed(folder: Path, files: dict[tuple[str, str, str], dict[str, bytes]], name: str = "oficina.bundle") -> Path:
    """A bundle of these files, through the code that packs real ones."""
    source = folder / "here"
    shutil.rmtree(source, ignore_errors=True)
    items = []
    for (kind, item, version), contents in files.items():
        parts = []
        for path, content in contents.items():
            file = source / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(0o755 if path in EXECUTABLES else 0o644)
            parts.append(Part(path, len(content), lambda file=file: nullcontext(file)))
        items.append(Item(kind, item, version, tuple(parts)))
    target = folder / name
    create.pack(items, target, PINS, "0123abcd", scratch=folder)
    return target


def refuses(bundle: Path, home: Path) -> str:
    """What an import says that must not do anything."""
    with pytest.raises(WorkshopError) as caught:
        restore.restore(bundle)
    assert snapshot(home) == {}
    return caught.value.message


def rewritten(bundle: Path, change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]) -> Path:
    """The same archive after somebody has edited its members."""
    with tarfile.open(bundle) as tar:
        members = [(member, stream.read() if (stream := tar.extractfile(member)) else b"") for member in tar]
    change(members)
    with tarfile.open(bundle, "w", format=tarfile.PAX_FORMAT) as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return bundle


def test_what_was_packed_is_there_and_nothing_else(bundle: Path, home: Path) -> None:
    restore.restore(bundle)

    assert snapshot(home) == SAME
    executables = {path for path in SAME if (home / path).stat().st_mode & 0o100}
    assert executables == EXECUTABLES
    assert not staged(home)


def test_the_manifest_names_each_file_with_its_checksum(bundle: Path) -> None:
    with archive.opened(bundle) as opened:
        entries = opened.contents.entries
        assert opened.contents.commit == "0123abcd"
    assert {entry.path: (entry.size, entry.sha256) for entry in entries} == {
        path: (len(content), hashlib.sha256(content).hexdigest()) for path, content in SAME.items()
    }


def test_a_line_for_each_item_says_what_and_how_much(bundle: Path, home: Path) -> None:
    lines: list[str] = []
    with voice.heard_by(lines.append):
        restore.restore(bundle)
    assert [line for line in lines if line.startswith("✓ imagem kargo: v1.11.2, 3 MB")]
    assert len([line for line in lines if line.startswith("✓")]) == len(FILES)


def test_the_second_import_writes_nothing(bundle: Path, home: Path) -> None:
    restore.restore(bundle)
    before = {path: (home / path).stat().st_ino for path in SAME}

    lines: list[str] = []
    with voice.heard_by(lines.append):
        restore.restore(bundle)

    assert {path: (home / path).stat().st_ino for path in SAME} == before
    assert "tudo já estava aqui" in lines[-1]


def test_what_was_lost_since_comes_back(bundle: Path, home: Path) -> None:
    restore.restore(bundle)
    (home / "images" / "kargo.tar").unlink()
    (home / "bin" / "kubectl").write_bytes(b"something else")
    shutil.rmtree(home / "manifests")

    restore.restore(bundle)

    assert snapshot(home) == SAME


def test_folders_are_replaced_whole_and_other_files_stay(bundle: Path, home: Path) -> None:
    for path in ("manifests/kargo-chart-1.11.2/kargo/old.yaml", "wheels/old.whl", "manifests/dev.yaml", "images/x.tar"):
        file = home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"old")

    restore.restore(bundle)

    assert snapshot(home) == SAME | {"manifests/dev.yaml": b"old", "images/x.tar": b"old"}


def test_a_tool_without_a_stamp_loses_the_stamp_of_the_one_before(tmp_path: Path, home: Path) -> None:
    bundle = packed(tmp_path, {("tool", "kubectl", "1.34.3"): {"bin/kubectl": b"\x7fELF from PATH"}})
    stamp = home / "stamps" / "kubectl"
    stamp.parent.mkdir(parents=True)
    stamp.write_bytes(b"recipe of a build of ours")

    restore.restore(bundle)

    assert not stamp.exists()


@pytest.mark.parametrize("path", sorted(path for path, content in SAME.items() if content))
def test_a_damaged_byte_is_refused_with_the_files_name(bundle: Path, home: Path, path: str) -> None:
    with tarfile.open(bundle) as tar:
        member = tar.getmember(path)
    with bundle.open("r+b") as stream:
        stream.seek(member.offset_data + member.size // 2)
        byte = stream.read(1)
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([byte[0] ^ 1]))

    message = refuses(bundle, home)

    assert path in message
    # What had been staged of it is of no use to anybody.
    assert not staged(home)


def test_a_damaged_byte_of_the_manifest_is_refused(bundle: Path, home: Path) -> None:
    content = bundle.read_bytes()
    bundle.write_bytes(content.replace(b'"commit": "0123abcd"', b'"commit": "0123abce"'))
    assert "bundle.json" in refuses(bundle, home)


def test_a_damaged_header_is_refused(bundle: Path, home: Path) -> None:
    with tarfile.open(bundle) as tar:
        member = tar.getmember("images/kargo.tar")
    with bundle.open("r+b") as stream:
        stream.seek(member.offset)
        stream.write(b"X")
    assert "bundle.json" in refuses(bundle, home)


def test_a_truncated_file_is_refused_wherever_it_ends(bundle: Path, home: Path) -> None:
    content = bundle.read_bytes()
    with tarfile.open(bundle) as tar:
        ends = [edge for member in tar for edge in (member.offset, member.offset_data, member.offset_data + 1)]
        whole = tar.getmembers()[-1].offset_data + tar.getmembers()[-1].size
    for end in (0, 1, 100, *ends, whole - 1):
        bundle.write_bytes(content[:end])
        assert "oficina.bundle foi recusado" in refuses(bundle, home), end


@pytest.mark.parametrize(
    "content", [b"not a tar at all" * 1000, b"", b"\x1f\x8b" + b"x" * 5000], ids=["text", "empty", "gzip"]
)
def test_another_file_is_refused(tmp_path: Path, home: Path, content: bytes) -> None:
    file = tmp_path / "other.iso"
    file.write_bytes(content)
    assert "other.iso foi recusado" in refuses(file, home)


def test_another_tar_is_refused(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "image.tar"
    with tarfile.open(file, "w") as tar:
        tar.addfile(tarfile.TarInfo("manifest.json"), io.BytesIO())
    assert "bundle.json" in refuses(file, home)


def test_a_file_that_is_not_there_is_named(tmp_path: Path, home: Path) -> None:
    assert "nowhere.bundle" in refuses(tmp_path / "nowhere.bundle", home)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_anything_but_a_file_is_refused(bundle: Path, home: Path, kind: bytes) -> None:
    def change(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        place = next(index for index, (member, _) in enumerate(members) if member.name.endswith("/empty"))
        member = tarfile.TarInfo(members[place][0].name)
        member.type, member.linkname = kind, "/etc/passwd"
        members[place] = member, b""

    assert "kargo/empty) não é o arquivo" in refuses(rewritten(bundle, change), home)


def test_a_file_of_another_size_is_refused_before_anything_is_copied(bundle: Path, home: Path) -> None:
    def change(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[0][0].size -= 1

    assert "ferramenta kubectl (bin/kubectl) não é o arquivo" in refuses(rewritten(bundle, change), home)


def test_a_file_that_the_manifest_does_not_name_is_refused(bundle: Path, home: Path) -> None:
    def add(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members.insert(0, (tarfile.TarInfo("bin/helm"), b""))

    assert "bin/helm" in refuses(rewritten(bundle, add), home)


def test_a_file_that_is_there_twice_is_refused(bundle: Path, home: Path) -> None:
    assert "bin/kubectl" in refuses(rewritten(bundle, lambda members: members.insert(0, members[0])), home)


def test_a_file_that_is_missing_is_named(bundle: Path, home: Path) -> None:
    message = refuses(rewritten(bundle, lambda members: members.pop(0) and None), home)
    assert "falta ferramenta kubectl (bin/kubectl)" in message


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("secret", "secrets/registry"),
        ("tool", "secrets/registry"),
        ("tool", "kubeconfig"),
        ("image", "bin/kubectl"),
        ("tool", "bin/../../escaped"),
        ("image", "images/x/../../../escaped"),
    ],
)
def test_a_place_where_it_does_not_belong_is_refused(tmp_path: Path, home: Path, kind: str, path: str) -> None:
    assert path in refuses(packed(tmp_path, {(kind, "x", "1"): {path: b"x"}}), home)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('version = "1.34.3"', 'version = "1.35.0"', "ferramenta kubectl"),
        ('version = "3.6.5"', 'version = "3.6.6"', "binário etcd"),
        ("kargo:v1.11.2", "kargo:v1.12.0", "imagem kargo"),
        ("[manifests.kargo-chart]", "[manifests.kargo-charts]", "manifesto kargo-chart"),
        ("[images.kargo]", '[images.new]\nname = "x:1"\n[images.kargo]', "imagem new"),
    ],
)
def test_other_versions_are_refused(bundle: Path, home: Path, before: str, after: str, named: str) -> None:
    paths.VERSIONS.write_text(VERSIONS.replace(before, after), encoding="utf-8")
    assert named in refuses(bundle, home)


def test_the_wheels_of_another_lock_are_refused(bundle: Path, home: Path) -> None:
    paths.UV_LOCK.write_bytes(b"version = 2\n")
    assert "wheels/uv.lock" in refuses(bundle, home)


@pytest.mark.parametrize(("key", "value"), [("machine", "aarch64"), ("python", "3.99"), ("system", "Plan 9")])
def test_another_kind_of_machine_is_refused(
    bundle: Path, home: Path, monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    here = restore.machine()
    monkeypatch.setattr(restore, "machine", lambda: here | {key: value})
    assert value in refuses(bundle, home)


def test_packages_of_another_release_are_left_in_the_file(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = {("engine", "docker.io", "apt"): {"debs/Packages": b"Package: docker.io\n", "debs/docker.io.deb": b"deb"}}
    bundle = packed(tmp_path, FILES | engine)
    here = restore.machine()
    monkeypatch.setattr(restore, "machine", lambda: here | {"distribution": "debian 99"})
    restore.restore(bundle)
    assert snapshot(home) == SAME

    monkeypatch.setattr(restore, "machine", lambda: here)
    restore.restore(bundle)
    assert snapshot(home).keys() - SAME.keys() == {"debs/Packages", "debs/docker.io.deb"}


def test_another_format_is_refused(bundle: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FORMAT", 2)
    assert "outro formato" in refuses(bundle, home)


def test_an_interrupted_import_leaves_nothing_in_place_and_continues(
    bundle: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, copied, limit = archive.Reader.copy, list[str](), 3

    def copy(self: archive.Reader, entry: archive.Entry, target: Path) -> None:
        if len(copied) == limit:
            raise KeyboardInterrupt
        copied.append(entry.path)
        real(self, entry, target)

    monkeypatch.setattr(archive.Reader, "copy", copy)
    with pytest.raises(KeyboardInterrupt):
        restore.restore(bundle)
    assert snapshot(home) == {}

    again: list[str] = []
    monkeypatch.setattr(
        archive.Reader, "copy", lambda self, entry, target: (again.append(entry.path), real(self, entry, target))
    )
    restore.restore(bundle)

    assert snapshot(home) == SAME
    assert not set(copied) & set(again)


def test_an_import_that_was_interrupted_while_it_gave_names_comes_to_its_end(
    bundle: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = Path.replace, [3]

    def replace(self: Path, target: Path) -> Path:
        if home / "partial" not in target.parents and (left.append(left.pop() - 1) or left[0] < 0):
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        restore.restore(bundle)
    assert len(snapshot(home)) == 3

    monkeypatch.setattr(Path, "replace", real)
    restore.restore(bundle)

    assert snapshot(home) == SAME
    assert not staged(home)


def test_what_another_bundle_left_behind_goes(bundle: Path, home: Path) -> None:
    other = home / "partial" / "import-0123" / "wheels"
    other.mkdir(parents=True)
    (other / "old.whl").write_bytes(b"old")
    restore.restore(bundle)
    assert snapshot(home) == SAME
    assert not staged(home)


def test_too_little_disk_is_said_before_anything_is_written(
    bundle: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "SPARE_BYTES", 1 << 60)
    assert "livres" in refuses(bundle, home)
    assert not staged(home)


def test_while_the_supply_works_nothing_is_imported(bundle: Path, home: Path) -> None:
    with run.alone(), pytest.raises(WorkshopError, match="Outra execução"):
        restore.restore(bundle)


def test_without_the_python_environment_the_script_does_the_same(bundle: Path, tmp_path: Path) -> None:
    # The real script with the real versions, in an interpreter that sees the standard library and nothing else.
    root = tmp_path / "clone"
    (root / "scripts").mkdir(parents=True)
    shutil.copy(paths.ROOT / "scripts" / "import-bundle", root / "scripts")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(paths.ROOT / "workshop", root / "workshop", ignore=ignore)
    (root / "workshop" / "versions.toml").write_text(VERSIONS, encoding="utf-8")
    (root / "uv.lock").write_bytes(LOCK)
    isolated = tmp_path / "bin"
    isolated.mkdir()
    python = isolated / "python3"
    python.write_text(f'#!/bin/sh\nexec {sys._base_executable} -S "$@"\n', encoding="utf-8")
    python.chmod(0o755)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [root / "scripts" / "import-bundle", *arguments],
            cwd=tmp_path, env={"PATH": f"{isolated}:{os.environ['PATH']}"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    done = run(bundle.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert snapshot(root / ".workshop") == SAME

    damaged = tmp_path / "damaged.bundle"
    damaged.write_bytes(bundle.read_bytes()[: 1 << 20])
    done = run(str(damaged))
    assert done.returncode == 1
    assert done.stderr.startswith("✗ damaged.bundle foi recusado")


def test_a_folder_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match="é uma pasta"):
        create.check_target(tmp_path)
    with pytest.raises(WorkshopError, match="não existe"):
        create.check_target(tmp_path / "nowhere" / "oficina.bundle")


def test_a_failure_while_packing_leaves_the_old_bundle_and_no_part_of_the_new_one(bundle: Path, tmp_path: Path) -> None:
    before = bundle.read_bytes()

    def fails() -> nullcontext[Path]:
        raise WorkshopError("docker save failed")

    item = Item("image", "kargo", "1", (Part("images/kargo.tar", 1, fails),))
    with pytest.raises(WorkshopError, match="docker save failed"):
        create.pack([item], bundle, PINS, "x", scratch=tmp_path)

    assert bundle.read_bytes() == before
    assert list(tmp_path.glob("*.partial")) == []


def test_a_disk_too_small_for_it_is_said_first(tmp_path: Path) -> None:
    target = tmp_path / "oficina.bundle"
    item = Item("image", "kargo", "1", (Part("images/kargo.tar", 1 << 60, lambda: nullcontext(tmp_path)),))
    with pytest.raises(WorkshopError, match="livres"):
        create.pack([item], target, PINS, "x", scratch=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_real_versions_survive_the_manifest() -> None:
    # What versions.toml can hold and JSON cannot, such as a date, would be refused on every machine.
    pins = config.versions()
    assert json.loads(json.dumps(pins)) == pins
