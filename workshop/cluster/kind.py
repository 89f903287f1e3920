"""kind: a Kubernetes node in a container, from the official node image or from ours, by the same command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from workshop import kube, paths, voice, wait
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import ports
from workshop.services import containers
from workshop.shell import docker, kind, kubectl
from workshop.supply.catalogue import familiar
from workshop.supply.recipes import LABEL

_CNI, _MIRRORS = "cni", "certs.d"
"""Folders of `paths.NODE_FILES`, as the node mounts them."""
_MIRRORS_TARGET = "/etc/containerd/certs.d"
_MIRRORS_PATCH = f'''[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "{_MIRRORS_TARGET}"
'''


def ensure() -> None:
    """Have a cluster whose API server answers and whose node is Ready.

    Raises `WorkshopError` when a cluster is there that does not answer: nothing is destroyed on a suspicion.
    """
    if _unfinished().exists():
        voice.say("um cluster ficou pela metade; criando de novo")
        remove()
    if config.NODE_CONTAINER in _all_containers():
        _refuse_another_version()
        _wake()
    else:
        create()
    if not paths.KUBECONFIG.exists():
        kind.change("export", "kubeconfig", "--name", config.CLUSTER_NAME, "--kubeconfig", str(paths.KUBECONFIG))
    paths.KUBECONFIG.chmod(0o600)
    wait.until(
        "o nó do cluster pronto (Ready)",
        node_is_ready,
        limit=120,
        diagnosis=diagnosis,
        fix="make down && make up",
    )


def create() -> None:
    """Create the cluster; the command is shown with its output."""
    port = config.settings().gateway_port
    ports.require_free(port, "o gateway")
    write_files()
    _unfinished().touch()
    kind(f"create cluster --name {config.CLUSTER_NAME} --config {_relative(_configuration())} "
         f"--kubeconfig {_relative(paths.KUBECONFIG)}")  # fmt: skip
    _unfinished().unlink()


def _refuse_another_version() -> None:
    """A node of another Kubernetes cannot become one of this; what it runs is made anew, and nothing else is lost."""
    found = docker.text("inspect", "--format", "{{.Config.Image}}", config.NODE_CONTAINER).strip()
    wanted = _image()
    if found and familiar(found.partition("@")[0]) != familiar(wanted):
        raise WorkshopError(
            f"O cluster que está aqui é de {found}, e esta oficina é de {wanted}.",
            fix="make down && make up   # um cluster novo; ferramentas e imagens ficam",
        )


def _image() -> str:
    name: str = config.versions()["images"]["kind-node"]["name"]
    return name


def _wake() -> None:
    if not containers.is_running(config.NODE_CONTAINER):
        voice.say("o nó está parado; ligando")
        docker.change("start", config.NODE_CONTAINER)
    if not paths.KUBECONFIG.exists():
        return
    wait.until(
        "resposta da API do Kubernetes",
        answers,
        limit=90,
        diagnosis=diagnosis,
        fix="make down && make up   # faz um cluster novo; o histórico do Git e as imagens também são refeitos",
    )


def answers() -> bool:
    """Whether the API server answers."""
    return kubectl.ok("get", "--raw", "/readyz", limit=5)


def node_is_ready() -> bool:
    """Whether the node's Ready condition holds."""
    try:
        node = kube.find("Node", config.NODE_CONTAINER)
    except WorkshopError:
        return False
    return node is not None and any(
        c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"]
    )


def diagnosis() -> str:
    """The node container's last lines, and the conditions of the node where the API still answers."""
    lines = [containers.logs(config.NODE_CONTAINER)]
    if answers():
        lines.append(kubectl.text("describe", "node", config.NODE_CONTAINER)[-1500:])
    return "\n".join(lines)


def remove() -> None:
    """Delete the cluster, whole or half, and its kubeconfig."""
    if config.NODE_CONTAINER in _all_containers():
        docker.change("rm", "--force", "--volumes", config.NODE_CONTAINER)
    paths.KUBECONFIG.unlink(missing_ok=True)
    _unfinished().unlink(missing_ok=True)


def _configuration() -> Path:
    return paths.NODE_FILES / "kind.yaml"


def _unfinished() -> Path:
    """There while a cluster is being made: what it names is not whole, and is made anew."""
    return paths.NODE_FILES / "unfinished"


def _all_containers() -> list[str]:
    return docker.text("ps", "--all", "--format", "{{.Names}}").split()


def _relative(path: Path) -> str:
    return str(path.relative_to(paths.ROOT))


def _node_image_is_ours() -> bool:
    return LABEL in docker.text("image", "inspect", "--format", "{{json .Config.Labels}}", _image())


def write_files() -> None:
    """Write what the node mounts (network plugin, registry mirror) and kind's own configuration."""
    plugins, mirror = paths.NODE_FILES / _CNI, paths.NODE_FILES / _MIRRORS / "_default"
    for folder in (plugins, mirror):
        folder.mkdir(parents=True, exist_ok=True)
    (plugins / "10-workshop.conflist").write_text(json.dumps(network_configuration(), indent=2), encoding="utf-8")
    (mirror / "hosts.toml").write_text(
        f'# Every image name is served by the local registry.\n[host."http://{config.registry_in_cluster()}"]\n'
        '  capabilities = ["pull", "resolve"]\n',
        encoding="utf-8",
    )
    _configuration().write_text(
        yaml.safe_dump(cluster_configuration(_node_image_is_ours()), sort_keys=False), encoding="utf-8"
    )


def network_configuration() -> dict[str, Any]:
    """How the pods' network is made."""
    # One node needs no overlay network; these three plugins are in kind's node image and in Debian.
    ranges = [[{"subnet": config.POD_SUBNET}]]
    return {
        "cniVersion": "0.4.0",
        "name": "workshop",
        "plugins": [
            {
                "type": "ptp", "ipMasq": True,
                "ipam": {"type": "host-local", "ranges": ranges, "routes": [{"dst": "0.0.0.0/0"}]},
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }  # fmt: skip


def cluster_configuration(without_systemd: bool) -> dict[str, Any]:
    """kind's configuration; our own node image has no systemd, so its kubelet manages plain cgroups."""
    patches: list[dict[str, Any]] = [
        # A demonstration cluster outlives its processes, not its disk: without fsync etcd is several times faster.
        # As kubeadm's v1beta4 wants it, which kind uses from Kubernetes 1.36 on; older ones take a map.
        {
            "kind": "ClusterConfiguration",
            "etcd": {"local": {"extraArgs": [{"name": "unsafe-no-fsync", "value": "true"}]}},
        },
        # From Kubernetes 1.35 on, kubelet refuses a machine with cgroup v1 unless it is told otherwise.
        {"kind": "KubeletConfiguration", "failCgroupV1": False},
    ]
    if without_systemd:
        patches.append({"kind": "KubeletConfiguration", "cgroupDriver": "cgroupfs", "cgroupRoot": ""})
    return {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        # Our own node has it in its configuration, and no systemd with which kind could have this one read.
        "containerdConfigPatches": [] if without_systemd else [_MIRRORS_PATCH],
        "networking": {
            # A search domain of the network around would be asked for every name first.
            "dnsSearch": [],
            "disableDefaultCNI": True,
            "podSubnet": config.POD_SUBNET,
            "serviceSubnet": config.SERVICE_SUBNET,
            "apiServerAddress": "127.0.0.1",
        },
        "nodes": [
            {
                "role": "control-plane",
                "image": _image(),
                "extraPortMappings": [
                    {
                        "containerPort": config.GATEWAY_NODE_PORT, "hostPort": config.settings().gateway_port,
                        "listenAddress": "127.0.0.1",
                    },
                ],
                "extraMounts": [
                    {"hostPath": str(paths.NODE_FILES / _CNI), "containerPath": "/etc/cni/net.d", "readOnly": True},
                    {"hostPath": str(paths.NODE_FILES / _MIRRORS), "containerPath": _MIRRORS_TARGET},
                ],
                "kubeadmConfigPatches": [yaml.safe_dump(patch) for patch in patches],
            },
        ],
    }  # fmt: skip
