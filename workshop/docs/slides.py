"""The slides as HTML and PDF in .workshop/slides (`make slides`).

presenterm draws them, as on the stage, on a screen of ROWS × COLUMNS. When it exports it says nothing where a slide
does not fit, nor where a snippet fails that is marked `+validate`: both are looked at here, and are errors.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import yaml

from workshop import paths, process, voice
from workshop.docs import workbench
from workshop.errors import WorkshopError
from workshop.machine import apt

SOURCE: Final = paths.ROOT / "docs" / "talk" / "slides.md"
ROWS: Final = 30
COLUMNS: Final = 106
"""What 16:9 has room for, a projector's 1280×720 among others, in letters that the last row can read."""
FORMATS: Final = ("html", "pdf")
FONT: Final = "DejaVu Sans Mono"
"""It has every arrow and line of the drawings, all of the same width."""
FONT_PACKAGES: Final = ("fontconfig", "fonts-dejavu-core")
PANGO_PACKAGES: Final = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
_CONFIGURATION: Final = paths.DOCS_WORK / "presenterm.yaml"
_END: Final = "<!-- end_slide -->"
_COMMENT: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_FENCED: Final = re.compile(r"^(?P<fence>`{3,})[^\n]*\n(?P<code>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_SNIPPET: Final = re.compile(
    r"^(?P<fence>`{3,})(?P<head>[^\n]*\+validate[^\n]*)\n(?P<code>.*?)^(?P=fence)$", re.M | re.S
)
_INTERPRETERS: Final = {"bash": ("bash", "-eu", "-c"), "python": (sys.executable, "-c")}
_LIMIT_SECONDS: Final = 300
_SNIPPET_SECONDS: Final = 30


def sources(text: str) -> list[str]:
    """Each slide as it is written; the first is the front matter, of which presenterm makes one."""
    _, front, rest = text.split("---\n", 2)
    return [front, *rest.split(_END)]


def lost(source: str, page: str) -> list[str]:
    """What a slide says and its page does not: lines of its drawings and code, words of its text."""
    text = _COMMENT.sub("", source)
    rows = [row.rstrip() for row in page.splitlines()]
    code = [line.rstrip() for match in _FENCED.finditer(text) for line in match["code"].splitlines()]
    # A line that presenterm broke in two, or that fell off the page, is in no row.
    missing = [line for line in code if line and not any(line in row for row in rows)]
    words = set(re.findall(r"\w+", page))
    prose = re.findall(r"\w+", _LINK.sub(r"\1", _FENCED.sub("", text)))
    return missing + sorted({word for word in prose if word not in words})


class _Pages(HTMLParser):
    """The text of presenterm's HTML, page by page, with its rows as lines."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: list[str] = []
        self._in_row = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if ("class", "container") in attrs:
            self.pages.append("")
        self._in_row = self._in_row or tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._in_row = False
            self.pages[-1] += "\n"

    def handle_data(self, data: str) -> None:
        if self._in_row:
            self.pages[-1] += data


def pages(text: str) -> list[str]:
    """What can be read on each page of the exported HTML."""
    parser = _Pages()
    parser.feed(text)
    return parser.pages


def validate(source: str) -> None:
    """Run the snippets that are marked `+validate`, where presenterm would: in the folder of the slides.

    Raises `WorkshopError` where one fails, or does not although it is marked `+expect:failure`.
    """
    for match in _SNIPPET.finditer(source):
        language, *marks = match["head"].split()
        if language not in _INTERPRETERS:
            raise WorkshopError(f"Nada aqui roda um trecho de {language}.", fix=f"um de: {', '.join(_INTERPRETERS)}")
        command = [*_INTERPRETERS[language], match["code"]]
        done = process.run(command, cwd=SOURCE.parent, limit=_SNIPPET_SECONDS, check=False)
        if done.ok == ("+expect:failure" in marks):
            verdict = "deveria falhar, e não falha" if done.ok else "falha"
            raise WorkshopError(f"Um trecho dos slides {verdict}:", details=f"{match['code']}{done.err}".strip())


def check(source: str, exported: str) -> None:
    """Raise `WorkshopError` where not all of a slide can be read on its page."""
    written, shown = sources(source), pages(exported)
    if len(written) != len(shown):
        raise WorkshopError(f"São {len(written)} slides, e o presenterm fez {len(shown)} páginas.")
    problems: list[str] = []
    # The front matter has keys beside what is shown, and always fits.
    for number, (slide, page) in enumerate(zip(written[1:], shown[1:], strict=True), start=2):
        problems += [f"{number}: {missing}" for missing in lost(slide, page)]
    if problems:
        raise WorkshopError(
            f"Nem tudo aparece nos slides, que têm {ROWS} linhas de {COLUMNS} colunas:",
            details="\n".join(problems),
            fix=f"make slides   # depois de encurtar esses slides em {process.relative(SOURCE)}",
        )


def export() -> list[Path]:
    """HTML and PDF, in that order; the HTML is what `check` looks at.

    Raises `WorkshopError` where a snippet fails, a tool cannot be had, or not all of a slide can be read.
    """
    validate(SOURCE.read_text(encoding="utf-8"))
    presenterm = workbench.presenterm()
    programs = workbench.python_programs()
    _CONFIGURATION.parent.mkdir(parents=True, exist_ok=True)
    _CONFIGURATION.write_text(yaml.safe_dump(_configuration(_font())), encoding="utf-8")
    _pango(programs)
    paths.SLIDES.mkdir(parents=True, exist_ok=True)
    made = []
    for kind in FORMATS:
        target = paths.SLIDES / f"{SOURCE.stem}.{kind}"
        voice.say(f"exportando {process.relative(target)}")
        _run_presenterm(presenterm, programs, kind, target)
        if kind == "html":
            target.write_text(_named(target.read_text(encoding="utf-8")), encoding="utf-8")
            check(SOURCE.read_text(encoding="utf-8"), target.read_text(encoding="utf-8"))
        made.append(target)
    return made


def _configuration(font: Path) -> dict[str, object]:
    cuts = {"normal": font}
    for cut, style in (("bold", "Bold"), ("italic", "Oblique")):
        cuts[cut] = font.with_name(f"{font.stem}-{style}{font.suffix}")
    # Some systems bring the slanted one apart; without it the page says the same, upright.
    fonts = {cut: str(file) for cut, file in cuts.items() if file.exists()}
    return {"export": {"dimensions": {"rows": ROWS, "columns": COLUMNS}, "pdf": {"fonts": fonts}}}


def _font() -> Path:
    """Where the font is: fontconfig always names one, and not always that."""
    for attempt in range(2):
        if shutil.which("fc-match"):
            found = process.run(["fc-match", "--format", "%{family}\n%{file}", f"{FONT}:style=Book"], check=False)
            family, _, file = found.out.partition("\n")
            if FONT in family:
                return Path(file)
        if not attempt:
            apt.require(*FONT_PACKAGES, missing=f"A fonte {FONT}, que desenha os slides no PDF, não está aqui.")
    raise WorkshopError(f"A fonte {FONT} não foi encontrada.", fix=apt.install_command(*FONT_PACKAGES))


def _pango(programs: Path) -> None:
    """weasyprint is Python, and calls a library of the system's."""
    if not process.run([programs / "weasyprint", "--info"], check=False).ok:
        apt.require(*PANGO_PACKAGES, missing="O Pango, com que o weasyprint faz o PDF, não está aqui.")


def _run_presenterm(presenterm: Path, programs: Path, kind: str, target: Path) -> None:
    command: process.Command = [
        presenterm, "--config-file", _CONFIGURATION, f"--export-{kind}", "--output", target, SOURCE,
    ]  # fmt: skip
    # The presenter's own terminal, whose colours are in what it draws; and weasyprint of the group's packages.
    variables = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    fix = f"make slides   # depois de corrigir {process.relative(SOURCE)}"
    process.run(command, env=variables, limit=_LIMIT_SECONDS, fix=fix)


def _named(exported: str) -> str:
    """With a language, a name for the browser's tab, and the font in which the drawings are straight."""
    title = yaml.safe_load(sources(SOURCE.read_text(encoding="utf-8"))[0])["title"]
    style = f"<style>pre {{ font-family: '{FONT}', Menlo, monospace; }}</style>"
    head = f"<title>{html.escape(title)}</title>\n{style}\n</head>"
    return exported.replace("<html>", '<html lang="pt-BR">', 1).replace("</head>", head, 1)
