"""Strings with expressions in them, and the types they turn into."""

from __future__ import annotations

import pytest

from workshop.kargo_lite.expressions import ExpressionError, Struct
from workshop.kargo_lite.templates import render, render_all

ENV = {"ctx": {"stage": "dev"}, "vars": {"tag": "1a2b3c4d", "n": 5, "s": 'say "hi"'}, "digits": "12345678"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("no expression", "no expression"),
        ("42", "42"),
        ("env/${{ ctx.stage }}", "env/dev"),
        ("${{ ctx.stage }}: ${{ vars.tag }}", "dev: 1a2b3c4d"),
        ("${%ctx.stage%}-app", "dev-app"),
        ("${{ vars.n }}", 5),
        ("${{ vars.n > 4 }}", True),
        ("${{ nil }}", None),
        ("${{ [1, 'a'] }}", [1, "a"]),
        # what looks like a number becomes one, and quote() keeps it from that
        ("${{ digits }}", 12345678),
        ("${{ quote(digits) }}", "12345678"),
        ("${{ '123456e7' }}", 1234560000000),
        ("${{ quote('123456e7') }}", "123456e7"),
        ("${{ quote(1) }}", "1"),
        ("${{ quote(true) }}", "true"),
        ("${{ '00000042' }}", 42),
        ("${{ quote('00000042') }}", "00000042"),
        ("tag ${{ digits }}", "tag 12345678"),
        ("${{ 't' }}", True),
        ("${{ 'F' }}", False),
        ("${{ '1_000' }}", "1_000"),
        ("${{ 'inf' }}", "inf"),
        ("${{ 'text' }}\n", "text\n"),
        ("${{ 5 }}\n", 5),
    ],
)
def test_render(template: str, expected: object) -> None:
    result = render(template, ENV, {})
    assert result == expected
    assert type(result) is type(expected)


def test_struct_becomes_json_with_small_letters() -> None:
    env = {"image": Struct("v1alpha1.Image", RepoURL="r", Tag="t")}
    assert render("${{ image }}", env, {}) == {"repoURL": "r", "tag": "t"}


def test_render_all_goes_everywhere_but_into_keys() -> None:
    value = {"a": ["${{ ctx.stage }}", 1, None], "${{ ctx.stage }}": {"b": "${{ vars.n }}"}}
    assert render_all(value, ENV, {}) == {"a": ["dev", 1, None], "${{ ctx.stage }}": {"b": 5}}


def test_unclosed() -> None:
    with pytest.raises(ExpressionError, match="unclosed expression"):
        render("${{ ctx.stage", ENV, {})
