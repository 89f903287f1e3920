"""The command line tools, called by name: `kubectl("get pods -n dev")` shows what it runs and what that printed.

In a notebook the call is the demonstration: an `sh` command whose line is echoed and whose output streams while it
comes. What the workshop asks or changes by itself goes through `process`; in a notebook a change is echoed too. A
failure is a sentence with the tool's own words, never a stack trace.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import sh

from workshop import echo, environment, paths, process
from workshop.errors import WorkshopError

ARGOCD_KUBECONFIG = paths.STATE / "kubeconfig-argocd"
"""As kubeconfig, with Argo CD's namespace as the current one, which `argocd --core` demands."""
SHOWN_LIMIT_SECONDS = 600.0
"""What a command of a cell gets: the audience sees what it prints, and may interrupt it."""


class Tool:
    """One command line tool. A single argument is a line as one would type it; several are taken as they are.

    **tool("get pods")** — echoes the command, streams its output; `WorkshopError` when it fails.
    **tool.refused("create -f x")** — shows a command that must fail, with its refusal; an error if it succeeds.
    **tool.text("get pods")** — returns what it printed, silently: for what asks.
    **tool.ok("get pods")** — whether it succeeds, silently.
    **tool.change("apply", "--filename", file)** — as text, for what changes something: in a notebook the command is
    echoed with what it printed, unless nothing changed.

    **limit**, everywhere: seconds after which it is ended and counts as failed.
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

    def __call__(self, *arguments: str, stdin: str | None = None, limit: float = SHOWN_LIMIT_SECONDS) -> None:
        parts = _split(arguments)
        print(f"$ {self.name} {shlex.join(parts) if len(arguments) > 1 else arguments[0]}", flush=True)
        output = self._shown(parts, stdin, limit)
        if output and not output.endswith("\n"):
            print()  # or the next command line would follow on the same one

    def text(self, *arguments: str, stdin: str | None = None, limit: float = process.LIMIT_SECONDS) -> str:
        """What the tool printed on standard output. Raises `WorkshopError` with its last lines where it fails."""
        command = [self.name, *self._baked, *_split(arguments)]
        return process.run(command, stdin=stdin, limit=limit, cwd=self._cwd, env=self._environment()).out

    def ok(self, *arguments: str, stdin: str | None = None, limit: float = process.LIMIT_SECONDS) -> bool:
        """Whether the tool succeeds; its output is dropped."""
        try:
            self.text(*arguments, stdin=stdin, limit=limit)
        except WorkshopError:
            return False
        return True

    def change(self, *arguments: str, stdin: str | None = None, limit: float = process.LIMIT_SECONDS) -> str:
        """Have the tool change something; returns what it printed. Raises `WorkshopError` as `text` does."""
        parts = _split(arguments)
        return echo.shown(self, parts, stdin, lambda: self.text(*parts, stdin=stdin, limit=limit))

    def refused(self, *arguments: str, stdin: str | None = None, limit: float = SHOWN_LIMIT_SECONDS) -> str:
        """Show a command that is expected to be refused, and return the refusal."""
        line = shlex.join(arguments) if len(arguments) > 1 else arguments[0]
        print(f"$ {self.name} {line}", flush=True)
        try:
            self.text(*arguments, stdin=stdin, limit=limit)
        except process.Failed as error:
            print(error.details)
            return error.details
        raise WorkshopError(f"`{self.name} {line}` tinha de ser recusado, e foi aceito.")

    def _environment(self) -> dict[str, str]:
        return {**environment.variables(), **self._variables}

    def _shown(self, arguments: list[str], stdin: str | None, limit: float) -> str:
        variables = self._environment()
        options: dict[str, Any] = {
            "_env": variables,
            "_tty_out": False,
            "_truncate_exc": False,
            "_cwd": str(self._cwd or paths.ROOT),
            "_timeout": limit,
            "_out": _print_chunk,
            "_err_to_out": True,
            "_tee": True,
        }
        if stdin is not None:
            options["_in"] = stdin
        try:
            command = sh.Command(self.name, search_paths=variables["PATH"].split(os.pathsep))
        except sh.CommandNotFound:
            raise process.Missing(
                f"O programa `{self.name}` não está nesta máquina.",
                fix="make supply   # traz ou constrói as ferramentas",
            ) from None
        try:
            return str(command(*self._baked, *arguments, **options))
        except sh.TimeoutException:
            raise process.TimedOut(
                f"`{process.shown([self.name, *arguments])}` não terminou em {limit:.0f} s."
            ) from None
        except sh.ErrorReturnCode as error:
            raise process.Failed(
                f"`{process.shown([self.name, *arguments])}` falhou (código {error.exit_code}).", code=error.exit_code
            ) from None


def _split(arguments: tuple[str, ...]) -> list[str]:
    return shlex.split(arguments[0]) if len(arguments) == 1 else list(arguments)


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
