"""What is to be done, for every state of a machine that matters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workshop.supply.catalogue import Catalogue
from workshop.supply.plan import (
    Action,
    Facts,
    Found,
    Kind,
    Plan,
    asks_for_pulls,
    make_plan,
    publishers,
    uses_real_kargo,
)

PINS = Catalogue.parse(
    {
        "tools": {
            "kubectl": {"version": "1.34.3", "module": "kubernetes", "package": "k/kubectl"},
            "kind": {
                "version": "0.32.0",
                "module": "kind",
                "package": "kind",
                "release": {"url": "https://github.com/kind-{os}", "checksums": "https://github.com/sums"},
            },
            "helm": {"version": "3.19.5", "module": "kubernetes", "package": "helm"},
        },
        "binaries": {
            "kubelet": {"version": "1.34.3", "module": "kubernetes", "package": "k/kubelet"},
            "etcd": {"version": "3.6.5", "module": "etcd", "package": "etcd"},
            "gitea": {"version": "1.26.0", "module": "gitea", "package": "gitea"},
        },
        "images": {
            "debian": {"name": "docker.io/library/debian:trixie", "build": "debian", "built_only": True},
            "kind-node": {
                "name": "docker.io/kindest/node:v1.34.3",
                "build": "kind-node",
                "binaries": ["kubelet", "kubectl"],
                "after": ["debian"],
            },
            "etcd": {
                "name": "registry.k8s.io/etcd:3.6.5-0",
                "build": "binary",
                "binaries": ["etcd"],
                "mirror": True,
                "part_of": "kind-node",
            },
            "gitea": {
                "name": "docker.io/gitea/gitea:1.26.0",
                "build": "gitea",
                "binaries": ["gitea"],
                "after": ["debian"],
            },
            "python": {"name": "docker.io/library/python:3.13", "build": "python", "after": ["debian"]},
            "kargo": {"name": "ghcr.io/akuity/kargo:v1.11.2", "mirror": True},
            "kargo-lite": {
                "name": "workshop.local/kargo-lite:0.1.0",
                "build": "kargo-lite",
                "after": ["python"],
                "mirror": True,
            },
        },
    }
)
RECIPES = {key: f"recipe of {key}" for key, image in PINS.images.items() if image.build}
EMPTY = Facts(recipes=RECIPES, silent_hosts=frozenset({"github.com"}))
"""Out of reach of those who publish tools, as where only package registries can be reached."""
PULLED = Found(frozenset({"sha256:pulled"}))


def built(key: str) -> Found:
    return Found(frozenset({f"sha256:{key}"}), RECIPES[key])


EVERYTHING_BUILT = replace(
    EMPTY,
    tools=dict.fromkeys(PINS.tools, "bin"),
    engine={key: built(key) for key in RECIPES},
)


def actions(plan: Plan, kind: Kind = Kind.IMAGE) -> dict[str, Action]:
    return {step.key: step.action for step in plan.steps if step.kind is kind}


def with_image(facts: Facts, **images: Found) -> Facts:
    return replace(facts, engine={**facts.engine, **{key.replace("_", "-"): it for key, it in images.items()}})


def without_image(facts: Facts, *keys: str) -> Facts:
    return replace(facts, engine={key: it for key, it in facts.engine.items() if key not in keys})


class TestWhereToolsComeFrom:
    def test_are_downloaded_where_their_makers_can_be_reached(self) -> None:
        plan = make_plan(PINS, replace(EMPTY, silent_hosts=frozenset()))
        assert actions(plan, Kind.TOOL) == {
            "kubectl": Action.COMPILE, "kind": Action.DOWNLOAD, "helm": Action.COMPILE,
        }  # fmt: skip
        assert "kind" not in actions(plan, Kind.MODULE)

    def test_are_compiled_where_they_cannot(self) -> None:
        assert actions(make_plan(PINS, EMPTY), Kind.TOOL)["kind"] is Action.COMPILE

    def test_are_never_compiled_by_who_only_pulls(self) -> None:
        plan = make_plan(PINS, replace(EMPTY, supply="pull", can_pull=True))
        assert actions(plan, Kind.TOOL)["kind"] is Action.DOWNLOAD

    def test_are_never_downloaded_by_who_builds(self) -> None:
        plan = make_plan(PINS, replace(EMPTY, supply="build", silent_hosts=frozenset()))
        assert actions(plan, Kind.TOOL)["kind"] is Action.COMPILE

    @pytest.mark.parametrize(("supply", "asked"), [("auto", {"github.com"}), ("build", set())])
    def test_only_a_publisher_that_is_needed_is_asked(self, supply: str, asked: set[str]) -> None:
        assert publishers(PINS, replace(EMPTY, supply=supply)) == asked
        assert publishers(PINS, replace(EVERYTHING_BUILT, supply=supply)) == set()

    def argocd(self, **facts: Any) -> tuple[Action, tuple[str, ...]]:
        pins = Catalogue.parse(
            {
                "tools": {
                    "argocd": {
                        "version": "3.5.7", "module": "argocd", "package": "argocd",
                        "image": "argocd", "image_path": "/usr/local/bin/argocd",
                        "release": {"url": "https://github.com/argocd", "checksums": "https://github.com/sums"},
                    }
                },
                "images": {
                    "argocd": {"name": "quay.io/argoproj/argocd:v3.5.7", "build": "argocd", "binaries": ["argocd"]},
                },
            }
        )  # fmt: skip
        steps = make_plan(pins, Facts(**{"can_pull": True, **facts})).steps
        (tool,) = (step for step in steps if step.kind is Kind.TOOL)
        return tool.action, tool.needs

    def test_without_a_digest_one_comes_out_of_its_makers_image(self) -> None:
        assert self.argocd() == (Action.FROM_IMAGE, ("image-argocd",))
        assert self.argocd(engine={"argocd": PULLED}) == (Action.FROM_IMAGE, ())

    def test_where_that_image_is_built_it_cannot(self) -> None:
        assert self.argocd(can_pull=False, silent_hosts=frozenset({"github.com"}))[0] is Action.COMPILE
        assert self.argocd(supply="build", can_pull=False)[0] is Action.COMPILE

    def test_another_system_has_no_use_for_what_is_in_an_image(self) -> None:
        assert self.argocd(platform="darwin-arm64")[0] is Action.DOWNLOAD

    def test_of_another_system_do_not_go_into_images(self) -> None:
        facts = replace(EMPTY, tools=dict.fromkeys(PINS.tools, "bin"), platform="darwin-arm64")
        assert "kubectl" in actions(make_plan(PINS, facts), Kind.BINARY)


class TestAnEmptyMachine:
    def test_builds_everything_where_nothing_can_be_pulled(self) -> None:
        plan = make_plan(PINS, EMPTY)
        assert actions(plan) == {key: Action.BUILD for key in PINS.images if key != "kargo"}
        assert set(actions(plan, Kind.TOOL).values()) == {Action.COMPILE}
        assert actions(plan, Kind.BINARY).keys() == {"kubelet", "etcd", "gitea"}

    def test_pulls_what_can_be_pulled_and_then_needs_no_base_and_no_control_plane(self) -> None:
        plan = make_plan(PINS, replace(EMPTY, can_pull=True))
        assert actions(plan) == dict.fromkeys(("kind-node", "gitea", "python", "kargo"), Action.PULL)
        assert actions(plan, Kind.BINARY) == {}

    def test_builds_what_a_silent_registry_does_not_give(self) -> None:
        plan = make_plan(PINS, replace(EMPTY, can_pull=True, silent_hosts=frozenset({"ghcr.io"})))
        assert actions(plan)["kargo-lite"] is Action.BUILD
        assert "kargo" not in actions(plan)
        assert actions(plan)["kind-node"] is Action.PULL

    def test_never_builds_what_somebody_publishes_if_told_to_pull(self) -> None:
        facts = replace(EMPTY, supply="pull", can_pull=True, silent_hosts=frozenset({"docker.io"}))
        assert {image.key for image in make_plan(PINS, facts).missing} == {"kind-node", "gitea", "python"}

    def test_every_step_waits_only_for_steps_that_are_there(self) -> None:
        steps = make_plan(PINS, EMPTY).steps
        assert {need for step in steps for need in step.needs} <= {step.id for step in steps}

    def test_an_image_waits_for_its_base_and_its_binaries(self) -> None:
        needs = {step.id: set(step.needs) for step in make_plan(PINS, EMPTY).steps}
        assert needs["image-kind-node"] == {"image-debian", "binary-kubelet", "tool-kubectl"}
        assert needs["binary-kubelet"] == {"module-kubernetes"}


class TestOrder:
    def test_what_unblocks_images_comes_first_and_a_module_stays_together(self) -> None:
        compiled = [step.key for step in make_plan(PINS, EMPTY).steps if step.action is Action.COMPILE]
        assert compiled == ["kubelet", "kubectl", "helm", "gitea", "etcd", "kind"]

    def test_sources_are_fetched_in_the_same_order(self) -> None:
        fetched = [step.key for step in make_plan(PINS, EMPTY).steps if step.action is Action.DOWNLOAD]
        assert fetched == ["kubernetes", "gitea", "etcd", "kind"]


class TestAMachineThatHasEverything:
    def test_does_nothing(self) -> None:
        assert not any(step.is_work for step in make_plan(PINS, EVERYTHING_BUILT).steps)

    def test_does_not_ask_whether_it_could_pull(self) -> None:
        assert not asks_for_pulls(PINS, EVERYTHING_BUILT)
        assert asks_for_pulls(PINS, EMPTY)

    @pytest.mark.parametrize("supply", ["pull", "build"])
    def test_nobody_asks_where_the_answer_is_a_setting(self, supply: str) -> None:
        assert not asks_for_pulls(PINS, replace(EMPTY, supply=supply))

    def test_rebuilds_what_was_built_from_another_recipe_and_only_that(self) -> None:
        facts = with_image(EVERYTHING_BUILT, gitea=Found(frozenset({"sha256:old"}), "an older recipe"))
        plan = make_plan(PINS, facts)
        assert [step.id for step in plan.steps if step.is_work] == ["module-gitea", "binary-gitea", "image-gitea"]

    def test_keeps_a_makers_image_whatever_the_recipes_are(self) -> None:
        facts = with_image(EVERYTHING_BUILT, gitea=PULLED, kind_node=PULLED)
        assert not any(step.is_work for step in make_plan(PINS, facts).steps)

    def test_a_pulled_node_brings_its_control_plane_with_it(self) -> None:
        facts = without_image(with_image(EVERYTHING_BUILT, kind_node=PULLED), "etcd")
        assert "etcd" not in actions(make_plan(PINS, facts))

    def test_a_built_node_needs_its_control_plane(self) -> None:
        assert actions(make_plan(PINS, without_image(EVERYTHING_BUILT, "etcd")))["etcd"] is Action.BUILD

    def test_the_base_image_is_not_missed_until_something_is_built(self) -> None:
        facts = without_image(EVERYTHING_BUILT, "debian")
        assert "debian" not in actions(make_plan(PINS, facts))
        assert actions(make_plan(PINS, without_image(facts, "gitea")))["debian"] is Action.BUILD


class TestTools:
    def test_a_tool_from_path_stays_and_an_image_gets_its_own(self) -> None:
        facts = replace(EMPTY, tools={"kubectl": "PATH", "kind": "PATH", "helm": "PATH"})
        plan = make_plan(PINS, facts)
        assert actions(plan, Kind.TOOL)["kubectl"] is Action.READY
        assert actions(plan, Kind.BINARY)["kubectl"] is Action.COMPILE

    def test_our_own_tool_goes_into_the_image_as_it_is(self) -> None:
        plan = make_plan(PINS, replace(EMPTY, tools={"kubectl": "bin"}))
        assert "kubectl" not in actions(plan, Kind.BINARY)
        node = next(step for step in plan.steps if step.id == "image-kind-node")
        assert node.needs == ("image-debian", "binary-kubelet")

    def test_binaries_that_are_built_are_not_built_again(self) -> None:
        plan = make_plan(PINS, replace(EMPTY, binaries=frozenset({"kubelet"})))
        assert actions(plan, Kind.BINARY)["kubelet"] is Action.READY


class TestArchivesAndRegistry:
    def test_an_archive_is_loaded_before_anything_is_pulled(self) -> None:
        facts = replace(EMPTY, can_pull=True, archives={"gitea": PULLED})
        assert actions(make_plan(PINS, facts))["gitea"] is Action.LOAD

    def test_an_archive_of_a_built_node_brings_the_control_plane_into_play(self) -> None:
        facts = replace(EMPTY, can_pull=True, archives={"kind-node": built("kind-node")})
        assert actions(make_plan(PINS, facts))["etcd"] is Action.PULL

    def test_an_archive_that_was_loaded_is_not_loaded_again_even_if_it_is_older_than_the_recipe(self) -> None:
        old = Found(frozenset({"sha256:old"}), "an older recipe")
        facts = with_image(replace(EVERYTHING_BUILT, archives={"gitea": old}), gitea=old)
        assert actions(make_plan(PINS, facts))["gitea"] is Action.READY

    def test_what_the_engine_lost_comes_back_from_the_registry(self) -> None:
        facts = without_image(replace(EVERYTHING_BUILT, registry={"etcd": built("etcd")}), "etcd")
        assert actions(make_plan(PINS, facts))["etcd"] is Action.FROM_REGISTRY

    def test_an_outdated_copy_in_the_registry_is_left_there(self) -> None:
        held = Found(frozenset({"sha256:old"}), "an older recipe")
        facts = without_image(replace(EVERYTHING_BUILT, registry={"etcd": held}), "etcd")
        assert actions(make_plan(PINS, facts))["etcd"] is Action.BUILD


class TestKargo:
    def test_the_stand_in_where_real_kargo_cannot_be_had(self) -> None:
        assert not uses_real_kargo(PINS, EMPTY)

    def test_real_kargo_where_it_can_be_pulled(self) -> None:
        assert uses_real_kargo(PINS, replace(EMPTY, can_pull=True))

    def test_real_kargo_from_an_archive_without_any_network(self) -> None:
        facts = replace(EVERYTHING_BUILT, archives={"kargo": PULLED})
        assert actions(make_plan(PINS, facts))["kargo"] is Action.LOAD
        assert "kargo-lite" not in actions(make_plan(PINS, facts))

    def test_a_workshop_with_the_stand_in_keeps_it_when_the_network_comes_back(self) -> None:
        assert not uses_real_kargo(PINS, replace(EVERYTHING_BUILT, can_pull=True))

    def test_real_kargo_on_demand_is_missing_where_it_cannot_be_had(self) -> None:
        facts = replace(EVERYTHING_BUILT, kargo="real")
        assert [image.key for image in make_plan(PINS, facts).missing] == ["kargo"]
        assert asks_for_pulls(PINS, facts)
        assert actions(make_plan(PINS, replace(facts, can_pull=True)))["kargo"] is Action.PULL

    def test_the_stand_in_on_demand_even_beside_real_kargo(self) -> None:
        plan = make_plan(PINS, with_image(replace(EMPTY, kargo="lite", can_pull=True), kargo=PULLED))
        assert actions(plan)["kargo-lite"] is Action.BUILD
        assert "kargo" not in actions(plan)


def test_only_what_is_named_and_what_that_needs() -> None:
    plan = make_plan(PINS, EMPTY, only=["gitea"])
    assert [step.id for step in plan.steps] == ["module-gitea", "binary-gitea", "image-debian", "image-gitea"]


def test_steps_of_one_name_are_told_apart() -> None:
    steps: list[Any] = [step.id for step in make_plan(PINS, EMPTY).steps]
    assert len(steps) == len(set(steps))
