"""kind's configuration: ports on this machine alone, the mirror mounted, cgroups as the node image needs them."""

from __future__ import annotations

import json

import yaml

from workshop import settings as config
from workshop.cluster import kind


def node(without_systemd: bool = True) -> dict:
    return kind.cluster_configuration(without_systemd)["nodes"][0]


def test_every_port_is_bound_to_this_machine_alone() -> None:
    assert {mapping["listenAddress"] for mapping in node()["extraPortMappings"]} == {"127.0.0.1"}
    assert kind.cluster_configuration(True)["networking"]["apiServerAddress"] == "127.0.0.1"


def test_the_gateway_is_reached_by_the_port_of_the_settings() -> None:
    (mapping,) = node()["extraPortMappings"]
    assert mapping["hostPort"] == config.settings().gateway_port
    assert mapping["containerPort"] == config.GATEWAY_NODE_PORT


def test_only_our_own_node_image_gets_plain_cgroups() -> None:
    def kinds(without_systemd: bool) -> list[str]:
        return [yaml.safe_load(patch)["kind"] for patch in node(without_systemd)["kubeadmConfigPatches"]]

    assert "KubeletConfiguration" in kinds(without_systemd=True)
    assert "KubeletConfiguration" not in kinds(without_systemd=False)


def test_the_network_plugin_serves_the_pods_subnet_that_kubernetes_is_told() -> None:
    assert config.POD_SUBNET in json.dumps(kind.network_configuration())
    assert kind.cluster_configuration(True)["networking"]["podSubnet"] == config.POD_SUBNET
