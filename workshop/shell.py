"""The command line tools, called by name: `kubectl("get pods -n dev")` shows what it runs and what that printed.

Every tool is an `sh` command underneath. In a notebook the call is the demonstration, so the command line is
echoed, output streams while it comes, and a failure is a sentence with the tool's own words, not a stack trace.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import sh

from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.supply.tools import path_environment

ARGOCD_KUBECONFIG = config.STATE / "kubeconfig-argocd"
"""As kubeconfig, with Argo CD's namespace as the current one, which `argocd --core` demands."""


def environment() -> dict[str, str]:
    """The variables that every tool runs with: our tools first on PATH, our cluster, no colours, no pagers."""
    return {
        **path_environment(),
        "KUBECONFIG": str(config.KUBECONFIG),
        "KIND_EXPERIMENTAL_DOCKER_NETWORK": config.DOCKER_NETWORK,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "DOCKER_BUILDKIT": "0",
        "DOCKER_CLI_HINTS": "false",
    }


class Tool:
    """One command line tool.

    **tool("get pods")** — echoes the command, streams its output; `WorkshopError` when it fails.
    **tool.text("get", "pods")** — returns what it printed, silently; arguments are taken as they are.
    **tool.refused("create -f x")** — shows a command that must fail, with its refusal; an error if it succeeds.
    **tool.ok("get", "pods")** — whether it succeeds, silently.
    """

    def __init__(
        self, name: str, *baked: str, cwd: Path | None = None, variables: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self._baked = baked
        self._cwd = cwd
        self._variables = variables or {}

    def within(self, folder: Path) -> Tool:
        """The same tool, run in another folder."""
        return Tool(self.name, *self._baked, cwd=folder, variables=self._variables)

    def with_variables(self, variables: dict[str, str]) -> Tool:
        """The same tool with more environment variables: the way to hand it a secret."""
        return Tool(self.name, *self._baked, cwd=self._cwd, variables={**self._variables, **variables})

    def __call__(self, line: str, *, stdin: str | None = None) -> None:
        self._echo(line)
        output = self._run(shlex.split(line), stdin=stdin, stream=True)
        if output and not output.endswith("\n"):
            print()  # or the next command line would follow on the same one

    def text(self, *arguments: str, stdin: str | None = None, timeout: float | None = None) -> str:
        """What the tool printed on standard output.

        **timeout**: seconds after which it is ended and counts as failed.
        """
        return self._run(list(arguments), stdin=stdin, stream=False, timeout=timeout)

    def ok(self, *arguments: str, stdin: str | None = None, timeout: float | None = 60) -> bool:
        """Whether the tool succeeds; its output is dropped."""
        try:
            self.text(*arguments, stdin=stdin, timeout=timeout)
        except WorkshopError:
            return False
        return True

    def refused(self, line: str, *, stdin: str | None = None) -> str:
        """Show a command that is expected to be refused, and return the refusal."""
        self._echo(line)
        try:
            self._run(shlex.split(line), stdin=stdin, stream=False)
        except WorkshopError as error:
            print(error.details)
            return error.details
        raise WorkshopError(f"`{self.name} {line}` was expected to be refused, and succeeded.")

    def _echo(self, line: str) -> None:
        print(f"$ {self.name} {line}", flush=True)

    def _command(self) -> sh.Command:
        variables = environment()
        try:
            return sh.Command(self.name, search_paths=variables["PATH"].split(os.pathsep))
        except sh.CommandNotFound:
            raise WorkshopError(
                f"The command `{self.name}` is not there.",
                fix="make supply   # installs or builds every tool",
            ) from None

    def _run(self, arguments: list[str], *, stdin: str | None, stream: bool, timeout: float | None = None) -> str:
        options: dict[str, object] = {
            "_env": {**environment(), **self._variables},
            "_tty_out": False,
            "_truncate_exc": False,
            "_cwd": str(self._cwd or config.ROOT),
        }
        if stdin is not None:
            options["_in"] = stdin
        if timeout is not None:
            options["_timeout"] = timeout
        if stream:
            options |= {"_out": _print_chunk, "_err_to_out": True, "_tee": True}
        try:
            return str(self._command()(*self._baked, *arguments, **options))
        except sh.TimeoutException:
            raise WorkshopError(f"`{self._shown(arguments)}` did not end within {timeout:.0f} s.") from None
        except sh.ErrorReturnCode as error:
            words = "" if stream else (error.stderr or error.stdout).decode(errors="replace").strip()
            raise WorkshopError(
                f"`{self._shown(arguments)}` failed with exit code {error.exit_code}.", details=words
            ) from None

    def _shown(self, arguments: list[str]) -> str:
        text = shlex.join([self.name, *arguments])
        return text if len(text) < 160 else f"{text[:157]}..."


def _print_chunk(chunk: str) -> None:
    print(chunk, end="", flush=True)


kubectl = Tool("kubectl")
helm = Tool("helm")
kustomize = Tool("kustomize")
argocd = Tool("argocd", "--core", variables={"KUBECONFIG": str(ARGOCD_KUBECONFIG)})
kind = Tool("kind")
git = Tool("git")
docker = Tool("docker")
act = Tool("act")
kargo = Tool("kargo")
curl = Tool("curl", "--silent", "--show-error")
