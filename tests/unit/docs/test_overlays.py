"""The table of what differs between the environments: what it finds, how it says it, and that it is not stale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workshop import paths
from workshop.docs import overlays
from workshop.docs.overlays import Row
from workshop.errors import WorkshopError
from workshop.settings import ENVIRONMENTS

Manifest = dict[str, Any]


def deployment(name: str = "backend", namespace: str = "dev", **spec: Any) -> Manifest:
    return {"kind": "Deployment", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def everywhere(*manifests: Manifest) -> dict[str, list[Manifest]]:
    """One object of each environment."""
    return {environment: [manifest] for environment, manifest in zip(ENVIRONMENTS, manifests, strict=True)}


def test_the_committed_table_is_what_the_overlays_say() -> None:
    builds = {environment: overlays.build(environment) for environment in ENVIRONMENTS}

    committed = overlays.DOCUMENT.read_text(encoding="utf-8")
    assert overlays.document(builds) == committed, "docs/overlays.md is stale; run: make manifests"


def test_what_is_the_same_everywhere_is_not_in_it() -> None:
    assert overlays.differences(everywhere(*[deployment(replicas=2)] * 3)) == []


def test_a_difference_has_a_name_the_values_and_the_object() -> None:
    found = overlays.differences(everywhere(deployment(replicas=1), deployment(replicas=2), deployment(replicas=3)))

    assert found == [Row("réplicas", ("1", "2", "3"), "todos os objetos")]


def test_equal_differences_of_several_objects_are_one() -> None:
    def objects(replicas: int) -> list[Manifest]:
        return [deployment(name, replicas=replicas) for name in ("backend", "frontend")] + [deployment("other")]

    found = overlays.differences({"dev": objects(1), "stg": objects(2), "prod": objects(2)})

    assert found == [Row("réplicas", ("1", "2", "2"), "`Deployment/backend`, `Deployment/frontend`")]


def test_what_nobody_named_is_there_too_and_comes_last() -> None:
    dev = deployment(minReadySeconds=1, replicas=1)
    found = overlays.differences(everywhere(dev, deployment(replicas=2), deployment(replicas=2)))

    assert found == [
        Row("réplicas", ("1", "2", "2"), "todos os objetos"),
        Row("`spec.minReadySeconds`", ("1", "—", "—"), "todos os objetos"),
    ]


def test_an_object_that_only_some_have_is_one_line() -> None:
    found = overlays.differences({"dev": [], "stg": [], "prod": [deployment(replicas=2)]})

    assert found == [Row("existe", ("—", "—", "sim"), "todos os objetos")]


def test_the_order_of_a_list_of_names_makes_no_difference() -> None:
    one, two = {"name": "A", "value": "1"}, {"name": "B", "value": "2"}

    assert overlays.flat({"env": [one, two]}) == overlays.flat({"env": [two, one]})
    assert overlays.flat({"env": [one, two]})["env[B].value"] == "2"
    assert overlays.flat({"args": ["a", "b"]}) == {"args[0]": "a", "args[1]": "b"}


def test_the_table_goes_between_its_marks() -> None:
    text = f"before\n{overlays.BEGIN}\nold\n{overlays.END}\nafter\n"

    written = overlays.with_table(text, [Row("host", ("a", "b", "—"), "somewhere")])

    assert written.startswith(f"before\n{overlays.BEGIN}\n")
    assert written.endswith(f"{overlays.END}\nafter\n")
    assert "| host | `a` | `b` | — | somewhere |" in written
    assert "old" not in written


@pytest.mark.parametrize("text", ["", overlays.BEGIN, f"{overlays.END}\n{overlays.BEGIN}"])
def test_a_document_without_its_marks_is_left_alone(text: str) -> None:
    with pytest.raises(WorkshopError, match="não tem lugar para a sua tabela"):
        overlays.with_table(text, [])


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A helm and a kustomize that say what they were asked for; nothing of the tree is written to."""
    monkeypatch.setattr(paths, "BIN", tmp_path / "bin")
    monkeypatch.setattr(paths, "RENDERED", tmp_path / "rendered")
    monkeypatch.setattr(overlays, "BASE", tmp_path / "base")
    monkeypatch.setattr(overlays, "DOCUMENT", tmp_path / "overlays.md")
    overlays.DOCUMENT.write_text(f"{overlays.BEGIN}\n{overlays.END}\n", encoding="utf-8")
    paths.BIN.mkdir()
    object_ = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: ${2##*/}"
    for name, said in (("helm", "# $*"), ("kustomize", object_)):
        file = paths.BIN / name
        file.write_text(f'#!/bin/sh\nprintf "{said}\\n"\n', encoding="utf-8")
        file.chmod(0o755)


@pytest.mark.usefixtures("tools")
def test_each_chart_is_rendered_into_the_base() -> None:
    made = dict(overlays.render_charts())
    assert {file.relative_to(overlays.BASE).as_posix(): source for file, source in made.items()} == {
        "backend/all.yaml": "helm/backend", "frontend/all.yaml": "helm/frontend",
    }  # fmt: skip
    assert [file.read_text(encoding="utf-8") for file in made] == [
        "# template backend helm/backend\n", "# template frontend helm/frontend\n",
    ]  # fmt: skip


@pytest.mark.usefixtures("tools")
def test_each_environment_is_rendered_and_the_table_says_what_differs() -> None:
    made = dict(overlays.render_overlays())
    assert [file.name for file in made] == [*(f"{name}.yaml" for name in ENVIRONMENTS), "overlays.md"]
    assert made[paths.RENDERED / "stg.yaml"] == "1 objetos"
    assert "namespace: stg" in (paths.RENDERED / "stg.yaml").read_text(encoding="utf-8")
    assert "| namespace | `dev` | `stg` | `prod` |" in overlays.DOCUMENT.read_text(encoding="utf-8")
