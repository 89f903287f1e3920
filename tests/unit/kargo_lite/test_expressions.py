"""The expression language."""

from __future__ import annotations

import pytest

from workshop.kargo_lite.expressions import ExpressionError, Struct, evaluate

ENV = {
    "vars": {"backend": "registry/backend", "empty": ""},
    "ctx": {"stage": "dev", "targetFreight": {"name": "71de5dc"}},
    "outputs": {"promote::commit": {"commit": "abc"}, "list": [10, 20, 30]},
    "task": {"outputs": {"rollback-commit": {"commit": "def"}}},
    "image": Struct("v1alpha1.Image", Tag="12345678"),
    "nothing": None,
}
FUNCTIONS = {"failure": lambda: True, "status": lambda alias: {"push": "Succeeded"}.get(alias, ""), "two": lambda: 2}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # values
        ("1", 1),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("-2", -2),
        ('"a\\n\\"b"', 'a\n"b'),
        ("'it\\'s'", "it's"),
        ("`raw\\n`", "raw\\n"),
        ("true", True),
        ("nil", None),
        ("[1, 'a', nil]", [1, "a", None]),
        # members
        ("vars.backend", "registry/backend"),
        ("ctx.targetFreight.name", "71de5dc"),
        ("task.outputs['rollback-commit'].commit", "def"),
        ('outputs["promote::commit"].commit', "abc"),
        ("outputs.list[1]", 20),
        ("outputs.list[-1]", 30),
        ("image.Tag", "12345678"),
        ("vars.missing", None),
        ("unknown", None),
        ("nothing?.a", None),
        ("nothing?.a.b.c", None),
        ("vars?.backend", "registry/backend"),
        # operators and their precedence
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ** 3 ** 2", 512),
        ("7 % 4", 3),
        ("'a' + 'b'", "ab"),
        ("1 < 2 && 2 <= 2 and 3 > 2 && 3 >= 3", True),
        ("1 == 1.0", True),
        ("1 == '1'", False),
        ("true == 1", False),
        ("nil == nil", True),
        ("vars.missing != nil", False),
        ("!true || true", True),
        ("not false", True),
        ("!(true && false)", True),
        ("vars.missing ?? 'x' + 'y'", "xy"),
        ("nothing?.a ?? 'default'", "default"),
        ("'dev' in ['dev', 'stg']", True),
        ("'prod' not in ['dev', 'stg']", True),
        ("'backend' in vars", True),
        ("ctx.stage == 'dev' ? 'yes' : 'no'", "yes"),
        ("false ? 1 : true ? 2 : 3", 2),
        ("'workshop' contains 'shop'", True),
        ("'workshop' startsWith 'work'", True),
        ("'workshop' endsWith 'work'", False),
        # functions
        ("two() + 1", 3),
        ('failure() && status("push") == "Succeeded" && nothing?.lastGoodCommit != nil', False),
        ('failure() && status("push") == "Succeeded"', True),
        # what is not needed is not looked at
        ("false && nothing.a", False),
        ("true || nothing.a", True),
    ],
)
def test_values(expression: str, expected: object) -> None:
    assert evaluate(expression, ENV, FUNCTIONS) == expected
    assert type(evaluate(expression, ENV, FUNCTIONS)) is type(expected)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("nothing.a", "cannot fetch a from <nil>"),
        ("task.missing.a", "cannot fetch a from <nil>"),
        ("image.Digest", "type v1alpha1.Image has no field Digest"),
        ("outputs.list[3]", "index out of range"),
        ("1 +", "unexpected 'end'"),
        ("(1", "expected '\\)'"),
        ("1 2", "unexpected '2'"),
        ("a @ b", "unexpected character"),
        ("'a' + 1", "invalid operation: string \\+ int"),
        ("1 && true", "needs bool"),
        ("1 / 0", "division by zero"),
        ("commitFrom('x')", "commitFrom\\(\\) is not supported by kargo-lite"),
        ("two(1)", "two\\(\\)"),
        ("outputs.list | len()", "unexpected '\\|'"),
        ("outputs.list[0:1]", "slices are not supported"),
        ("vars.backend.upper()", "cannot fetch upper from string"),
    ],
)
def test_errors_say_what_is_wrong(expression: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        evaluate(expression, ENV, FUNCTIONS)
