"""Strings with ``${{ }}`` in them, and the types they turn into (Kargo: pkg/expressions/json_templates.go).

The rule that matters: a result that *reads* as a number or a bool *becomes* one. The tag ``12345678``
is a number, and so is ``123456e7``; one 8-digit commit hash in thirty looks like that. ``quote()``
keeps it a string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from .expressions import ExpressionError, Struct, evaluate

_DELIMITERS = (("${{", "}}"), ("${%", "%}"))
# What Go's ParseFloat reads, but for "inf", "nan" and hexadecimal floats, which JSON could not carry.
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_BOOLS = {
    **dict.fromkeys(("t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("f", "F", "FALSE", "false", "False"), False),
}


def _plain(value: Any) -> Any:
    """Structs carry Go's field names; in JSON they begin with a small letter."""
    if isinstance(value, Struct):
        return {key[0].lower() + key[1:]: _plain(item) for key, item in value.items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _json(value: Any) -> str:
    return json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False)


def quote(value: Any) -> str:
    """``quote(x)``: a string that stays a string whatever it looks like."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else f'"{_json(value)}"'


def render(template: str, env: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    """Evaluate every expression in a string; the result may be of any JSON type."""
    if not any(start in template for start, _ in _DELIMITERS):
        return template  # "42" stays "42": nobody asked for an expression
    return _typed(_substitute(template, env, {**functions, "quote": quote}))


def render_all(value: Any, env: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    """``render`` every string inside a JSON value; keys are left alone, as in Kargo."""
    if isinstance(value, str):
        return render(value, env, functions)
    if isinstance(value, dict):
        return {key: render_all(item, env, functions) for key, item in value.items()}
    if isinstance(value, list):
        return [render_all(item, env, functions) for item in value]
    return value


def _substitute(template: str, env: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> str:
    out: list[str] = []
    while True:
        starts = [(template.find(start), start, end) for start, end in _DELIMITERS if start in template]
        if not starts:
            return "".join([*out, template])
        at, start, end = min(starts)
        before, rest = template[:at], template[at + len(start) :]
        expression, closed, template = rest.partition(end)
        if not closed:
            raise ExpressionError(f'unclosed expression: expected "{end}" but reached end of template')
        value = evaluate(expression, env, functions)
        out += [before, value if isinstance(value, str) else _json(value)]


def _typed(text: str) -> Any:
    newline = text.endswith("\n")
    bare = text[:-1] if newline else text
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        return bare[1:-1] + ("\n" if newline else "")
    if _FLOAT.fullmatch(bare):
        number = float(bare)
        return int(number) if number.is_integer() and abs(number) < 1e21 else number
    if bare in _BOOLS:
        return _BOOLS[bare]
    try:
        return json.loads(bare)
    except ValueError:
        return text
