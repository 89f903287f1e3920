"""kind's configuration: ports on this machine alone, the mirror mounted, cgroups as the node image needs them."""

from __future__ import annotations

import json

import pytest
import yaml

from workshop import paths
from workshop import settings as config
from workshop.cluster import kind
from workshop.errors import WorkshopError


def node(without_systemd: bool = True) -> dict:
    return kind.cluster_configuration(without_systemd)["nodes"][0]


def test_every_port_is_bound_to_this_machine_alone() -> None:
    assert {mapping["listenAddress"] for mapping in node()["extraPortMappings"]} == {"127.0.0.1"}
    assert kind.cluster_configuration(True)["networking"]["apiServerAddress"] == "127.0.0.1"


def test_the_gateway_is_reached_by_the_port_of_the_settings() -> None:
    (mapping,) = node()["extraPortMappings"]
    assert mapping["hostPort"] == config.settings().gateway_port
    assert mapping["containerPort"] == config.GATEWAY_NODE_PORT


def kubelet(without_systemd: bool) -> dict:
    patches = [yaml.safe_load(patch) for patch in node(without_systemd)["kubeadmConfigPatches"]]
    return {key: value for patch in patches if patch["kind"] == "KubeletConfiguration" for key, value in patch.items()}


def test_only_our_own_node_image_gets_plain_cgroups() -> None:
    assert kubelet(without_systemd=True)["cgroupDriver"] == "cgroupfs"
    assert "cgroupDriver" not in kubelet(without_systemd=False)


@pytest.mark.parametrize("without_systemd", [True, False])
def test_a_machine_with_cgroup_v1_is_good_enough(without_systemd: bool) -> None:
    assert kubelet(without_systemd)["failCgroupV1"] is False


@pytest.mark.parametrize("without_systemd", [True, False])
def test_no_search_domain_of_the_network_around_is_taken_over(without_systemd: bool) -> None:
    assert kind.cluster_configuration(without_systemd)["networking"]["dnsSearch"] == []


def test_the_official_node_is_told_where_the_mirror_is_and_ours_knows() -> None:
    (patch,) = kind.cluster_configuration(without_systemd=False)["containerdConfigPatches"]
    (mount,) = (one for one in node()["extraMounts"] if "certs.d" in one["containerPath"])
    assert f'config_path = "{mount["containerPath"]}"' in patch
    ours = (paths.ROOT / "images" / "kind-node" / "containerd.toml").read_text(encoding="utf-8")
    assert f'config_path = "{mount["containerPath"]}"' in ours
    assert kind.cluster_configuration(without_systemd=True)["containerdConfigPatches"] == []


@pytest.mark.parametrize("found", ["docker.io/kindest/node:v1.34.3", "kindest/node:v1.37.0@sha256:abc"])
def test_a_cluster_of_another_version_is_refused_with_what_helps(found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "_all_containers", lambda: [config.NODE_CONTAINER])
    monkeypatch.setattr(type(kind.docker), "text", lambda *_: f"{found}\n")
    with pytest.raises(WorkshopError, match=r"kindest/node:v1\.36\.1") as caught:
        kind.ensure()
    assert found in caught.value.message
    assert "make down && make up" in caught.value.fix


def test_the_network_plugin_serves_the_pods_subnet_that_kubernetes_is_told() -> None:
    assert config.POD_SUBNET in json.dumps(kind.network_configuration())
    assert kind.cluster_configuration(True)["networking"]["podSubnet"] == config.POD_SUBNET
