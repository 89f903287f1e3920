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
from typing import Any, Final

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
LOCAL: Final = "unix:///var/run/docker.sock"
"""Where an engine is found that the system starts, or we do."""
_ASK_SECONDS: Final = 20
"""A Docker Desktop that saves resources takes longer than a moment to wake up."""
_PODMANS_FOLDER: Final = "containers/storage"
"""Where podman keeps images, also where it speaks Docker's language."""


def ensure() -> None:
    """Have a Docker that answers; started by us where it may be. Raises `WorkshopError` with the command that helps."""
    where = address()
    if refusals.is_elsewhere(where):
        raise refusals.elsewhere(where)
    try:
        info()
    except refusals.NotRunning:
        if where != LOCAL or not apt.is_possible():
            raise
        start()


def answers() -> bool:
    """Whether a Docker daemon answers. Raises `WorkshopError` where it takes longer than 20 seconds."""
    try:
        info()
    except refusals.Refusal:
        return False
    return True


def info(limit: float = _ASK_SECONDS) -> dict[str, Any]:
    """What the engine says of itself. **limit**: seconds.

    Raises `refusals.Refusal` in Docker's own words where it says nothing, `WorkshopError` where it takes longer.
    """
    try:
        done = process.run(["docker", "info", "--format", "{{json .}}"], limit=limit, check=False)
    except process.Missing:
        raise refusals.absent() from None
    except process.TimedOut:
        raise refusals.silent(limit, address()) from None
    found = _parse(done.out)
    if "host" in found or _PODMANS_FOLDER in found.get("DockerRootDir", ""):
        raise refusals.podman(done.err)
    if not found.get("ServerVersion"):
        # As JSON: some versions of the command end well without an answer, others hide why behind their template.
        said = found.get("ServerErrors") or [done.err, "" if found else done.out]
        raise refusals.refusal("\n".join(said).strip())
    return found


def address() -> str:
    """Where the docker command finds its engine, as `unix://…`: by DOCKER_HOST, or by the context that is chosen."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    template = "{{.Endpoints.docker.Host}}"
    try:
        done = process.run(["docker", "context", "inspect", "--format", template], limit=_ASK_SECONDS, check=False)
    except process.Missing:
        return LOCAL
    # Where there is no such context, or no docker that knows of contexts, its answer to any question says so.
    return (done.ok and done.out.strip()) or LOCAL


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
    try:
        info()
    except WorkshopError as error:
        fix = "journalctl -u docker --no-pager | tail -20"
        raise WorkshopError("docker.service não inicia.", fix=fix, details=error.details) from None


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
    return int(info()["MemTotal"])


def folder() -> Path:
    """Where the engine keeps images and volumes: in its own machine, which need not be this one."""
    return Path(info()["DockerRootDir"])


def described() -> dict[str, str]:
    """What the engine says of itself, storage and cgroups, for reports. Raises `WorkshopError` where it does not."""
    said = info()
    return {
        "engine": said["ServerVersion"], "storage": said["Driver"],
        "cgroup": f"v{said.get('CgroupVersion', '?')}", "runtime": said["DefaultRuntime"],
    }  # fmt: skip


def _parse(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


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
