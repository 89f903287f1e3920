"""`python -m workshop.docs.site`: docs/ and the notebooks as a site in .workshop/site (`make docs`).

Sphinx with MyST-NB, after docs/site/conf.py. A warning is an error: a link that leads nowhere, a page that is not in
the table of contents. Nothing is fetched from outside, neither while it is built nor when it is read.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from workshop import paths, voice
from workshop.docs import workbench
from workshop.errors import WorkshopError

SOURCE: Final = paths.ROOT / "docs" / "site"
"""conf.py, the table of contents, what pages load."""
START: Final = "index.html"
_DOCTREES: Final = paths.DOCS_WORK / "doctrees"
_LIMIT_SECONDS: Final = 600
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


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
    command = [
        programs / "sphinx-build", "--builder", "html", "--conf-dir", SOURCE, "--doctree-dir", _DOCTREES,
        "--fail-on-warning", "--quiet", paths.ROOT, partial,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, cwd=paths.ROOT, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise WorkshopError(f"O site não ficou pronto em {_LIMIT_SECONDS // 60} minutos.", fix="make docs") from None
    if done.returncode != 0:
        raise WorkshopError(
            "O site não foi montado: o Sphinx avisou.",
            details=_COLOUR.sub("", done.stderr).replace(f"{paths.ROOT}/", "").strip(),
            fix="corrija as páginas que os avisos dizem, depois: make docs",
        )
    shutil.copyfile(mermaid, partial / "_static" / mermaid.name)
    shutil.rmtree(paths.SITE, ignore_errors=True)
    partial.rename(paths.SITE)
    return paths.SITE


def main() -> int:
    """The exit code: 0, or 1 after a `WorkshopError`."""
    try:
        site = build()
    except WorkshopError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{site.relative_to(paths.ROOT) / START}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
