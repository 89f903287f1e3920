"""docs/ and the notebooks as a site in .workshop/site (`make docs`).

Sphinx with MyST-NB, after docs/site/conf.py. A warning is an error: a link that leads nowhere, a page that is not in
the table of contents. Nothing is fetched from outside, neither while it is built nor when it is read.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from workshop import paths, process, voice
from workshop.docs import workbench
from workshop.errors import WorkshopError

SOURCE: Final = paths.ROOT / "docs" / "site"
"""conf.py, the table of contents, what pages load."""
START: Final = "index.html"
_DOCTREES: Final = paths.DOCS_WORK / "doctrees"
_LIMIT_SECONDS: Final = 600


def build() -> Path:
    """The site's folder, with everything in it built anew.

    Raises `WorkshopError` with Sphinx's warnings where there are any.
    """
    programs = workbench.python_programs()
    mermaid = workbench.mermaid()
    voice.say("montando o site")
    partial = paths.DOCS_WORK / paths.SITE.name
    for folder in (partial, _DOCTREES):
        shutil.rmtree(folder, ignore_errors=True)
    command: process.Command = [
        programs / "sphinx-build", "--builder", "html", "--conf-dir", SOURCE, "--doctree-dir", _DOCTREES,
        "--fail-on-warning", "--quiet", paths.ROOT, partial,
    ]  # fmt: skip
    done = process.run(command, limit=_LIMIT_SECONDS, check=False, fix="make docs")
    if not done.ok:
        raise WorkshopError(
            "O site não foi montado: o Sphinx avisou.",
            details=done.err.replace(f"{paths.ROOT}/", "").strip(),
            fix="make docs   # depois de corrigir as páginas que os avisos dizem",
        )
    shutil.copyfile(mermaid, partial / "_static" / mermaid.name)
    shutil.rmtree(paths.SITE, ignore_errors=True)
    partial.rename(paths.SITE)
    return paths.SITE
