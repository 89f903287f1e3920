"""Who speaks to whom: a step says what it does, and whoever started it has chosen where that is heard.

The listener is ambient (a ContextVar), so that nothing in between has to hand it on. Without one, lines are printed,
as a notebook's cell wants them. Threads hear as their maker does when they are of a `Crew`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Listener = Callable[[str], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
_echoes: ContextVar[bool | None] = ContextVar("echoes", default=None)


def say(line: str) -> None:
    """Tell whoever listens one line, or several in one text."""
    (_listener.get() or _print)(line)


def has_listener() -> bool:
    """Whether somebody has asked for the lines; otherwise they are printed."""
    return _listener.get() is not None


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Within the block everything that is said goes to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def unheard() -> Iterator[None]:
    """Within the block nothing is said, and no command is shown."""
    with heard_by(lambda _: None), echoing(False):
        yield


def echoes() -> bool:
    """Whether changing commands are shown as one would type them: in a notebook, unless a block says otherwise."""
    chosen = _echoes.get()
    return _in_notebook() if chosen is None else chosen


@contextmanager
def echoing(on: bool) -> Iterator[None]:
    """Within the block changing commands are shown, or not."""
    token = _echoes.set(on)
    try:
        yield
    finally:
        _echoes.reset(token)


class Crew(ThreadPoolExecutor):
    """A pool of threads that speak to whom their maker speaks."""

    def submit(
        self, work: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Future[Result]:
        """Run the call in a thread, in a copy of the caller's context."""
        context = copy_context()
        return super().submit(lambda: context.run(work, *args, **kwargs))


def _print(line: str) -> None:
    print(line, flush=True)


def _in_notebook() -> bool:
    """Whether this is a notebook's kernel; IPython is not imported to find out."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")
