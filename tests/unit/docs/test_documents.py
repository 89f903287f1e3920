"""The documents as they are committed: quotes and tables are current, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from workshop import paths
from workshop.docs import files, generated, marks

DOCUMENTS = [pytest.param(path, id=str(path.relative_to(paths.ROOT))) for path in files.documents()]
FENCE = re.compile(r"^(`{3,})[^\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LINK = re.compile(r"(?<!`)\[(?:[^\[\]]|!\[[^\]]*\]\([^)]*\))*\]\((?P<target>[^)\s]+)\)|<(?P<plain>https?://[^>\s]+)>")
HEADING = re.compile(r"^#{1,6} +(?P<text>.+?) *#*$", re.MULTILINE)
HERE = re.compile(r"localhost$|^127\.0\.0\.1$")


def prose(path: Path) -> str:
    """The text without its code blocks and comments, where nothing is a link."""
    return COMMENT.sub("", FENCE.sub("", path.read_text(encoding="utf-8")))


def anchors(path: Path) -> set[str]:
    """What GitHub calls the headings of a document."""
    found: dict[str, int] = {}
    for match in HEADING.finditer(prose(path)):
        text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", match["text"]).replace("`", "").replace("*", "")
        slug = re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
        if found[slug]:
            found[f"{slug}-{found[slug]}"] = 0
    return set(found)


def links(path: Path) -> list[str]:
    return [match["target"] or match["plain"] for match in LINK.finditer(re.sub(r"`[^`\n]+`", "`code`", prose(path)))]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_what_it_quotes_and_what_is_generated_is_current(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert marks.refreshed(text, generated.MADE) == text, "stale; run: make docs-sync"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_its_links_lead_somewhere(path: Path) -> None:
    for link in links(path):
        target, _, anchor = link.partition("#")
        if "://" in link:
            parts = urlsplit(link)
            secure = parts.scheme == "https" or (parts.scheme == "http" and HERE.search(parts.hostname or ""))
            assert secure and parts.hostname, f"{link}: no https"
            continue
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), f"{link}: no such file"
        assert file.is_relative_to(paths.ROOT.resolve()), f"{link}: not in this repository"
        if anchor:
            assert anchor in anchors(file), f"{link}: no such heading"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_what_it_marks_as_runnable_can_be_read(path: Path) -> None:
    for script in marks.scripts(path.read_text(encoding="utf-8")):
        assert script.strip()


def test_there_are_documents_to_look_at() -> None:
    assert len(DOCUMENTS) > 5
    assert any(links(path) for path in files.documents())


CODE = re.compile(r"`([^`\n]+)`|^`{3,}(?:bash|console)\n(.*?)^`{3,}$", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"(?:^|[;&$|] *|[A-Z]=\S+ )make (?!-)([a-z][a-z-]*)", re.MULTILINE)
WORKSHOP = re.compile(r"(?:^|[;&$|] *|/|[A-Z]=\S+ )workshop ((?:[a-z]+)(?: [a-z]+)?)", re.MULTILINE)


def commands() -> set[str]:
    """Each command of ours as it is typed, without the program: `up`, `notebooks save`."""
    return set(re.findall(r"^## `workshop (.+)`$", generated.commands(), re.MULTILINE))


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_commands_of_ours_that_it_names_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (paths.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    known = commands()
    for match in CODE.finditer(path.read_text(encoding="utf-8")):
        code = match[1] or match[2] or ""
        for target in MAKE.findall(code):
            assert target in targets, f"make {target}: no such target"
        for named in WORKSHOP.findall(code):
            assert named in known or named.split()[0] in known, f"workshop {named}: no such command"


SEQUENCE = re.compile(r"^```mermaid\nsequenceDiagram\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_its_sequence_diagrams_have_no_semicolon(path: Path) -> None:
    # Mermaid ends a statement there, and draws an error instead of the diagram.
    for diagram in SEQUENCE.findall(path.read_text(encoding="utf-8")):
        assert ";" not in diagram
