"""The docs site: every page in its table of contents, and what was built leads nowhere that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from workshop import paths
from workshop.docs import files, site
from workshop.rehearsal import schedule

ELSEWHERE = {"README.md", "CONTRIBUTING.md", "docs/talk/slides.md"}
"""Documents that are no pages: two for GitHub, and the slides, which presenterm shows."""
CONTENTS = yaml.safe_load((site.SOURCE / "_toc.yml").read_text(encoding="utf-8"))


def listed() -> list[str]:
    return [CONTENTS["root"], *(entry["file"] for part in CONTENTS["subtrees"] for entry in part["entries"])]


def test_every_document_and_notebook_is_in_the_table_of_contents_once() -> None:
    documents = {str(path.relative_to(paths.ROOT)) for path in files.documents()} - ELSEWHERE
    notebooks = {str(notebook.path.relative_to(paths.ROOT)) for notebook in schedule.ALL}
    wanted = {name.removesuffix(".md").removesuffix(".ipynb") for name in documents | notebooks}
    assert sorted(listed()) == sorted(wanted)


def test_the_notebooks_are_listed_in_their_order() -> None:
    shown = [name for name in listed() if name.startswith("notebooks/")]
    assert shown == [f"notebooks/{notebook.path.stem}" for notebook in schedule.ALL]


class Page(HTMLParser):
    """The anchors of a page, its links, and what a browser loads with it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.diagrams = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        self.diagrams += values.get("class") == "mermaid"
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag in ("img", "script", "iframe", "source") and "src" in values:
            self.loaded.append(values["src"])
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload", "shortcut icon"):
            self.loaded.append(values["href"])


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    """Every page of the site, built anew; that no warning came is `build`'s own business."""
    folder = site.build()
    found = (path for path in folder.rglob("*.html") if path.relative_to(folder).parts[0] != "_static")
    return {path: Page(path.read_text(encoding="utf-8")) for path in found}


def inside(pages: dict[Path, Page], kind: str) -> Iterator[tuple[Path, str, str]]:
    """(page, path, anchor) of everything that a page names without a host."""
    for path, page in pages.items():
        for reference in getattr(page, kind):
            parts = urlsplit(reference)
            if not parts.scheme and not parts.netloc:
                yield path, unquote(parts.path), unquote(parts.fragment)


def test_every_entry_of_the_contents_is_a_page(pages: dict[Path, Page]) -> None:
    for name in listed():
        assert paths.SITE / f"{name}.html" in pages
    assert paths.SITE / site.START in pages


def test_its_links_and_anchors_are_there(pages: dict[Path, Page]) -> None:
    checked = 0
    for path, target, anchor in inside(pages, "links"):
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), f"{path.name}: {target}"
        if anchor and file in pages:
            assert anchor in pages[file].anchors, f"{path.name}: {target}#{anchor}"
        checked += 1
    assert checked > len(pages)


def test_nothing_is_loaded_from_outside(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        for reference in page.loaded:
            assert not urlsplit(reference).netloc, f"{path.name} loads {reference}"
    for path, target, _ in inside(pages, "loaded"):
        assert (path.parent / target).resolve().is_file(), f"{path.name} loads {target}"


def test_the_diagrams_are_drawn_and_only_their_pages_load_mermaid(pages: dict[Path, Page]) -> None:
    drawing = {path for path, page in pages.items() if page.diagrams}
    loading = {path for path, page in pages.items() if any("mermaid" in source for source in page.loaded)}
    assert drawing == loading
    assert paths.SITE / "docs" / "kargo.html" in drawing


def test_the_notebooks_show_their_stored_outputs(pages: dict[Path, Page]) -> None:
    text = (paths.SITE / "notebooks" / "07-prod.html").read_text(encoding="utf-8")
    assert 'class="cell_output' in text
    assert "origin/env/prod" in text


def test_it_speaks_portuguese(pages: dict[Path, Page]) -> None:
    assert '<html lang="pt-BR"' in (paths.SITE / "docs" / "README.html").read_text(encoding="utf-8")
