"""Marks in a Markdown document, and what has to stand under each of them.

    <!-- trecho: gitops/kargo/warehouse.yaml, de "spec:" -->    the fenced block below is that excerpt (`quotes`)
    <!-- gerado: roteiro --> … <!-- fim -->                     what lies between is made (`generated`)
    <!-- executa -->                                            the bash block below is run by the live tests

In the slides a mark begins with `//`: presenterm takes every other comment for one of its commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from workshop.docs import quotes
from workshop.errors import WorkshopError

_QUOTE: Final = re.compile(
    r"(?P<mark>^ *<!-- (?:// )?trecho: (?P<what>.+?) -->\n)"
    r"(?P<opening>^(?P<fence>`{3,})[^\n]*\n)(?P<body>.*?)(?P<closing>^(?P=fence)$)",
    re.MULTILINE | re.DOTALL,
)
_QUOTE_MARK: Final = re.compile(r"^ *<!-- (?:// )?trecho:", re.MULTILINE)
_MADE: Final = re.compile(
    r"(?P<mark>^<!-- (?P<slides>// )?gerado: (?P<name>\w+) -->\n)(?P<body>.*?)(?P<end>^<!-- (?(slides)// )fim -->$)",
    re.MULTILINE | re.DOTALL,
)
_RUN: Final = re.compile(r"^<!-- executa -->\n```bash\n(?P<script>.*?)^```$", re.MULTILINE | re.DOTALL)
_RUN_MARK: Final = re.compile(r"^<!-- executa -->", re.MULTILINE)


def refreshed(text: str, made: Mapping[str, Callable[[], str]]) -> str:
    """The document as it has to be, given what makes the generated parts by their name.

    Raises `WorkshopError` where something quoted is gone, a name is unknown, or a mark has no block below it.
    """
    if len(_QUOTE_MARK.findall(text)) != len(_QUOTE.findall(text)):
        raise WorkshopError("Uma marca `trecho` não tem um bloco de código logo abaixo.")

    def quote(match: re.Match[str]) -> str:
        body = quotes.excerpt(quotes.parse(match["what"]))
        if match["fence"] in body:
            raise WorkshopError(f"{match['what']} contém uma cerca de crases: a do bloco tem de ser mais longa.")
        return f"{match['mark']}{match['opening']}{body}{match['closing']}"

    def make(match: re.Match[str]) -> str:
        if match["name"] not in made:
            raise WorkshopError(f"Nada gera {match['name']!r}.", fix=f"uma de: {', '.join(made)}")
        return f"{match['mark']}\n{made[match['name']]().strip()}\n\n{match['end']}"

    return _MADE.sub(make, _QUOTE.sub(quote, text))


def scripts(text: str) -> list[str]:
    """The blocks of a document that are meant to be run, in its order.

    Raises `WorkshopError` where a mark has no bash block right below it.
    """
    found = [match["script"] for match in _RUN.finditer(text)]
    if len(found) != len(_RUN_MARK.findall(text)):
        raise WorkshopError("Uma marca `executa` não tem um bloco `bash` logo abaixo.")
    return found
