"""The container engine and this machine's limits: what must be there before anything else.

Docker that answers is used as it is. Where none answers and we are root on Debian or Ubuntu, docker.io is
installed and dockerd is started by us. Everywhere else a sentence says what to run.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from workshop import settings as config
from workshop.errors import WorkshopError

Report = Callable[[str], None]

MINIMUM_DISK_GB = 20
MINIMUM_MEMORY_GIB = 6
MINIMUM_CORES = 2
DAEMON_LIMIT_SECONDS = 60
DAEMON_LOG = config.LOGS / "dockerd.log"
DAEMON_PID = config.STATE / "run" / "dockerd.pid"
_SYSTEM_PID = Path("/var/run/docker.pid")
INOTIFY = {"fs.inotify.max_user_watches": 524288, "fs.inotify.max_user_instances": 512}
"""kind's known issues: too few watches and pods fail with "too many open files"."""
CERTIFICATE_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
APT_INSTALL = config.ROOT / "scripts" / "apt-install"
ENGINE_PACKAGES = ("docker.io", "iptables")
"""Debian's names for what makes the engine."""
COMPOSE_PROGRAM = "docker-compose"
EXTRA_CERTIFICATES = Path("/usr/local/share/ca-certificates")
_CAP_SYS_RESOURCE = 24


def ensure(report: Report = print) -> None:
    """Disk, memory and a Docker that answers; started by us where it may be.

    Raises `WorkshopError` with the command that helps.
    """
    check_resources()
    if not docker_answers():
        _start_docker(report)
    raise_inotify_limits(report)


def check_resources() -> None:
    """Raise `WorkshopError` where disk (20 GB free) or memory (6 GiB) would not last."""
    free = shutil.disk_usage(config.ROOT).free / 1e9
    already_supplied = (config.STATE / "supplied").exists()
    if free < MINIMUM_DISK_GB and not already_supplied:
        raise WorkshopError(
            f"Only {free:.0f} GB are free where {config.ROOT.name} lies; the workshop needs {MINIMUM_DISK_GB} GB.",
            fix="docker system prune   # or free some space, then run the same command again",
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    if memory < MINIMUM_MEMORY_GIB:
        raise WorkshopError(
            f"This machine has {memory:.1f} GiB of memory; the workshop needs {MINIMUM_MEMORY_GIB} GiB.",
            fix="use a larger machine, or give the virtual machine more memory",
        )


def docker_answers() -> bool:
    """Whether a Docker daemon answers within 10 seconds."""
    try:
        done = subprocess.run(
            ["docker", "info", "--format", "{{.ServerVersion}}"], capture_output=True, timeout=10, check=False
        )
    except FileNotFoundError:
        return False
    except subprocess.TimeoutExpired:
        raise WorkshopError("Docker does not answer within 10 seconds.", fix="sudo systemctl restart docker") from None
    return done.returncode == 0


def _start_docker(report: Report) -> None:
    if os.environ.get("DOCKER_HOST"):
        raise WorkshopError(
            f"DOCKER_HOST is {os.environ['DOCKER_HOST']}, and no Docker answers there.",
            fix="unset DOCKER_HOST",
        )
    if os.geteuid() != 0 or not is_debian():
        raise WorkshopError(
            "Docker does not answer.",
            fix="sudo systemctl start docker   # not installed? https://docs.docker.com/engine/install/",
        )
    if shutil.which("dockerd") is None or shutil.which("iptables") is None:
        report("docker.io is not installed: installing it with apt")
        apt_install(*ENGINE_PACKAGES, report=report)
    if Path("/run/systemd/system").is_dir():
        report("starting docker.service")
        subprocess.run(["systemctl", "start", "docker"], capture_output=True, timeout=120, check=False)
        if docker_answers():
            return
        raise WorkshopError("docker.service does not start.", fix="journalctl -u docker --no-pager | tail -20")
    report("starting dockerd")
    config.LOGS.mkdir(parents=True, exist_ok=True)
    DAEMON_PID.parent.mkdir(parents=True, exist_ok=True)
    _forget_dead_daemon()
    command = ["dockerd"]
    if not _has_sys_resource():
        command += [
            "--add-runtime", f"workshop={Path(__file__).with_name('oci_runtime.py')}",
            "--default-runtime", "workshop",
        ]  # fmt: skip
    with DAEMON_LOG.open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    DAEMON_PID.write_text(str(process.pid), encoding="ascii")
    deadline = time.monotonic() + DAEMON_LIMIT_SECONDS
    while time.monotonic() < deadline:
        if docker_answers():
            return
        if process.poll() is not None:
            break
        time.sleep(0.3)
    tail = "\n".join(DAEMON_LOG.read_text(errors="replace").splitlines()[-8:])
    raise WorkshopError(
        "dockerd did not start. Its last lines:",
        details=tail,
        fix=f"less {DAEMON_LOG.relative_to(config.ROOT)}",
    )


def _forget_dead_daemon() -> None:
    """dockerd refuses to start when its pid file names any living process; after a crash that is often another."""
    try:
        pid = int(_SYSTEM_PID.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return
    if not _is_dockerd(pid):
        _SYSTEM_PID.unlink(missing_ok=True)


def is_ours() -> bool:
    """Whether a daemon runs that this installation started."""
    pid = _started()
    return pid is not None and _is_dockerd(pid)


def _started() -> int | None:
    try:
        return int(DAEMON_PID.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def stop(report: Report = print) -> None:
    """Stop the daemon, if it is one that we started; a Docker that was there before is left alone."""
    pid = _started()
    if pid is None:
        return
    if _is_dockerd(pid):
        report("stopping dockerd, which the workshop had started")
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + DAEMON_LIMIT_SECONDS
        while _is_dockerd(pid):
            if time.monotonic() > deadline:
                raise WorkshopError(f"dockerd (process {pid}) does not stop.", fix=f"kill -9 {pid}")
            time.sleep(0.2)
    DAEMON_PID.unlink(missing_ok=True)


def _is_dockerd(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == "dockerd" and state != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def apt_install(*packages: str, report: Report = print) -> None:
    """Install Debian packages, those of a bundle first; a failure names the package manager's own last lines."""
    done = subprocess.run([APT_INSTALL, *packages], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join(done.stderr.strip().splitlines()[-3:])
        raise WorkshopError(
            f"{', '.join(packages)} cannot be installed.", details=tail, fix=f"apt-get install {' '.join(packages)}"
        )
    report(f"installed {', '.join(packages)}")


def compose(report: Report = print) -> list[str]:
    """How compose is called here: Docker's plugin, or the program of that name; installed where we may.

    Raises `WorkshopError` where there is neither.
    """
    if (found := _compose()) is not None:
        return found
    package = compose_package()
    if os.geteuid() != 0 or not is_debian():
        raise WorkshopError(
            "Neither `docker compose` nor `docker-compose` is on this machine.",
            fix=f"sudo apt-get install {package}   # or Docker's own plugin: docker-compose-plugin",
        )
    apt_install(package, report=report)
    return _compose() or [COMPOSE_PROGRAM]


def _compose() -> list[str] | None:
    try:
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    except FileNotFoundError:
        return None
    if plugin.returncode == 0:
        return ["docker", "compose"]
    return [COMPOSE_PROGRAM] if shutil.which(COMPOSE_PROGRAM) else None


def compose_package() -> str:
    """The package that brings compose: Ubuntu has made a new one of its second version, Debian has not."""
    return "docker-compose-v2" if "ubuntu" in _system_ids() else COMPOSE_PROGRAM


def raise_inotify_limits(report: Report = print) -> None:
    """Raise the kernel's limits to `INOTIFY`; where that is not allowed, say the command that does it."""
    for name, wanted in INOTIFY.items():
        path = Path("/proc/sys") / name.replace(".", "/")
        if int(path.read_text(encoding="ascii")) >= wanted:
            continue
        try:
            path.write_text(str(wanted), encoding="ascii")
        except OSError:
            report(f"{name} is below {wanted}; pods may fail to start. Fix: sudo sysctl -w {name}={wanted}")


def extra_certificates() -> bytes:
    """The host's CA bundle where the host trusts extra authorities (a company proxy), else nothing."""
    if EXTRA_CERTIFICATES.is_dir() and any(EXTRA_CERTIFICATES.rglob("*.crt")):
        return CERTIFICATE_BUNDLE.read_bytes()
    return b""


def port_is_free(port: int) -> bool:
    """Whether 127.0.0.1:port can be bound."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


def docker_settings() -> dict[str, str]:
    """What `docker info` says of engine, storage and cgroups, for reports."""
    done = subprocess.run(
        ["docker", "info", "--format", "{{json .}}"], capture_output=True, text=True, timeout=20, check=True
    )
    info = json.loads(done.stdout)
    return {
        "engine": info["ServerVersion"], "storage": info["Driver"],
        "cgroup": f"v{info.get('CgroupVersion', '?')}", "runtime": info["DefaultRuntime"],
    }  # fmt: skip


def is_debian() -> bool:
    """Whether apt and the names of its packages are Debian's."""
    return not _system_ids().isdisjoint(("debian", "ubuntu"))


def _system_ids() -> set[str]:
    """This system's name and those of the systems that it is made from: os-release(5), ID and ID_LIKE."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return set()
    return {release["ID"], *release.get("ID_LIKE", "").split()}


def _has_sys_resource() -> bool:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    bounding = next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd"))
    return bool(int(bounding, 16) >> _CAP_SYS_RESOURCE & 1)
