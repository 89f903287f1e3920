"""The build context is made afresh from exactly what versions.toml names."""

from __future__ import annotations

from pathlib import Path

import pytest

from workshop import paths
from workshop.errors import WorkshopError
from workshop.machine import authorities
from workshop.supply import images, tools
from workshop.supply.catalogue import Image, ModuleFiles


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "BIN", tmp_path / "bin")
    monkeypatch.setattr(tools, "BINARIES", tmp_path / "build" / "bin")
    monkeypatch.setattr(images, "CONTEXTS", tmp_path / "contexts")
    monkeypatch.setattr(authorities, "FOLDER", tmp_path / "authorities")
    monkeypatch.setattr(tools, "module_folder", lambda *names: tmp_path / "module")
    for name, text in {
        "images/app/Dockerfile": "FROM scratch\n",
        "bin/kustomize": "tool",
        "build/bin/kubelet": "binary",
        "src/app/main.py": "print()",
        "src/app/__pycache__/main.pyc": "x",
        "module/options/locale.ini": "x",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "module/options/locale.ini").chmod(0o444)
    return tmp_path


APP = Image(
    "app",
    "workshop.local/app:1",
    build="images/app",
    binaries=("kustomize", "kubelet"),
    files=(("src/app", "app"),),
    module_files=(ModuleFiles("gitea", "code.gitea.io/gitea", "options"),),
)


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_everything_lies_where_dockerfiles_expect_it(root: Path) -> None:
    (root / "authorities" / "company").mkdir(parents=True)
    (root / "authorities" / "company" / "proxy.crt").write_text("-----BEGIN")
    assert content(images.stage(APP, frozenset({"kustomize"}))) == {
        "Dockerfile": "FROM scratch\n",
        "bin/kustomize": "tool",
        "bin/kubelet": "binary",
        "app/main.py": "print()",
        "module/options/locale.ini": "x",
        "certificates/.keep": "",
        "certificates/company-proxy.crt": "-----BEGIN",
    }


def test_leftovers_of_an_interrupted_run_are_gone(root: Path) -> None:
    context = images.stage(APP, frozenset({"kustomize"}))
    (context / "half.partial").touch()
    assert "half.partial" not in content(images.stage(APP, frozenset({"kustomize"})))


def test_a_folder_without_dockerfile_is_named(root: Path) -> None:
    (root / "images" / "app" / "Dockerfile").unlink()
    with pytest.raises(WorkshopError, match="images/app/Dockerfile"):
        images.stage(APP, frozenset({"kustomize"}))


def test_a_missing_source_is_named(root: Path) -> None:
    (root / "src" / "app" / "main.py").unlink()
    missing = Image("app", "workshop.local/app:1", build="images/app", files=(("nowhere", "app"),))
    with pytest.raises(WorkshopError, match="nowhere"):
        images.stage(missing, frozenset())


def test_only_the_named_files_go_into_the_build(root: Path) -> None:
    (root / "web/node_modules").mkdir(parents=True)
    for name in ("Dockerfile", "package.json", "node_modules/big.js"):
        (root / "web" / name).write_text(name)
    image = Image("web", "workshop.local/web:1", build="web", only=("Dockerfile", "package.json"), target="tools")

    assert content(images.stage(image, frozenset())).keys() == {"Dockerfile", "package.json", "certificates/.keep"}
