"""What people read of the workshop is Portuguese: no English sentence in an error, a line that is said, a help text.

Looked at is the source itself: each text that the code hands to what shows it. Commands are nobody's language.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from workshop import paths

CODE: Final = paths.ROOT / "workshop"
FOREIGN: Final = ("kargo_lite", "oci_runtime.py")
"""The one speaks Kargo's own words, the other Docker's."""
ENGLISH: Final = frozenset(
    re.findall(
        r"\w+",
        """
        the this that these those there which who whose what when where why how is are was were been being has have
        had does did done cannot could would should must may might will not nor none nothing neither never only also
        already still again any another other others each every both and but if because since until while for from
        of at with without within into onto under after before between through against about than then too very most
        less its their your our his it they them you we he she wants want wanted needs need needed say says said
        gives give given takes take taken took makes make made keeps keep kept sure choose runs ran uses used put
        known unknown found missing failed failing refused removed answer answers answered wait waits waited waiting
        ends ended begin begins starts started stopped here one two first last next new old same such
        """,
    )
)
"""Words that English cannot do without; none that Portuguese has too, nor one of a command or a program's name."""
_TARGETS: Final = re.findall(r"^([a-z-]+):", (paths.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
_NOT_PROSE: Final = (
    re.compile(rf"\bmake (?:{'|'.join(_TARGETS)})(?![\w-])"),
    re.compile(r"`[^`]*`"),
    re.compile(r"«[^»]*»"),
    re.compile(r"\S*[/=_{}<>@$|]\S*"),
    re.compile(r"(?<!\S)-{1,2}\w[\w-]*"),
    re.compile(r"\w+[.-]\w+[\w.-]*"),
)
"""What one types to make, what is quoted, paths, options, names of files and of things."""
QUOTED: Final = frozenset({"not found", "Could not resolve host", "is not authorized"})
"""What programs say, to be recognised."""
PROGRAM: Final = re.compile(r"import \w+")
_FIRST_SAID: Final = frozenset({"say", "until", "rule"})
_SHOWN: Final = frozenset({"print", "Text", "add_column"})
_WITH_FIX: Final = frozenset({"good", "bad", "apart"})
"""As an error has it: a sentence, then a command, then more."""
_KEYWORDS: Final = frozenset({"fix", "details", "message", "sentence", "help", "metavar"})


@dataclass(frozen=True)
class Text:
    """A text that is read, and where it stands. **command**: only what comes after `#` is prose."""

    file: Path
    line: int
    said: str
    command: bool = False

    @property
    def english(self) -> list[str]:
        """The words of it that are English."""
        prose = self.said.partition("#")[2] if self.command else self.said
        for pattern in _NOT_PROSE:
            prose = pattern.sub(" ", prose)
        return [word for word in re.findall(r"[^\W\d_]+", prose) if word.lower() in ENGLISH]


class _Reader(ast.NodeVisitor):
    """Collects the texts of one file."""

    def __init__(self, file: Path, errors: frozenset[str]) -> None:
        self.found: list[Text] = []
        self._file = file
        self._errors = errors

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in self._errors | _WITH_FIX:
            for position, argument in enumerate(node.args):
                self._take(argument, command=position == 1)
        elif name in _FIRST_SAID | _SHOWN:
            for argument in node.args[:1] if name in _FIRST_SAID else node.args:
                self._take(argument)
        for keyword in node.keywords:
            if keyword.arg in _KEYWORDS:
                self._take(keyword.value, command=keyword.arg == "fix")
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if any(_is_command(decorator) for decorator in node.decorator_list) and (said := ast.get_docstring(node)):
            self.found.append(Text(self._file, node.lineno, said))
        self.generic_visit(node)

    def _take(self, node: ast.expr, *, command: bool = False) -> None:
        for said in _texts(node):
            self.found.append(Text(self._file, node.lineno, said, command))


def _is_command(decorator: ast.expr) -> bool:
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(call, ast.Attribute) and call.attr == "command"


def _texts(node: ast.expr) -> Iterator[str]:
    """The constant texts of an expression; what is put into one stands as `{}`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _texts(part.value)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _texts(value)
    elif isinstance(node, ast.BinOp):
        yield from _texts(node.left)
        yield from _texts(node.right)


def sources(root: Path = CODE) -> dict[Path, ast.Module]:
    """Every file whose texts people read."""
    files = (file for file in sorted(root.rglob("*.py")) if not set(FOREIGN) & set(file.relative_to(root).parts))
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}


def texts(root: Path = CODE) -> list[Text]:
    """Every text of these files that people read."""
    trees = sources(root)
    errors = _errors(trees.values())
    found: list[Text] = []
    for file, tree in trees.items():
        reader = _Reader(file, errors)
        reader.visit(tree)
        found += reader.found
    return found


def loose(root: Path = CODE) -> list[Text]:
    """Every other text that reads like an English sentence: a part of one that is shown, put together elsewhere."""
    shown = {(text.file, text.said) for text in texts(root)}
    found: list[Text] = []
    for file, tree in sources(root).items():
        # A text that is a statement is a docstring; one of several lines is a program, or a file's content.
        statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in statements | inner:
                said = next(_texts(node), "")
                if "\n" not in said and not PROGRAM.match(said) and (file, said) not in shown:
                    found.append(Text(file, node.lineno, said))
    return [text for text in found if len(set(text.english)) > 1 and text.said not in QUOTED]


def _errors(trees: object) -> frozenset[str]:
    """`WorkshopError` and what is made from it, by name."""
    known = {"WorkshopError"}
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]  # type: ignore[attr-defined]
    while True:
        more = {
            node.name
            for node in classes
            if any(getattr(base, "id", getattr(base, "attr", "")) in known for base in node.bases)
        }
        if more <= known:
            return frozenset(known)
        known |= more


def test_nothing_that_people_read_is_english() -> None:
    found = [
        f"{text.file.relative_to(paths.ROOT)}:{text.line}: {text.said!r} ({', '.join(text.english)})"
        for text in texts()
        if text.english
    ]
    assert not found, "\n" + "\n".join(found)


def test_no_english_sentence_is_put_together_anywhere_else() -> None:
    found = [f"{text.file.relative_to(paths.ROOT)}:{text.line}: {text.said!r}" for text in loose()]
    assert not found, "\n" + "\n".join(found)


def test_a_sentence_that_only_becomes_part_of_an_error_is_found_too(tmp_path: Path) -> None:
    code = 'what = f"the manifest of {name}"\nif "not found" in said:\n    raise WorkshopError(what)\n'
    (tmp_path / "a.py").write_text(code, encoding="utf-8")
    assert [text.said for text in loose(tmp_path)] == ["the manifest of {}"]


@pytest.mark.parametrize(
    "code",
    [
        'raise WorkshopError("The CI did not end.")',
        "raise errors.WorkshopError(f\"CI failed for {commit}{step if step else ''}.\")",
        'raise WorkshopError("Falhou.", fix="make up   # and wait")',
        'raise WorkshopError("Falhou.", "make up   # and wait")',
        'raise WorkshopError("Falhou.", details="nothing was there")',
        'class Failed(WorkshopError): ...\nraise Failed("It was refused", 3)',
        'voice.say("waiting for the cluster")',
        'voice.say(f"pull request {number} was closed" if closed else "aberto")',
        'wait.until("the node is ready", probe, limit=3)',
        'console.print("All is there.")',
        'print(f"{name}: unknown")',
        'bad("the port is taken", "make up")',
        'apart("falta", "make up   # if wanted")',
        '@app.command()\ndef up() -> None:\n    """Bring the workshop up, and then wait."""',
        'typer.Option("--from", help="Begin with this notebook.")',
    ],
)
def test_english_is_found_wherever_it_is_shown(tmp_path: Path, code: str) -> None:
    (tmp_path / "a.py").write_text(code, encoding="utf-8")
    assert any(text.english for text in texts(tmp_path)), code


@pytest.mark.parametrize(
    "code",
    [
        'raise WorkshopError("`kubectl wait --for=condition=Ready` falhou: o pod não ficou pronto.")',
        'raise WorkshopError("Falhou.", fix="make -C the/other up && run it   # e depois o mesmo comando de novo")',
        'raise WorkshopError(f"A porta {port} já está em uso, no registro e em toda a máquina.")',
        'voice.say("✓ imagens no registro; o deploy de dev está pronto, a homologação também")',
        'parse("the code itself is English")',
        '"""Who reads the code reads English."""',
        '@lru_cache\ndef up() -> None:\n    """Not a command: nobody but who reads the code sees this."""',
    ],
)
def test_portuguese_commands_and_code_are_not(tmp_path: Path, code: str) -> None:
    (tmp_path / "a.py").write_text(code, encoding="utf-8")
    assert not [text for text in texts(tmp_path) if text.english], code


def test_all_of_the_workshop_is_looked_at() -> None:
    rooms = {text.file.relative_to(CODE).parts[0] for text in texts()}
    assert {"bundle", "cli.py", "cluster", "doctor", "machine", "platform", "services", "story", "supply"} <= rooms
    assert not rooms & set(FOREIGN)
