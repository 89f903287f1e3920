"""The docs site, as Sphinx builds it from the repository's folder: docs/, the notebooks with their stored outputs.

`make docs` calls it (workshop/docs/site.py). Every page stays plain Markdown or a notebook, as GitHub shows it: what a
page cannot say there, it does not say here.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REPOSITORY = "https://github.com/marcellmartini/image-promotion-gitops"
MERMAID = "mermaid.min.js"

project = "image-promotion-gitops"
author = "Marcell Martini"
language = "pt_BR"
extensions = ["myst_nb", "sphinx_external_toc"]
external_toc_path = str(HERE / "_toc.yml")
include_patterns = ["README.pt-BR.md", "docs/*.md", "docs/talk/*.md", "notebooks/*.ipynb"]
# The slides are made by presenterm; the notebooks' index is for JupyterLab.
exclude_patterns = [".*", "**/node_modules", "docs/talk/slides.md", "notebooks/index.ipynb"]

# The notebooks have the outputs of a rehearsal; nothing runs here.
nb_execution_mode = "off"
nb_merge_streams = True
# What a page with widgets would fetch when it is read; no page has one.
nb_ipywidgets_js = {}
myst_enable_extensions = ["tasklist"]
# As GitHub does: each heading is an anchor, which links between pages name.
myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]
# Excerpts of Helm's templates and of Kargo's tasks are not quite YAML.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "sphinx_book_theme"
html_title = "Promoção de imagens com GitOps"
html_logo = html_favicon = str(ROOT / "frontend" / "public" / "icon.svg")
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_use_index = False
html_theme_options = {
    "repository_url": REPOSITORY,
    "use_repository_button": True,
    "use_download_button": False,
    "logo": {"text": html_title},
    # The search of the side bar is enough.
    "navbar_persistent": [],
    "home_page_in_toc": True,
    "show_toc_level": 2,
    "show_navbar_depth": 1,
}


class Mermaid(SphinxDirective):
    """A diagram, which the reader's browser draws with the Mermaid beside the pages."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        text = html.escape("\n".join(self.content))
        return [nodes.raw("", f'<pre class="mermaid">{text}</pre>', format="html", mermaid=True)]


def on_github(app: Sphinx, doctree: nodes.document) -> None:
    """Links to folders and documents that are no pages lead to GitHub; of other files MyST keeps a copy by itself."""
    for link in list(doctree.findall(pending_xref)):
        if link.get("reftype") != "myst":
            continue
        if link.get("refdomain") == "doc" and link["reftarget"] not in app.env.found_docs:
            kind, path = "blob", ROOT / f"{link['reftarget']}.md"
        else:
            kind, path = "tree", (Path(app.env.doc2path(link["refdoc"])).parent / link["reftarget"]).resolve()
        if (path.is_dir() if kind == "tree" else path.is_file()) and path.is_relative_to(ROOT):
            target = f"{REPOSITORY}/{kind}/main/{path.relative_to(ROOT)}"
            link.replace_self(nodes.reference("", "", *link.children, refuri=target, internal=False))


def load_mermaid(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Mermaid is large: only pages with a diagram load it."""
    if doctree is not None and any(node.get("mermaid") for node in doctree.findall(nodes.raw)):
        app.add_js_file(MERMAID, loading_method="defer")
        app.add_js_file("diagrams.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    app.add_directive("mermaid", Mermaid)
    app.connect("doctree-read", on_github)
    app.connect("html-page-context", load_mermaid)
