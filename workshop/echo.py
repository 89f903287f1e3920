"""What a notebook shows of a command that the workshop runs by itself to change something.

The line as one would type it at the top of the repository, then what the command printed; nothing where nothing
changed. Manifests that are handed over on standard input are told by kind and name, never by content: Secrets are among
them.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final, Protocol

import yaml

from workshop import paths, process, voice
from workshop.errors import WorkshopError

_UNCHANGED: Final = re.compile(r"\S+ unchanged( \(server dry run\))?")
"""What `kubectl apply` says of an object that was so already."""
_SERVER_SIDE: Final = "--server-side"
"""Applied by the server, kubectl says the same whether anything changed or not."""
_BOOKKEEPING: Final = ("resourceVersion", "generation", "managedFields")
"""What the server notes of an object by itself; with `status` it changes while nobody changes the object."""
_COLUMNS: Final = 100
_MOST_LINES, _FIRST_LINES, _LAST_LINES = 20, 5, 3
"""Of an output that would fill the page its beginning and its end are shown."""


class _Asks(Protocol):
    """A tool that can be asked."""

    name: str

    def text(self, *arguments: str, stdin: str | None = None) -> str: ...


def shown(tool: _Asks, arguments: Sequence[str], stdin: str | None, change: Callable[[], str]) -> str:
    """Make a change, and return its output; both are shown, where somebody wants to see them and something changed."""
    if not voice.echoes():
        return change()
    before = _state(tool, arguments, stdin)
    output = change()
    if is_quiet(tool.name, arguments, output) or (before and before == _state(tool, arguments, stdin)):
        return output
    voice.say(f"$ {line(tool.name, arguments, stdin)}")
    if said := output.strip():
        voice.say(_shortened(said))
    return output


def line(name: str, arguments: Sequence[str], stdin: str | None = None) -> str:
    """The command as one would type it, a long one on several lines, with what goes in on standard input behind it."""
    text = _broken([_word(part) for part in (name, *arguments)])
    return f"{text}   # {what}" if stdin is not None and (what := _named(stdin)) else text


def is_quiet(name: str, arguments: Sequence[str], output: str) -> bool:
    """Whether the output says that nothing changed."""
    said = output.strip().splitlines()
    if name != "kubectl":
        return False
    if "delete" in arguments:
        return not said
    return bool(said) and all(_UNCHANGED.fullmatch(one) for one in said)


def _shortened(output: str) -> str:
    lines = output.splitlines()
    if len(lines) <= _MOST_LINES:
        return output
    left_out = len(lines) - _FIRST_LINES - _LAST_LINES
    return "\n".join([*lines[:_FIRST_LINES], f"… ({left_out} linhas) …", *lines[-_LAST_LINES:]])


def _word(part: str) -> str:
    """As a shell takes it; the repository's own folder, which is another one on each machine, as the current one."""
    root = str(paths.ROOT)
    word = part if ":" in part else process.relative(part)  # docker takes a relative path of a volume for its name
    return f'"{word.replace(root, "$PWD")}"' if root in word else shlex.quote(word)


def _broken(words: Sequence[str]) -> str:
    """In lines that fit on a page, broken before an option alone."""
    pieces = [words[0]]
    for before, word in pairwise(words):
        value_of_option = before.startswith("--") and "=" not in before and not word.startswith("-")
        pieces[-1:] = [f"{pieces[-1]} {word}"] if value_of_option else [pieces[-1], word]
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if piece.startswith("-") and len(lines[-1]) + len(piece) > _COLUMNS:
            lines.append(piece)
        else:
            lines[-1] += f" {piece}"
    return " \\\n    ".join(lines)


def _named(manifests: str) -> str:
    """Kind and name of each object of a YAML text; nothing where it is something else."""
    try:
        found = [item for item in yaml.safe_load_all(manifests) if isinstance(item, dict) and "kind" in item]
    except yaml.YAMLError:
        return ""
    return ", ".join(_called(item["kind"], item.get("metadata") or {}) for item in found)


def _called(kind: str, metadata: dict[str, Any]) -> str:
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{kind} {place}{metadata.get('name', '')}".strip()


def _state(tool: _Asks, arguments: Sequence[str], stdin: str | None) -> str:
    """What there is of what the command is about, where its output will not tell; nothing where there is nothing."""
    try:
        if tool.name == "kubectl" and _SERVER_SIDE in arguments:
            return _objects(tool, arguments, stdin)
        if tool.name == "helm" and "upgrade" in arguments:
            return _release(tool, arguments)
    except WorkshopError:
        return ""
    return ""


def _objects(tool: _Asks, arguments: Sequence[str], stdin: str | None) -> str:
    """The objects of these manifests as the server has them, without what it notes by itself."""
    place = _given(arguments, "--filename", "--namespace")
    found = tool.text("get", *place, "--ignore-not-found", "--output=json", stdin=stdin)
    if not found.strip():
        return ""
    content = json.loads(found)
    return json.dumps([_bare(item) for item in content.get("items", [content])])


def _bare(item: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in item["metadata"].items() if key not in _BOOKKEEPING}
    return {**{key: value for key, value in item.items() if key != "status"}, "metadata": metadata}


def _release(tool: _Asks, arguments: Sequence[str]) -> str:
    """The manifests of an installed release; its number grows with every upgrade, whatever that changes."""
    after = list(arguments)[list(arguments).index("upgrade") + 1 :]
    name = next(part for part in after if not part.startswith("-"))
    return tool.text("get", "manifest", name, *_given(arguments, "--namespace"))


def _given(arguments: Sequence[str], *options: str) -> list[str]:
    """These options among the arguments, with their values."""
    found: list[str] = []
    for position, part in enumerate(arguments):
        name, equals, _ = part.partition("=")
        if name in options:
            found += [part] if equals else arguments[position : position + 2]
    return found
