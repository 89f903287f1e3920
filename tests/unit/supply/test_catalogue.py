"""versions.toml as the supply reads it."""

from __future__ import annotations

import pytest

from workshop import paths
from workshop.supply.catalogue import Catalogue, Image, ModuleFiles, Program, catalogue, familiar


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("quay.io/argoproj/argocd:v3.2.11", "argoproj/argocd:v3.2.11"),
        ("docker.io/library/registry:3.0.0", "library/registry:3.0.0"),
        ("docker.io/kindest/node:v1.34.3", "kindest/node:v1.34.3"),
        ("registry.k8s.io/coredns/coredns:v1.12.1", "coredns/coredns:v1.12.1"),
        ("public.ecr.aws/docker/library/redis:8.2-alpine", "docker/library/redis:8.2-alpine"),
        ("workshop.local/kargo-lite:0.1.0", "kargo-lite:0.1.0"),
    ],
)
def test_the_node_finds_an_image_under_its_path(name: str, path: str) -> None:
    assert Image("x", name).mirror_path == path


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("docker.io/library/debian:trixie-slim", "debian:trixie-slim"),
        ("docker.io/kindest/node:v1.34.3", "kindest/node:v1.34.3"),
        ("quay.io/argoproj/argocd:v3.2.11", "quay.io/argoproj/argocd:v3.2.11"),
        ("library/debian:trixie-slim", "library/debian:trixie-slim"),
    ],
)
def test_the_engine_lists_short_names(name: str, short: str) -> None:
    assert familiar(name) == short


def test_kubernetes_learns_its_version_from_the_linker() -> None:
    program = Program("kubelet", "1.34.3", "kubernetes", "k8s.io/kubernetes/cmd/kubelet", stamp="kubernetes")
    base = "k8s.io/component-base/version"
    assert program.link_flags == (f"-s -w -X {base}.gitVersion=v1.34.3 -X {base}.gitMajor=1 -X {base}.gitMinor=34")


def test_others_are_stamped_where_they_say() -> None:
    assert Program("gitea", "1.26.0", "gitea", "x", stamp="main.Version={version}").link_flags == (
        "-s -w -X main.Version=1.26.0"
    )
    assert Program("etcd", "3.6.5", "etcd", "x").link_flags == "-s -w"


def test_module_files_are_read() -> None:
    assert ModuleFiles.parse("gitea: code.gitea.io/gitea docker/rootless") == ModuleFiles(
        "gitea", "code.gitea.io/gitea", "docker/rootless"
    )


def test_the_real_pins_hold_together() -> None:
    pins: Catalogue = catalogue()
    for program in pins.programs.values():
        assert (paths.ROOT / "tools" / program.module / "go.mod").is_file(), program
    for image in pins.images.values():
        assert set(image.binaries) <= pins.programs.keys(), image.key
        assert set(image.after) <= pins.images.keys(), image.key
        assert not image.part_of or image.part_of in pins.images
        assert not image.build or (paths.ROOT / image.build / "Dockerfile").is_file(), image.key
        assert all((paths.ROOT / image.build / name).is_file() for name in image.only), image.key
        if image.target:
            dockerfile = (paths.ROOT / image.build / "Dockerfile").read_text(encoding="utf-8")
            assert f" AS {image.target}\n" in dockerfile, image.key
        assert image.tag and "/" not in image.tag
    for program in pins.tools.values():
        assert program.version_args, program.name
