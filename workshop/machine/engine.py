"""The container engine: Docker that answers is used as it is.

Where none answers and we are root on Debian or Ubuntu, docker.io is installed and dockerd is started by us. Everywhere
else a sentence says what to run.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Final

from workshop import paths, process, voice, wait
from workshop.errors import WorkshopError
from workshop.machine import apt, refusals

PACKAGES: Final = ("docker.io", "iptables")
"""Debian's names for what makes the engine."""
LIMIT_SECONDS: Final = 60
LOG: Final = paths.LOGS / "dockerd.log"
_READ_LOG: Final = f"less {process.relative(LOG)}"
PID: Final = paths.STATE / "run" / "dockerd.pid"
SYSTEM_PID: Final = Path("/var/run/docker.pid")
"""Where every dockerd writes its own."""
_CAP_SYS_RESOURCE: Final = 24
_ASK_SECONDS: Final = 20
"""A Docker Desktop that saves resources takes longer than a moment to wake up."""


def ensure() -> None:
    """Have a Docker that answers; started by us where it may be. Raises `WorkshopError` with the command that helps."""
    if (said := _refusal()) is None:
        if refusals.is_elsewhere(address()):
            raise refusals.elsewhere(address())
    elif apt.is_possible() and not os.environ.get("DOCKER_HOST"):
        start()
    else:
        raise refusals.refusal(said) if said else refusals.absent()


def answers() -> bool:
    """Whether a Docker daemon answers. Raises `WorkshopError` where it takes longer than 20 seconds."""
    return _refusal() is None


def address() -> str:
    """Where the docker command finds its engine, as `unix://…`: by DOCKER_HOST, or by the context that is chosen."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    return process.run(["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]).out.strip()


def _refusal() -> str | None:
    """What the docker command says instead of an answer: None where it answers, nothing where there is none."""
    try:
        done = process.run(["docker", "info", "--format", "{{.ServerVersion}}"], limit=_ASK_SECONDS, check=False)
    except process.Missing:
        return ""
    except process.TimedOut:
        again = refusals.start_command().replace(" start", " restart")
        raise WorkshopError(f"O Docker não responde em {_ASK_SECONDS} segundos.", fix=again) from None
    if done.ok and done.out.strip():
        return None
    return (done.err + done.out).strip() or "docker info"


def start() -> None:
    """Install and start the engine; only where that may be done. Raises `WorkshopError` where it does not come up."""
    if shutil.which("dockerd") is None or shutil.which("iptables") is None:
        apt.install(*PACKAGES)
    if refusals.SYSTEMD.is_dir():
        _start_service()
    else:
        _start_daemon()


def _start_service() -> None:
    voice.say("iniciando docker.service")
    process.run(["systemctl", "start", "docker"], limit=120, check=False)
    if not answers():
        raise WorkshopError("docker.service não inicia.", fix="journalctl -u docker --no-pager | tail -20")


def _start_daemon() -> None:
    voice.say("iniciando o dockerd")
    PID.parent.mkdir(parents=True, exist_ok=True)
    _forget_dead_daemon()
    command = ["dockerd"]
    if not _has_sys_resource():
        command += [
            "--add-runtime", f"workshop={Path(__file__).with_name('oci_runtime.py')}",
            "--default-runtime", "workshop",
        ]  # fmt: skip
    daemon = process.detached(command, log=LOG)
    PID.write_text(str(daemon.pid), encoding="ascii")

    def answer() -> bool:
        if daemon.poll() is not None:
            raise WorkshopError("O dockerd terminou logo depois de iniciado.", details=_last_words(), fix=_READ_LOG)
        return answers()

    wait.until("resposta do dockerd", answer, limit=LIMIT_SECONDS, every=0.3, diagnosis=_last_words, fix=_READ_LOG)


def _last_words() -> str:
    return process.last_lines(LOG.read_text(encoding="utf-8", errors="replace"), 8)


def is_ours() -> bool:
    """Whether a daemon runs that this installation started."""
    pid = _started()
    return pid is not None and _is_dockerd(pid)


def stop() -> None:
    """Stop the daemon, if it is one that we started; a Docker that was there before is left alone."""
    pid = _started()
    if pid is None:
        return
    if _is_dockerd(pid):
        voice.say("parando o dockerd, que a oficina tinha iniciado")
        os.kill(pid, signal.SIGTERM)
        wait.until(
            f"fim do dockerd (processo {pid})", lambda: not _is_dockerd(pid),
            limit=LIMIT_SECONDS, every=0.2, fix=f"kill -9 {pid}",
        )  # fmt: skip
    PID.unlink(missing_ok=True)


def memory() -> int:
    """The bytes of memory that the engine's machine has."""
    return int(_info("{{.MemTotal}}"))


def folder() -> Path:
    """Where the engine keeps images and volumes: in its own machine, which need not be this one."""
    return Path(_info("{{.DockerRootDir}}"))


def _info(template: str) -> str:
    return process.run(["docker", "info", "--format", template], limit=_ASK_SECONDS).out.strip()


def described() -> dict[str, str]:
    """What the engine says of itself, storage and cgroups, for reports. Raises `WorkshopError` where it does not."""
    info = json.loads(process.run(["docker", "info", "--format", "{{json .}}"], limit=20).out)
    return {
        "engine": info["ServerVersion"], "storage": info["Driver"],
        "cgroup": f"v{info.get('CgroupVersion', '?')}", "runtime": info["DefaultRuntime"],
    }  # fmt: skip


def _started() -> int | None:
    try:
        return int(PID.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def _forget_dead_daemon() -> None:
    """dockerd refuses to start when its pid file names any living process; after a crash that is often another."""
    try:
        pid = int(SYSTEM_PID.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return
    if not _is_dockerd(pid):
        SYSTEM_PID.unlink(missing_ok=True)


def _is_dockerd(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == "dockerd" and state != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _has_sys_resource() -> bool:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    bounding = next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd"))
    return bool(int(bounding, 16) >> _CAP_SYS_RESOURCE & 1)
