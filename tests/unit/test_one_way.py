"""One way to run a program, one way to speak: nothing in the workshop goes past them."""

from __future__ import annotations

import ast
from pathlib import Path

from workshop import paths

PACKAGE = paths.ROOT / "workshop"
MODULES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
STARTS_PROGRAMS = {"process.py", "machine/oci_runtime.py"}
"""The one way; and the program that the container engine calls, which knows nothing of the workshop."""


def imported(tree: ast.AST) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_programs_are_run_by_process_alone() -> None:
    outside = {name for name in MODULES if not name.startswith("kargo_lite/")}  # which is copied into an image alone
    assert {name for name in outside if "subprocess" in imported(parsed(MODULES[name]))} <= STARTS_PROGRAMS


def parameters(tree: ast.AST) -> list[ast.arg]:
    functions = [node.args for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [arg for found in functions for arg in (*found.posonlyargs, *found.args, *found.kwonlyargs)]


def test_nobody_hands_a_listener_on() -> None:
    handed_on = [
        (name, arg.arg)
        for name, path in MODULES.items()
        for arg in parameters(parsed(path))
        if arg.arg in ("report", "reporter")
        and arg.annotation is not None
        and ast.unparse(arg.annotation).startswith("Callable[[str]")
    ]
    assert handed_on == []
