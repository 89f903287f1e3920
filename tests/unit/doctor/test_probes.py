"""Each probe against something real that is wrong: a taken port, a full disk, a wrong program, an old certificate."""

from __future__ import annotations

import datetime
import email.utils
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.board_api import Api
from workshop import http, kube, paths
from workshop import settings as config
from workshop.doctor import certificates, check, cluster, engine, machine, services, story, talk, tools
from workshop.doctor.check import Verdict
from workshop.doctor.run import examine
from workshop.errors import WorkshopError
from workshop.machine import apt, limits, refusals
from workshop.rehearsal import schedule
from workshop.supply.catalogue import Program
from workshop.videos import manifest

GOOD, BAD, APART = Verdict.GOOD, Verdict.BAD, Verdict.APART
KUBECTL = Program("kubectl", "1.34.3", "kubernetes", "k", version_args=("version",))


def program(folder: Path, name: str, script: str) -> Path:
    """A small program in the place of a large one."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.fixture(name="path")
def fixture_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on PATH, and no folder of ours before it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(paths, "BIN", tmp_path / "ours")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    check.forget_answers()
    return folder


@pytest.fixture(name="taken")
def fixture_taken() -> Iterator[int]:
    """A port that this process holds."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held.getsockname()[1]


class Server:
    """A web server that can be stopped, and whose clock can be wrong."""

    def __init__(self) -> None:
        outer = self
        self.skew, self.body, self.status = 0.0, b"{}", 200

        class Handler(BaseHTTPRequestHandler):
            def date_time_string(self, timestamp: float | None = None) -> str:
                return email.utils.formatdate(time.time() + outer.skew, usegmt=True)

            def do_GET(self) -> None:
                self.send_response(outer.status)
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *arguments: object) -> None:
                pass

        self._http = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._http.server_port
        self.url = f"http://127.0.0.1:{self.port}/"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture(name="server")
def fixture_server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


# -- The machine ------------------------------------------------------------------------------------
def test_too_few_processors_and_too_little_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "docker", "exit 1")
    monkeypatch.setattr(limits, "MINIMUM_CORES", 1)
    assert machine.cores().verdict is GOOD
    monkeypatch.setattr(limits, "MINIMUM_CORES", 100_000)
    assert machine.cores().verdict is BAD
    monkeypatch.setattr(limits, "MINIMUM_MEMORY_GIB", 0.1)
    monkeypatch.setattr(machine, "FREE_GIB", 0.001)
    assert machine.memory().verdict is GOOD
    monkeypatch.setattr(machine, "FREE_GIB", 1e6)
    assert "livres" in machine.memory().sentence
    monkeypatch.setattr(limits, "MINIMUM_MEMORY_GIB", 1e6)
    assert "a oficina precisa de" in machine.memory().sentence


def test_what_counts_is_what_the_engine_has(path: Path) -> None:
    """Docker Desktop, Colima and WSL give it a part of the machine."""
    program(path, "docker", f"""echo '{{"ServerVersion": "29", "NCPU": 1, "MemTotal": {1 << 30}}}'""")
    assert machine.cores().sentence.startswith("1 processador(es); a oficina precisa de")
    assert machine.memory().sentence.startswith("1.0 GiB de memória; a oficina precisa de")


def test_the_memory_of_a_control_group_counts(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "docker", "exit 1")
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(machine, "CGROUP_LIMIT", limit)
    limit.write_text(f"{1 << 30}\n", encoding="ascii")
    assert machine.memory().sentence.startswith("1.0 GiB de memória; a oficina precisa de")


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    supplied = tmp_path / "supplied"
    monkeypatch.setattr(paths, "SUPPLIED", supplied)
    monkeypatch.setattr(limits, "TO_PULL_GB", 1e6)
    monkeypatch.setattr(machine, "FREE_GB_WHEN_SUPPLIED", 0.0)
    assert machine.disk(tmp_path / "none").verdict is APART
    assert machine.disk(tmp_path).verdict is BAD
    supplied.touch()
    assert machine.disk(tmp_path).verdict is GOOD, "with everything in place there is less to come"


def test_what_is_wanted_of_a_disk_fits_the_way_that_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "SUPPLIED", tmp_path / "supplied")
    monkeypatch.setattr(limits, "free_gb", lambda _: 12.0)
    for supply, verdict in (("pull", GOOD), ("auto", GOOD), ("build", BAD)):
        monkeypatch.setenv("WORKSHOP_SUPPLY", supply)
        config.settings.cache_clear()
        assert machine.disk(tmp_path).verdict is verdict, supply


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_real_small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(tmp_path)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    for where, name in ((machine, "FREE_GB_WHEN_SUPPLIED"), (limits, "TO_PULL_GB")):
        monkeypatch.setattr(where, name, 0.004)
    try:
        assert machine.disk(tmp_path).verdict is GOOD
        (tmp_path / "large").write_bytes(b"\0" * (6 << 20))
        found = machine.disk(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert found.verdict is BAD
    assert found.fix == "docker system prune"


def test_inotify_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SYSCTL", tmp_path)
    monkeypatch.setattr(limits, "INOTIFY", {"fs.inotify.max_user_instances": 512})
    folder = tmp_path / "fs" / "inotify"
    folder.mkdir(parents=True)
    (folder / "max_user_instances").write_text("128\n", encoding="ascii")
    found = machine.inotify()
    assert found.verdict is BAD
    assert "fs.inotify.max_user_instances=512 | sudo tee -a /etc/sysctl.d/" in found.fix
    (folder / "max_user_instances").write_text("512\n", encoding="ascii")
    assert machine.inotify().verdict is GOOD
    monkeypatch.setattr(limits, "SYSCTL", tmp_path / "none")
    assert machine.inotify().verdict is APART


def test_a_port_that_another_program_holds(taken: int) -> None:
    found = machine.port(taken, "gitea_port", "no-such-container")
    assert found.verdict is BAD
    assert str(taken) in found.fix
    assert machine.lab_port(taken).verdict is BAD


def test_a_port_that_is_free_or_held_by_our_container(taken: int, path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert machine.port(free, "gitea_port", "workshop-gitea").verdict is GOOD
    program(path, "docker", f"echo 127.0.0.1:{taken}-\\>3000/tcp")
    assert machine.port(taken, "gitea_port", "workshop-gitea").verdict is GOOD


def test_jupyterlab_on_its_own_port_is_fine(server: Server) -> None:
    server.body = b'{"version": "2.17.0"}'
    assert machine.lab_port(server.port).verdict is GOOD


def test_a_clock_that_differs(server: Server, path: Path) -> None:
    program(path, "docker", "exit 1")
    assert machine.clock(server.url).verdict is GOOD
    server.skew = -3600
    found = machine.clock(server.url)
    assert found.verdict is BAD
    assert "-3600" in found.sentence or "-3601" in found.sentence
    assert machine.clock("http://127.0.0.1:1/").verdict is APART


def test_the_clock_of_the_node(path: Path) -> None:
    program(path, "docker", "date +%s.%N")
    assert machine.clock().verdict is GOOD
    program(path, "docker", "echo $(($(date +%s) + 600)).0")
    assert machine.clock().verdict is BAD


@pytest.mark.parametrize(("destination", "words"), [("00000000", "há uma rota"), ("0000A8C0", "sem rota")])
def test_a_network_is_never_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, destination: str, words: str
) -> None:
    routes = tmp_path / "route"
    routes.write_text(f"Iface\tDestination\tGateway\neth0\t{destination}\t0100A8C0\n", encoding="ascii")
    monkeypatch.setattr(machine, "ROUTES", routes)
    found = machine.network()
    assert (found.verdict, words in found.sentence) == (APART, True)


# -- The engine -------------------------------------------------------------------------------------
INFO = '{"ServerVersion":"29","Driver":"overlay2","CgroupVersion":"2","CgroupDriver":"systemd","MemoryLimit":%s}'


def test_an_engine_that_does_not_answer(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "SYSTEMD", tmp_path)
    program(path, "docker", 'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1')
    found = engine.engine()
    assert found.verdict is BAD
    assert "Cannot connect" in found.sentence
    assert found.fix == "sudo systemctl start docker"


def test_an_engine_that_may_not_be_used_is_not_started_but_joined(path: Path) -> None:
    said = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock"
    program(path, "docker", f"echo '{said}' >&2; exit 1")
    found = engine.engine()
    assert "este usuário não pode usá-lo: permission denied" in found.sentence
    assert "usermod -aG docker" in found.fix


def test_an_engine_that_hangs_is_named_and_ended(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "SYSTEMD", tmp_path)
    program(path, "docker", "exec sleep 60")
    started = time.monotonic()
    with pytest.raises(WorkshopError, match="não respondeu em 1 s") as told:
        check.ask("docker", "info", limit=1)
    assert time.monotonic() - started < 5
    assert told.value.fix == "sudo systemctl restart docker"


def test_control_groups_without_limits(path: Path) -> None:
    info = INFO.replace("}", ',"CpuCfsQuota":true,"PidsLimit":true}')
    program(path, "docker", f"echo '{info % 'true'}'")
    assert engine.engine().verdict is GOOD
    assert engine.cgroups().verdict is GOOD
    check.forget_answers()
    program(path, "docker", f"echo '{info % 'false'}'")
    found = engine.cgroups()
    assert found.verdict is BAD
    assert "memory" in found.sentence


def test_the_workshop_of_another_folder_is_not_repaired(path: Path) -> None:
    program(path, "docker", "echo workshop /somewhere/else")
    assert engine.owner().verdict is BAD
    with pytest.raises(WorkshopError, match="/somewhere/else"):
        engine.require_ours()
    program(path, "docker", f'echo "workshop {paths.ROOT}"')
    assert engine.owner().verdict is GOOD
    engine.require_ours()
    program(path, "docker", 'echo "Error: No such network: workshop" >&2; exit 1')
    assert engine.owner().verdict is APART
    with pytest.raises(WorkshopError):
        engine.require_ours()


# -- Tools ------------------------------------------------------------------------------------------
def test_a_tool_of_another_version(path: Path) -> None:
    program(path, "kubectl", "echo Client Version: v1.30.0")
    assert tools.pinned(KUBECTL).verdict is BAD
    program(path, "kubectl", "echo Client Version: v1.34.3")
    assert tools.pinned(KUBECTL).verdict is GOOD


def test_a_wrong_file_of_ours_hides_a_good_one(path: Path) -> None:
    program(path, "kubectl", "echo Client Version: v1.34.3")
    program(paths.BIN, "kubectl", "echo Client Version: v1.30.0")
    found = tools.pinned(KUBECTL)
    assert found.verdict is BAD
    assert found.sentence.startswith(".workshop/bin")


def test_programs_that_are_missing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "ALWAYS", ("sh",))
    assert tools.others().verdict is GOOD
    monkeypatch.setattr(tools, "ALWAYS", ("sh", "no-such-program"))
    found = tools.others()
    assert found.verdict is BAD
    assert found.fix == apt.install_command("no-such-program")


def test_packages_of_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tools.python_packages().verdict is GOOD
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\ndependencies = ["httpx==0.0.1", "no-such-package==1"]\n', encoding="utf-8")
    monkeypatch.setattr(tools, "PYPROJECT", file)
    found = tools.python_packages()
    assert found.verdict is BAD
    assert "httpx" in found.sentence
    assert "no-such-package nenhum" in found.sentence


# -- Services ---------------------------------------------------------------------------------------
def test_a_service_that_was_stopped(server: Server, path: Path) -> None:
    def answers() -> bool:
        try:
            return http.LOCAL.get(server.url).status_code == 200
        except Exception:
            return False

    assert services.service("workshop-registry", answers, server.url).verdict is GOOD
    server.stop()
    program(path, "docker", "echo exited")
    found = services.service("workshop-registry", answers, server.url)
    assert found.verdict is BAD
    assert found.fix == "docker start workshop-registry"
    program(path, "docker", "echo running")
    assert services.service("workshop-registry", answers, server.url).fix == "docker restart workshop-registry"
    program(path, "docker", "echo Error: No such object >&2; exit 1")
    assert services.service("workshop-registry", answers, server.url).fix == "make up"


def test_secrets_that_others_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "secrets"
    monkeypatch.setattr(paths, "SECRETS", folder)
    assert services.secrets_folder().verdict is APART
    folder.mkdir(mode=0o700)
    (folder / "a").write_text("x", encoding="ascii")
    (folder / "a").chmod(0o644)
    assert services.secrets_folder().verdict is BAD
    services.close_secrets()
    assert services.secrets_folder().verdict is GOOD


def test_a_proxy_for_this_very_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert services.proxy().verdict is GOOD
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    assert services.proxy().verdict is BAD
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    assert services.proxy().verdict is GOOD


# -- The cluster ------------------------------------------------------------------------------------
def thing(name: str, namespace: str = "", **content: object) -> kube.Object:
    """An object of the cluster."""
    return {"metadata": {"name": name, "namespace": namespace}, **content}


@pytest.fixture(name="api")
def fixture_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """An API server with a node, and a gateway that somebody scaled to nothing."""
    monkeypatch.setattr(paths, "KUBECONFIG", tmp_path / "kubeconfig")
    check.forget_answers()
    node = thing(config.NODE_CONTAINER, status={"conditions": [{"type": "Ready", "status": "True"}]})
    gateway = thing("gateway", config.NAMESPACE_GATEWAY, spec={"replicas": 0}, status={})
    with Api({"Node": [node], "Deployment": [gateway]}) as api:
        api.write_kubeconfig(paths.KUBECONFIG)
        yield api


def probed(id: str) -> check.Finding:
    """What the cluster's check of that id finds now, as the examination has it."""
    (found,) = examine([one for one in cluster.area().checks if one.id == id])
    return found.finding


def test_an_api_server_that_is_there_or_not(api: Api) -> None:
    assert probed("api").verdict is GOOD
    api.status = 503
    assert probed("api").sentence == "a API do Kubernetes não está pronta (HTTP 503 Service Unavailable)"
    api.stop()
    for id in ("api", "node", "gateway", "credentials"):
        found = probed(id)
        assert found.verdict is BAD
        assert found.sentence.startswith("a API do Kubernetes não responde (")
        assert found.fix.startswith(f"docker start {config.NODE_CONTAINER}")


def test_a_kubeconfig_that_is_gone_or_broken(api: Api) -> None:
    paths.KUBECONFIG.write_text("{", encoding="utf-8")
    assert probed("node").sentence == "não dá para ler .workshop/kubeconfig"
    paths.KUBECONFIG.unlink()
    assert probed("kubeconfig").fix.startswith("kind export kubeconfig")
    assert "falta .workshop/kubeconfig" in probed("node").sentence
    assert probed("client-certificate").verdict is BAD


def test_a_node_that_is_not_ready(api: Api) -> None:
    assert probed("node").sentence == "Ready"
    conditions = [{"type": "Ready", "status": "False", "message": "no disk"}]
    api.put("Node", thing(config.NODE_CONTAINER, status={"conditions": conditions}))
    assert probed("node").sentence == "o nó não está Ready: no disk"


def test_what_was_scaled_to_nothing(api: Api) -> None:
    assert probed("gateway").sentence == "gateway está com 0 réplicas"
    started = thing("gateway", config.NAMESPACE_GATEWAY, spec={"replicas": 1}, status={"readyReplicas": 1})
    api.put("Deployment", started)
    assert probed("gateway").verdict is GOOD
    api.delete("Deployment", started)
    assert probed("gateway").sentence == "gateway não existe"


def test_accounts_are_renewed_without_a_cluster_too(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    renewed: list[str] = []
    monkeypatch.setattr(services.forge, "ensure", lambda: renewed.append("Gitea"))
    for other, name in ((services.argocd, "Argo CD"), (services.kargo, "Kargo")):
        monkeypatch.setattr(other, "is_installed", lambda: True)
        monkeypatch.setattr(other, "renew_credentials", lambda name=name: renewed.append(name))
    services.renew_accounts()
    api.stop()
    services.renew_accounts()
    assert renewed == ["Gitea", "Argo CD", "Kargo", "Gitea"]


def test_the_same_question_of_several_checks_is_asked_once(api: Api) -> None:
    examine([one for one in cluster.area().checks if one.id in ("kargo", "webhook-authority", "webhook-certificate")])
    assert api.lists["deployments"] == 1


# -- Certificates -----------------------------------------------------------------------------------
Key = ec.EllipticCurvePrivateKey


def certificate(days_from: float, days_to: float, name: str = "kargo.svc", signer: Key | None = None) -> bytes:
    """A certificate that is valid from and until so many days from now."""
    now = datetime.datetime.now(datetime.UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(who).issuer_name(who).public_key((signer or key).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days_from))
        .not_valid_after(now + datetime.timedelta(days=days_to))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(signer or key, hashes.SHA256())
    )  # fmt: skip
    return made.public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    ("pem", "verdict", "words"),
    [
        (certificate(-1, 100), GOOD, "vale até"),
        (certificate(-10, -1), BAD, "venceu"),
        (certificate(-10, 2), BAD, "vence já"),
        (certificate(1, 100), BAD, "relógio"),
        (certificate(-1, 100, "other.svc"), BAD, "não é de kargo.svc"),
        (b"nonsense", BAD, "não é um certificado"),
    ],
)
def test_certificates(pem: bytes, verdict: Verdict, words: str) -> None:
    found = certificates.examine(pem, "kargo.svc", "conserte")
    assert found.verdict is verdict
    assert words in found.sentence


def test_who_signed_a_certificate() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    mine, authority = certificate(-1, 10, signer=key), certificate(-1, 10, signer=key)
    assert certificates.is_signed_by(mine, authority)
    assert not certificates.is_signed_by(mine, certificate(-1, 10))
    assert not certificates.is_signed_by(mine, b"")


# -- The story and the talk -------------------------------------------------------------------------
def test_a_branch_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare, work = tmp_path / "bare.git", tmp_path / "work"
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "--quiet", "--bare", str(bare)], check=True)
    subprocess.run([*git, "init", "--quiet", str(work)], check=True)
    subprocess.run([*git, "-C", str(work), "commit", "--quiet", "--allow-empty", "-m", "x"], check=True)
    heads = [f"HEAD:refs/heads/{name}" for name in story.RENDERED]
    subprocess.run([*git, "-C", str(work), "push", "--quiet", str(bare), *heads], check=True)
    monkeypatch.setattr(config, "repository_on_host", lambda: str(bare))
    assert story.branches(story.RENDERED).verdict is GOOD

    subprocess.run([*git, "-C", str(work), "push", "--quiet", str(bare), ":env/stg"], check=True)
    found = story.branches(story.RENDERED)
    assert found.verdict is BAD
    assert found.sentence == "falta no Gitea: env/stg"


def test_a_notebook_that_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert talk.notebooks().verdict is GOOD
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    for notebook in schedule.ALL[2:]:
        notebook.path.write_text('{"cells": []}', encoding="utf-8")
    first, second = (notebook.path for notebook in schedule.ALL[:2])
    first.write_text("<<<<<<< HEAD", encoding="utf-8")
    found = talk.notebooks()
    assert found.sentence == f"{first.name} está estragado; {second.name} não existe"


def test_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert talk.kernel().verdict is GOOD
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    assert talk.kernel().fix == "git checkout -- notebooks"

    def ask_for(name: str) -> None:
        notebook = {"metadata": {"kernelspec": {"name": name}}}
        schedule.ALL[0].path.write_text(json.dumps(notebook), encoding="utf-8")

    ask_for("no-such-kernel")
    assert talk.kernel().sentence == "não há kernel no-such-kernel"
    bare = program(tmp_path / "bin", "python", f'exec "{sys.executable}" -I -S "$@"')
    folder = tmp_path / "kernels" / "bare"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(f'{{"argv": ["{bare}", "-m", "ipykernel"]}}', encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    ask_for("bare")
    found = talk.kernel()
    assert found.verdict is BAD
    assert "ipykernel" in found.sentence


def test_slides_and_videos_are_optional(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "VIDEOS", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(talk, "SLIDES_TOOL", "no-such-program")
        assert talk.slides_tool().verdict is APART
    program(path, "presenterm", "echo presenterm 0.16.1")
    assert talk.slides_tool().sentence == "presenterm 0.16.1"
    assert talk.videos().verdict is APART
    for video in manifest.videos(tmp_path):
        video.file.write_bytes(b"x")
    assert talk.videos().verdict is APART, "nothing says of which notebooks they are"
    for video in manifest.videos(tmp_path):
        of = manifest.fingerprint(video.notebook.path), manifest.digest(video.file)
        manifest.Manifest(video.notebook.file, *of, 1, "2026-11-25", "kargo-lite", {}, []).write(video.manifest_file)
    assert talk.videos().verdict is GOOD


def test_the_last_rehearsal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.json"
    monkeypatch.setattr(talk, "LAST_REHEARSAL", file)
    assert talk.last_rehearsal().verdict is APART
    file.write_text('{"ok": true}', encoding="ascii")
    assert talk.last_rehearsal().verdict is GOOD
    file.write_text('{"ok": false}', encoding="ascii")
    assert talk.last_rehearsal().verdict is APART
