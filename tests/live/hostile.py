"""A user's machine that is set up for everything but this: what must not change what the workshop does.

Each setting is one that people have, and that has broken a tool like this one. What holds each by itself is in
tests/unit/test_environment_variables.py; here all are set at once, and a whole rehearsal has to pass.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NOWHERE: Final = "http://127.0.0.1:9"
"""A proxy that nobody is behind: discard(9), where nothing listens."""
_GIT: Final = """\
[user]
    name = Somebody Else
    email = somebody@else.example
[clone]
    defaultRemoteName = upstream
[core]
    autocrlf = true
    hooksPath = {home}/hooks
[commit]
    gpgSign = true
[init]
    defaultBranch = trunk
[url "{nowhere}/"]
    insteadOf = http://localhost
"""
_KUBERC: Final = """\
apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
defaults:
- command: delete
  options:
  - name: interactive
    default: "true"
"""
_ACT: Final = "--platform ubuntu-latest=nobody/nothing:0\n"


@dataclass(frozen=True)
class Machine:
    """The variables of it, and the repository that is somebody else's."""

    variables: dict[str, str]
    repository: Path
    index: Path

    def seen(self) -> str:
        """All that a tool could have changed in somebody else's repository: its refs, and the index."""
        refs = subprocess.run(
            ["git", "for-each-ref"], env=self.variables, capture_output=True, text=True, check=True
        ).stdout
        return refs + self.index.read_bytes().hex()


def machine(folder: Path) -> Machine:
    """Make its home directory and the repository in `folder`."""
    home, elsewhere = folder / "home", folder / "elsewhere"
    for needed in (home / ".kube", home / "hooks", home / "python", elsewhere):
        needed.mkdir(parents=True)
    (home / ".gitconfig").write_text(_GIT.format(home=home, nowhere=NOWHERE), encoding="utf-8")
    (home / ".kube" / "kuberc").write_text(_KUBERC, encoding="utf-8")
    (home / ".actrc").write_text(_ACT, encoding="utf-8")
    (home / "python" / "yaml.py").write_text("raise ImportError('another project')\n", encoding="utf-8")
    for hook in ("pre-commit", "pre-push", "post-checkout"):
        (home / "hooks" / hook).write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        (home / "hooks" / hook).chmod(0o755)
    plain = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@else.example")
    for command in (("init", "--quiet"), (*identity, "commit", "--quiet", "--allow-empty", "--message", "theirs")):
        subprocess.run(["git", *command], cwd=elsewhere, env=plain, check=True)
    index = elsewhere / "another-index"
    subprocess.run(["git", "read-tree", "HEAD"], cwd=elsewhere, env={**plain, "GIT_INDEX_FILE": str(index)}, check=True)
    return Machine(
        {
            **os.environ,
            "HOME": str(home),
            "GIT_DIR": str(elsewhere / ".git"),
            "GIT_WORK_TREE": str(elsewhere),
            "GIT_INDEX_FILE": str(index),
            "KUBECONFIG": str(folder / "no-kubeconfig"),
            "ARGOCD_OPTS": "--server nowhere.example:443",
            "HELM_KUBECONTEXT": "nowhere",
            "HELM_NAMESPACE": "nowhere",
            "DOCKER_BUILDKIT": "1",
            "DOCKER_DEFAULT_PLATFORM": "linux/s390x",
            "PYTHONPATH": str(home / "python"),
            "http_proxy": NOWHERE,
            "HTTP_PROXY": NOWHERE,
        },
        elsewhere,
        index,
    )
