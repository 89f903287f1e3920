"""What a notebook shows of a command that the workshop runs by itself to change something.

The line as one would type it, then what the command printed; nothing where nothing changed. Manifests that are handed
over on standard input are told by kind and name, never by content: Secrets are among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

import yaml

from workshop import process, voice
from workshop.errors import WorkshopError

_UNCHANGED: Final = re.compile(r"\S+ unchanged( \(server dry run\))?")
"""What `kubectl apply` says of an object that was so already."""
_SERVER_SIDE: Final = "--server-side"
"""Applied by the server, kubectl says the same whether anything changed or not."""
_VERSIONS: Final = (
    "--ignore-not-found",
    "--output=jsonpath={.metadata.uid}{.metadata.resourceVersion}"
    "{range .items[*]}{.metadata.uid}{.metadata.resourceVersion}{end}",
)


class _Asks(Protocol):
    """A tool that can be asked."""

    name: str

    def text(self, *arguments: str, stdin: str | None = None) -> str: ...


@contextmanager
def around(tool: _Asks, arguments: Sequence[str], stdin: str | None) -> Iterator[Callable[[str], None]]:
    """Around a change: yields what takes its output, and shows both at the end, where somebody wants to see them."""
    if not voice.echoes():
        yield lambda _: None
        return
    server_side = tool.name == "kubectl" and _SERVER_SIDE in arguments
    before = _versions(tool, arguments, stdin) if server_side else ""
    outputs: list[str] = []
    yield outputs.append
    output = "".join(outputs)
    if server_side and before and before == _versions(tool, arguments, stdin):
        return
    if not server_side and is_quiet(tool.name, arguments, output):
        return
    voice.say(f"$ {line(tool.name, arguments, stdin)}")
    if said := output.strip():
        voice.say(said)


def line(name: str, arguments: Sequence[str], stdin: str | None = None) -> str:
    """The command as one would type it, with what goes in on standard input named behind it."""
    text = process.shown([name, *arguments])
    return f"{text}   # {what}" if stdin is not None and (what := _named(stdin)) else text


def is_quiet(name: str, arguments: Sequence[str], output: str) -> bool:
    """Whether the output says that nothing changed."""
    said = output.strip().splitlines()
    if name != "kubectl":
        return False
    if "delete" in arguments:
        return not said
    return bool(said) and all(_UNCHANGED.fullmatch(one) for one in said)


def _named(manifests: str) -> str:
    """Kind and name of each object of a YAML text; nothing where it is something else."""
    try:
        found = [item for item in yaml.safe_load_all(manifests) if isinstance(item, dict)]
    except yaml.YAMLError:
        return ""
    names = [
        f"{item['kind']} {(item.get('metadata') or {}).get('name', '')}".strip() for item in found if "kind" in item
    ]
    return ", ".join(names)


def _versions(tool: _Asks, arguments: Sequence[str], stdin: str | None) -> str:
    """What the server has of these objects, by version; nothing where it has none, or does not say."""
    place = re.findall(r"--(?:filename|namespace)[= ]\S+", " ".join(arguments))
    try:
        return tool.text("get", *(part for flag in place for part in flag.split()), *_VERSIONS, stdin=stdin)
    except WorkshopError:
        return ""
