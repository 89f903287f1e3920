"""`workshop doctor` on the real thing: faults made by hand, each named by its check, each gone after its `--fix`.

Independent faults are made together, as the minutes before a talk would have it: one examination, one repair.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.live.phases import Phase
from workshop import paths, registry, secrets
from workshop import settings as config
from workshop.services import forge
from workshop.shell import ARGOCD_KUBECONFIG, docker, kubectl
from workshop.story import repository
from workshop.story.branches import BRANCHES

pytestmark = [pytest.mark.phase(Phase.MAKES_FAULTS), pytest.mark.timeout(600), pytest.mark.usefixtures("rehearsal")]

EXAMINATION_SECONDS = 10
TOOL = "kustomize"
IMAGE = config.versions()["images"]["redis"]["name"]
WEBHOOK = "kargo-lite"


def doctor(*options: str) -> tuple[int, dict[str, Any]]:
    """The command as a script calls it: its exit code and its document, the checks by their id."""
    done = subprocess.run(
        [Path(sys.executable).with_name("workshop"), "doctor", "--json", *options],
        cwd=paths.ROOT, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    document = json.loads(done.stdout)
    document["checks"] = {check["id"]: check for check in document["checks"]}
    return done.returncode, document


@dataclass(frozen=True)
class Fault:
    """What is done by hand, the check that has to notice, and what its sentence has to say."""

    check: str
    words: str
    make: Callable[[], object]


def wrong_tool() -> None:
    own = paths.BIN / TOOL
    own.unlink(missing_ok=True)
    own.write_text("#!/bin/sh\necho v0.0.1\n", encoding="ascii")
    own.chmod(0o755)


def readable_secret() -> None:
    secrets.path(f"gitea-{config.FORGE_CI}").chmod(0o644)


def expired_token() -> None:
    secrets.store(f"gitea-token-{config.FORGE_CI}", "0" * 40)


def branch_gone() -> None:
    forge.checked("DELETE", f"{repository.PATH}/branches/{BRANCHES[-1].name.replace('/', '%2F')}")


def environment_branch_gone() -> None:
    # Behind the forge's back, which protects it: what a damaged disk or a wrong hand would leave.
    folder = f"/var/lib/gitea/git/repositories/{config.FORGE_ORGANISATION}/{config.REPOSITORY}.git"
    docker.text("exec", config.GITEA_CONTAINER, "git", "-C", folder, "update-ref", "-d", "refs/heads/env/stg")


def scaled_to_nothing(namespace: str, workload: str) -> Callable[[], object]:
    return lambda: kubectl.change("--namespace", namespace, "scale", workload, "--replicas=0")


def names_forgotten() -> None:
    corefile = kubectl.text("--namespace", "kube-system", "get", "configmap", "coredns", "--output", "json")
    changed = corefile.replace(config.GITEA_NAME, "nobody.example")
    kubectl.change("apply", "--server-side", "--force-conflicts", "--filename", "-", stdin=_bare(changed))


def other_password() -> None:
    patch = json.dumps({"stringData": {"password": "of-yesterday"}})
    kubectl.change("--namespace", config.PROJECT, "patch", "secret", "forge", "--patch", patch)


def strange_authority() -> None:
    cluster = yaml.safe_load(paths.KUBECONFIG.read_text(encoding="utf-8"))["clusters"][0]["cluster"]
    webhooks = json.loads(kubectl.text("get", "validatingwebhookconfiguration", WEBHOOK, "--output", "json"))[
        "webhooks"
    ]
    authority = cluster["certificate-authority-data"]
    changes = [
        {"op": "replace", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": authority}
        for index in range(len(webhooks))
    ]
    kubectl.change("patch", "validatingwebhookconfiguration", WEBHOOK, "--type=json", "--patch", json.dumps(changes))


def _bare(text: str) -> str:
    """An object without what only the API server may set."""
    item = json.loads(text)
    item["metadata"] = {key: item["metadata"][key] for key in ("name", "namespace")}
    return json.dumps(item)


TOGETHER = (
    Fault(f"tool-{TOOL}", TOOL, wrong_tool),
    Fault("kubeconfig", ARGOCD_KUBECONFIG.name, ARGOCD_KUBECONFIG.unlink),
    Fault("secrets", f"gitea-{config.FORGE_CI}", readable_secret),
    Fault("tokens", config.FORGE_CI, expired_token),
    Fault("images", IMAGE, lambda: registry.local().forget(*IMAGE.partition("/")[2].rsplit(":", 1))),
    Fault("dns", config.GITEA_NAME, names_forgotten),
    Fault("gateway", "0 réplicas", scaled_to_nothing(config.NAMESPACE_GATEWAY, "deployment/gateway")),
    Fault("argocd", "argocd-repo-server", scaled_to_nothing(config.NAMESPACE_ARGOCD, "deployment/argocd-repo-server")),
    Fault("kargo", "0 réplicas", scaled_to_nothing(config.NAMESPACE_KARGO, "deployment/kargo-lite")),
    Fault(
        "project", "ServiceAccount qa", lambda: kubectl.change("-n", config.PROJECT, "delete", "serviceaccount", "qa")
    ),
    Fault("credentials", "Kargo", other_password),
    Fault("webhook-authority", "não confia", strange_authority),
    Fault("branches", BRANCHES[-1].name, branch_gone),
    Fault("env-branches", "env/stg", environment_branch_gone),
)


@pytest.fixture(scope="module", autouse=True)
def healthy() -> None:
    """What is examined here is well to begin with, or what it finds says nothing."""
    code, found = doctor("--fix")
    assert code == 0, [check for check in found["checks"].values() if check["verdict"] == "fault"]


def test_the_whole_examination_is_quick(healthy: None) -> None:
    _, found = doctor()
    assert found["seconds"] <= EXAMINATION_SECONDS


def named(found: dict[str, Any], check: str, words: str) -> bool:
    """Whether that check is the one that found it, in words for people, with a command."""
    line = found["checks"][check]
    return line["verdict"] == "fault" and words in line["sentence"] and bool(line["fix"])


def test_faults_made_together_are_each_named_and_mended() -> None:
    for fault in TOGETHER:
        fault.make()

    code, found = doctor()
    missed = {
        fault.check: found["checks"][fault.check] for fault in TOGETHER if not named(found, fault.check, fault.words)
    }
    assert (code, missed) == (1, {})
    assert found["seconds"] <= EXAMINATION_SECONDS

    code, after = doctor("--fix")
    assert code == 0, ([c for c in after["checks"].values() if c["verdict"] == "fault"], after["repairs"])
    assert [repair for repair in after["repairs"] if repair["problem"]] == []


def test_stopped_services_are_named_and_started_again() -> None:
    stopped = {
        "registry": config.REGISTRY_CONTAINER,
        "postgres": config.POSTGRES_CONTAINER,
        "gitea": config.GITEA_CONTAINER,
    }
    docker.change("stop", "--time", "5", *stopped.values(), limit=60)

    kubectl.change("delete", "mutatingwebhookconfiguration", WEBHOOK)

    code, found = doctor()
    assert code == 1
    assert named(found, "webhook-authority", "MutatingWebhookConfiguration")
    assert [check for check, container in stopped.items() if not named(found, check, container)] == []

    code, after = doctor("--fix")
    assert code == 0, [check for check in after["checks"].values() if check["verdict"] == "fault"]


def test_a_stopped_cluster_whose_port_somebody_took() -> None:
    port = config.settings().gateway_port
    docker.change("stop", "--time", "20", config.NODE_CONTAINER, limit=90)
    with closing(socket.create_server(("127.0.0.1", port))):
        code, found = doctor()
        assert code == 1
        assert named(found, "api", "API do Kubernetes")
        assert named(found, f"port-{port}", "está com o programa")

    code, after = doctor("--fix")
    assert code == 0, [check for check in after["checks"].values() if check["verdict"] == "fault"]
