"""The table of what differs between the environments: what it finds, how it says it, and that it is not stale."""

from __future__ import annotations

from typing import Any

import pytest

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
    with pytest.raises(WorkshopError, match="no place for its table"):
        overlays.with_table(text, [])
