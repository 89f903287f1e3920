"""What nbval takes for the same output, and that anything else turns it red."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output, writes
from nbval.plugin import get_sanitize_patterns

from tests import comparison
from tests.comparison import COMPARED

LIMIT_SECONDS = 300
PATTERNS = get_sanitize_patterns(comparison.SANITIZE.read_text(encoding="utf-8"))


def sanitized(text: str) -> str:
    """As nbval does it."""
    for regex, replacement in PATTERNS:
        text = re.sub(regex, replacement, text)
    return text


def notebook(folder: Path, says: str, stored: str) -> Path:
    """A notebook whose second cell is compared; the first one's stored output is wrong, and nobody is to care."""
    first, second = new_code_cell("print(1)"), new_code_cell(f"print({says!r})", metadata={"tags": [COMPARED]})
    for count, (cell, text) in enumerate([(first, "2"), (second, stored)], start=1):
        cell.execution_count = count
        cell.outputs = [new_output("stream", name="stdout", text=f"{text}\n")]
    path = folder / "book.ipynb"
    path.write_text(writes(new_notebook(cells=[first, second])), encoding="utf-8")
    return path


def test_every_line_of_the_file_is_read() -> None:
    lines = comparison.SANITIZE.read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith(("regex", "replace")) for line in lines) == 2 * len(PATTERNS)
    assert len({regex for regex, _ in PATTERNS}) == len(PATTERNS), "nbval keeps only one of two equal expressions"
    assert not [line for line in lines if line != line.rstrip()], "editors take trailing blanks away"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("dev.01m885kwvxd34x1akjqs90kgxe.9b449a9: Errored", "dev.01m885754fbrpxd0nt55243s3p.cf9942d: Errored"),
        ('<svg class="wb">\n<text>há 3 s</text>\n</svg>', '<svg class="wb">\n<text>há 5 min</text>\n</svg>'),
        ("dev 81dc5fc6 saudável → stg c2258e5d saudável", "dev 12345678 saudável → stg 00000000 saudável"),
        ("81dc5fc Merge pull request", "1234567 Merge pull request"),
        ('{"tag":"81dc5fc6"}', '{"tag":"12345678"}'),
        ("facadeb Merge pull request", "81dc5fc Merge pull request"),
        ("refresh=1795570462", "refresh=1795570999"),
        ("created 2026-11-25T01:34:05Z", "created 2026-11-26T11:04:25.123456+00:00"),
        ("3374782  25/11 01:35  kargo-lite  prod: 81dc5fc6", "aa74782  26/11 12:00  Kargo  prod: 12dc5fc6"),
        ("dev   Healthy   True   5m42s", "dev   Healthy   True   53m"),
        ("NAME      AGE\nserviceaccount/po   52m", "NAME   AGE\nserviceaccount/po   2d3h"),
        ("f88999b4e57a5f25  fluffy-crane   Warehouse   app", "08999b4e57a5f25a  hasty-rabbit Warehouse   app"),
        ("http://localhost:PORTA/applications", "http://localhost:35913/applications"),
        ("172.18.0.10 registry.workshop.local", "172.21.0.10 registry.workshop.local"),
        ('{"id":2,"name":"Grace"}', '{"id":11,"name":"Grace"}'),
        ("git version 2.39.5", "git version 2.50.1 (Apple Git-155)"),
        ("kind v0.32.0 go1.26.8 linux/amd64", "kind v0.32.0 go1.26.2 linux/arm64"),
        ("… o Gitea responde\n✓ o Gitea responde (3 s)\n$ curl", "$ curl"),
    ],
)
def test_what_every_run_has_anew_is_the_same(stored: str, shown: str) -> None:
    assert sanitized(stored) == sanitized(shown)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("dev.01m885kwvxd34x1akjqs90kgxe.9b449a9: Errored", "dev.01m885kwvxd34x1akjqs90kgxe.9b449a9: Succeeded"),
        ("dev.01m885kwvxd34x1akjqs90kgxe.9b449a9", "stg.01m885kwvxd34x1akjqs90kgxe.9b449a9"),
        ("dev 81dc5fc6 voltou atrás → stg 81dc5fc6 saudável", "dev 81dc5fc6 saudável → stg 81dc5fc6 saudável"),
        ("dev-app   Synced   Healthy", "dev-app   Synced   Degraded"),
        ("  ✓ rollback", "  ✗ rollback"),
        ("51cdad8 ROLLBACK dev: 5d82f36d não ficou saudável", "51cdad8 dev: 5d82f36d"),
        ("http://localhost:8080", "http://localhost:8081"),
        ("http://localhost:3000", "http://localhost:30000"),
        ("127.0.0.1:3000->3000/tcp", "0.0.0.0:3000->3000/tcp"),
        ("helm v3.19.5", "helm v3.19.6"),
        ("argocd: v3.2.11+unknown", "argocd: v3.2.12+unknown"),
        ('"status":405', '"status":403'),
        ("decade facade", "facade decade"),
        ("a\n  b", "a\nb"),
        ("(7 rows)", "(8 rows)"),
    ],
)
def test_what_the_talk_is_about_is_not(stored: str, shown: str) -> None:
    assert sanitized(stored) != sanitized(shown)


def test_a_compared_cell_may_say_the_same_in_other_words_of_its_kind(tmp_path: Path) -> None:
    book = notebook(tmp_path, "dev: 81dc5fc6, saudável", "dev: 5d82f36d, saudável")
    outcome = comparison.run([book], tmp_path, LIMIT_SECONDS)
    assert (outcome.exit_code, outcome.passed, outcome.failures) == (0, 2, ())


def test_a_wrong_stored_output_turns_it_red(tmp_path: Path) -> None:
    book = notebook(tmp_path, "dev: 81dc5fc6, saudável", "dev: 81dc5fc6, doente")
    outcome = comparison.run([book], tmp_path, LIMIT_SECONDS)
    assert (outcome.exit_code, outcome.passed, len(outcome.failures)) == (1, 1, 1)
    assert "Cell outputs differ" in outcome.failures[0]
    assert "doente" in outcome.failures[0]
