"""The expression language inside ``${{ }}``: the part of expr-lang that this workshop uses.

Kargo evaluates with github.com/expr-lang/expr. Here a recursive descent over tokens builds a small
tree, and a second function walks it. Precedences are expr-lang's (parser/operator/operator.go), so
``??`` binds tighter than anything and ``?:`` looser. What is missing (closures, slices, pipes, maps,
expr-lang's library of functions) is refused with its name; real Kargo has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias


class ExpressionError(Exception):
    """The expression cannot be read, or cannot be evaluated."""


class Struct(dict[str, Any]):
    """A Go struct seen from an expression: unlike a map, asking for a field it lacks is an error."""

    def __init__(self, type_name: str, /, **fields: Any) -> None:
        super().__init__(fields)
        self.type_name = type_name


# ------------------------------------------------------------------------------------------- tokens

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
      | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
      | (?P<op>\?\.|\?\?|\*\*|&&|\|\||==|!=|<=|>=|\.\.|[-+*/%<>!?:.,()\[\]{}|#;=])
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "`": "`"}
_WORD_OPERATORS = {"in", "not", "and", "or", "contains", "startsWith", "endsWith", "matches"}
_CONSTANTS = {"true": True, "false": False, "nil": None}

# operator: (precedence, right-associative)
_BINARY: dict[str, tuple[int, bool]] = {
    "||": (10, False), "or": (10, False),
    "&&": (15, False), "and": (15, False),
    "==": (20, False), "!=": (20, False), "<": (20, False), ">": (20, False),
    "<=": (20, False), ">=": (20, False), "in": (20, False), "not": (20, False),
    "contains": (20, False), "startsWith": (20, False), "endsWith": (20, False),
    "+": (30, False), "-": (30, False),
    "*": (60, False), "/": (60, False), "%": (60, False),
    "**": (100, True),
    "??": (500, False),
}  # fmt: skip
_UNARY = {"!": 50, "not": 50, "-": 90, "+": 90}


def _tokenize(source: str) -> list[tuple[str, str]]:
    tokens, position, end = [], 0, len(source.rstrip())
    while position < end:
        match = _TOKEN.match(source, position)
        if not match or match.end() == position:
            raise ExpressionError(f"unexpected character {source[position:].strip()[:1]!r} in {source.strip()!r}")
        kind = str(match.lastgroup)
        text = match[kind]
        tokens.append(("op" if text in _WORD_OPERATORS else kind, text))
        position = match.end()
    return [*tokens, ("end", "")]


def _unquote(text: str) -> str:
    if text[0] == "`":
        return text[1:-1]
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), text[1:-1], flags=re.DOTALL)


# ------------------------------------------------------------------------------------------- parser


Node: TypeAlias = tuple[Any, ...]
"""Its first item names what it is, and how it is evaluated."""


class _Parser:
    """Tokens to a tree of tuples, the first item of each naming what it is."""

    def __init__(self, source: str) -> None:
        self.source = source.strip()
        self.tokens = _tokenize(source)
        self.index = 0

    @property
    def token(self) -> tuple[str, str]:
        return self.tokens[self.index]

    def take(self, text: str | None = None) -> str:
        kind, found = self.token
        if text is not None and (kind != "op" or found != text):
            raise ExpressionError(f"expected {text!r} but found {found or 'the end'!r} in {self.source!r}")
        self.index += 1
        return found

    def at(self, text: str) -> bool:
        return self.token == ("op", text)

    def parse(self) -> Node:
        tree = self.expression()
        if self.token[0] != "end":
            raise ExpressionError(
                f"unexpected {self.token[1]!r} in {self.source!r} (kargo-lite reads a part of Kargo's "
                "expression language; pipes, closures and slices are not in it)"
            )
        return tree

    def expression(self, minimum: int = 0) -> Node:
        left = self.unary()
        while self.token[0] == "op" and self.token[1] in _BINARY:
            operator = self.token[1]
            precedence, right = _BINARY[operator]
            if precedence < minimum:
                break
            self.take()
            negated = operator == "not"
            if negated:  # "x not in y"
                operator = self.take()
            operand = self.expression(precedence if right else precedence + 1)
            left = ("binary", operator, left, operand)
            if negated:
                left = ("unary", "!", left)
        if minimum == 0 and self.at("?"):
            self.take()
            yes = self.expression()
            self.take(":")
            left = ("ternary", left, yes, self.expression())
        return left

    def unary(self) -> Node:
        kind, text = self.token
        if kind == "op" and text in _UNARY:
            self.take()
            return ("unary", "!" if text == "not" else text, self.expression(_UNARY[text]))
        return self.postfix(self.primary())

    def primary(self) -> Node:
        kind, text = self.token
        if kind == "number":
            self.take()
            return ("value", float(text) if re.search(r"[.eE]", text) else int(text))
        if kind == "string":
            self.take()
            return ("value", _unquote(text))
        if kind == "name":
            self.take()
            if text in _CONSTANTS:
                return ("value", _CONSTANTS[text])
            if self.at("("):
                return ("call", text, self.items("(", ")"))
            return ("name", text)
        if self.at("("):
            self.take()
            inner = self.expression()
            self.take(")")
            return inner
        if self.at("["):
            return ("array", self.items("[", "]"))
        raise ExpressionError(f"unexpected {text or 'end'!r} in {self.source!r}")

    def items(self, opening: str, closing: str) -> list[Node]:
        self.take(opening)
        found: list[Node] = []
        while not self.at(closing):
            found.append(self.expression())
            if not self.at(closing):
                self.take(",")
        self.take(closing)
        return found

    def postfix(self, base: Node) -> Node:
        """``a.b``, ``a?.b``, ``a["b"]``: one chain, because ``?.`` on nil gives up the rest of it."""
        links: list[tuple[bool, Node]] = []
        while True:
            if self.at(".") or self.at("?."):
                optional = self.take() == "?."
                if optional and self.at("["):
                    links.append((True, self.subscript()))
                    continue
                kind, text = self.token
                if kind != "name" and text not in _WORD_OPERATORS:
                    raise ExpressionError(f"expected a field name but found {text!r} in {self.source!r}")
                self.take()
                links.append((optional, ("value", text)))
                if self.at("("):
                    links.append((False, ("arguments", self.items("(", ")"))))
            elif self.at("["):
                links.append((False, self.subscript()))
            else:
                return ("chain", base, links) if links else base

    def subscript(self) -> Node:
        self.take("[")
        key = self.expression()
        if self.at(":"):
            raise ExpressionError(f"slices are not supported by kargo-lite, in {self.source!r}")
        self.take("]")
        return key


# -------------------------------------------------------------------------------------- evaluation


def _fetch(container: Any, key: Any) -> Any:
    if container is None:
        raise ExpressionError(f"cannot fetch {key} from <nil>")
    if isinstance(container, Struct):
        if key not in container:
            raise ExpressionError(f"type {container.type_name} has no field {key}")
        return container[key]
    if isinstance(container, Mapping):
        return container.get(key)  # a Go map answers nil for what it does not have
    if isinstance(container, (list, str)) and isinstance(key, int) and not isinstance(key, bool):
        if not -len(container) <= key < len(container):
            raise ExpressionError(f"index out of range: {key} (array length is {len(container)})")
        return container[key]
    raise ExpressionError(f"cannot fetch {key} from {type_name(container)}")


def type_name(value: Any) -> str:
    """The Go name of a value's type, for messages."""
    if value is None:
        return "<nil>"
    if isinstance(value, Struct):
        return value.type_name
    for kind, name in (
        (bool, "bool"),
        (int, "int"),
        (float, "float64"),
        (str, "string"),
        (list, "[]interface {}"),
    ):
        if isinstance(value, kind):
            return name
    return "map[string]interface {}"


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _equal(a: Any, b: Any) -> bool:
    # Python takes True == 1 for true, expr-lang does not.
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def _boolean(value: Any, operator: str) -> bool:
    if not isinstance(value, bool):
        raise ExpressionError(f"invalid operation: operator {operator} needs bool, got {type_name(value)}")
    return value


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: a / b, "%": lambda a, b: a % b, "**": lambda a, b: a**b,
    "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
}  # fmt: skip
_ON_STRINGS: dict[str, Callable[[str, str], Any]] = {
    "contains": lambda a, b: b in a,
    "startsWith": lambda a, b: a.startswith(b),
    "endsWith": lambda a, b: a.endswith(b),
    **{op: _ARITHMETIC[op] for op in ("+", "<", ">", "<=", ">=")},
}


class _Evaluator:
    def __init__(self, env: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> None:
        self.env = env
        self.functions = functions

    def run(self, node: Node) -> Any:
        return getattr(self, node[0])(*node[1:])

    def value(self, constant: Any) -> Any:
        return constant

    def name(self, name: str) -> Any:
        return self.env.get(name)

    def array(self, items: list[Node]) -> list[Any]:
        return [self.run(item) for item in items]

    def chain(self, base: Node, links: list[tuple[bool, Node]]) -> Any:
        value = self.run(base)
        for optional, key in links:
            if optional and value is None:
                return None
            value = self.method(value, key[1]) if key[0] == "arguments" else _fetch(value, self.run(key))
        return value

    def method(self, function: Any, arguments: list[Node]) -> Any:
        """``response.header('Accept')``: a function that is a value."""
        if not callable(function):
            raise ExpressionError(f"{type_name(function)} is not callable")
        return function(*[self.run(argument) for argument in arguments])

    def call(self, name: str, arguments: list[Node]) -> Any:
        if name not in self.functions:
            raise ExpressionError(f"function {name}() is not supported by kargo-lite; real Kargo may have it")
        try:
            return self.functions[name](*[self.run(argument) for argument in arguments])
        except TypeError as error:
            raise ExpressionError(f"{name}(): {error}") from error

    def ternary(self, condition: Node, yes: Node, no: Node) -> Any:
        return self.run(yes if _boolean(self.run(condition), "?:") else no)

    def unary(self, operator: str, operand: Node) -> Any:
        value = self.run(operand)
        if operator == "!":
            return not _boolean(value, "!")
        if not _number(value):
            raise ExpressionError(f"invalid operation: {operator}{type_name(value)}")
        return -value if operator == "-" else value

    def binary(self, operator: str, left: Node, right: Node) -> Any:
        a = self.run(left)
        # These three look at their right side only when they need it.
        if operator in ("&&", "and"):
            return _boolean(a, operator) and _boolean(self.run(right), operator)
        if operator in ("||", "or"):
            return _boolean(a, operator) or _boolean(self.run(right), operator)
        if operator == "??":
            return self.run(right) if a is None else a
        b = self.run(right)
        if operator == "==":
            return _equal(a, b)
        if operator == "!=":
            return not _equal(a, b)
        if operator == "in":
            if b is None:
                return False
            if isinstance(b, (Mapping, list)):
                return a in b if isinstance(b, Mapping) else any(_equal(a, item) for item in b)
        elif operator in _ON_STRINGS and isinstance(a, str) and isinstance(b, str):
            return _ON_STRINGS[operator](a, b)
        elif operator in _ARITHMETIC and _number(a) and _number(b):
            try:
                return _ARITHMETIC[operator](a, b)
            except ZeroDivisionError as error:
                raise ExpressionError("division by zero") from error
        raise ExpressionError(f"invalid operation: {type_name(a)} {operator} {type_name(b)}")


def evaluate(
    source: str,
    env: Mapping[str, Any] | None = None,
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> Any:
    """Evaluate one bare expression (no ``${{ }}``) to a Python value.

    Usage:

        >>> evaluate('vars.name ?? "nobody"', {"vars": {}})
        'nobody'
    """
    return _Evaluator(env or {}, functions or {}).run(_Parser(source).parse())
