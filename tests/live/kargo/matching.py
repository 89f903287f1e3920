"""What a case expects of an object, compared with what the object is.

An expectation names the fields that matter and no others. In it

- a list that Kubernetes keys by a field (conditions by `type`, steps by `alias`) is written as a mapping, and where
  only the state of such an entry matters, that state alone is enough: `conditions: {Ready: "True"}`;
- a text between slashes is a pattern to be found: `/met error threshold of 1/`;
- `present` is any value, `absent` is none.
"""

from __future__ import annotations

import re
from typing import Any, Final

_KEYS: Final = ("type", "alias", "name", "repoURL")
_MISSING: Final = object()


def mismatches(expected: Any, actual: Any, path: str = "") -> list[str]:
    """Every place where the object is not as expected, in words; none when all is well."""
    if expected == "absent":
        return [] if actual in (_MISSING, None, "", [], {}) else [f"{path}: expected nothing, found {_short(actual)}"]
    if actual is _MISSING and isinstance(expected, dict) and expected:
        actual = {}
    if actual is _MISSING:
        return [f"{path}: expected {_short(expected)}, found nothing"]
    if expected == "present":
        return [] if actual not in (None, "", [], {}) else [f"{path}: expected something, found nothing"]
    if isinstance(expected, dict):
        return _of_mapping(expected, actual, path)
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(expected) != len(actual):
            return [f"{path}: expected {_short(expected)}, found {_short(actual)}"]
        return [m for i, item in enumerate(expected) for m in mismatches(item, actual[i], f"{path}[{i}]")]
    if isinstance(expected, str) and len(expected) > 1 and expected[0] == expected[-1] == "/":
        found = isinstance(actual, str) and re.search(expected[1:-1], actual)
        return [] if found else [f"{path}: expected {expected}, found {_short(actual)}"]
    if isinstance(actual, dict) and isinstance(expected, str) and "status" in actual:
        return mismatches(expected, actual["status"], f"{path}.status")
    # Python takes True == 1 and 1 == 1.0 for true; a tag that became a number must not pass for one that is text.
    same = expected == actual and isinstance(expected, bool) == isinstance(actual, bool)
    return [] if same else [f"{path}: expected {_short(expected)}, found {_short(actual)}"]


def _of_mapping(expected: dict[str, Any], actual: Any, path: str) -> list[str]:
    if isinstance(actual, list):
        key = next((k for k in _KEYS if all(isinstance(item, dict) and k in item for item in actual)), None)
        actual = {item[key]: item for item in actual} if key else _MISSING
    if not isinstance(actual, dict):
        if all(value == "absent" for value in expected.values()):
            return []
        return [f"{path}: expected fields {sorted(expected)}, found {_short(actual)}"]
    here = f"{path}." if path else ""
    return [m for k, value in expected.items() for m in mismatches(value, actual.get(k, _MISSING), f"{here}{k}")]


def _short(value: Any) -> str:
    text = "nothing" if value is _MISSING else repr(value)
    return text if len(text) < 400 else f"{text[:397]}..."
