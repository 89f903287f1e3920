"""Names inside the cluster: CoreDNS answers for the services beside it, and asks nobody else.

The node's own resolver is a loopback address, at which CoreDNS' `loop` check stops; and a workshop that runs
unplugged has nobody to ask. So the Corefile holds the cluster's names and three hosts.
"""

from __future__ import annotations

import yaml

from workshop import settings as config
from workshop.cluster import apply, rollout
from workshop.services import containers
from workshop.shell import kubectl

_COREFILE = """\
.:53 {{
    errors
    health {{
       lameduck 1s
    }}
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {{
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 5
    }}
    hosts {{
{hosts}
       ttl 5
       fallthrough
    }}
    cache 5
    reload 2s
}}
"""
_NAMES = {
    config.REGISTRY_NAME: config.REGISTRY_CONTAINER,
    config.GITEA_NAME: config.GITEA_CONTAINER,
    config.POSTGRES_NAME: config.POSTGRES_CONTAINER,
}


def corefile() -> str:
    """CoreDNS' configuration for this installation."""
    hosts = "\n".join(f"       {containers.address(container)} {name}" for name, container in _NAMES.items())
    return _COREFILE.format(hosts=hosts)


def manifest() -> str:
    """The ConfigMap that holds it, as YAML."""
    metadata = {"name": "coredns", "namespace": "kube-system"}
    content = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"Corefile": corefile()}}
    return yaml.dump(content, Dumper=_Readable)


class _Readable(yaml.SafeDumper):
    """Writes a text of several lines as one."""


_Readable.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def ensure() -> None:
    """Have CoreDNS run with our Corefile."""
    wanted = corefile()
    current = kubectl.text(
        "--namespace", "kube-system", "get", "configmap", "coredns", "--output", "jsonpath={.data.Corefile}"
    )
    if current != wanted:
        apply.written("coredns.yaml", manifest(), options=("--server-side", "--force-conflicts"))
        kubectl.change("--namespace", "kube-system", "scale", "deployment", "coredns", "--replicas=1")
        kubectl.change("--namespace", "kube-system", "rollout", "restart", "deployment", "coredns")
    rollout.ready("kube-system", "deployment/coredns", "CoreDNS no ar")
