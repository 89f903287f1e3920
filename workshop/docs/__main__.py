"""`python -m workshop.docs WHAT`: what people read of this project, made anew. make has a target for each."""

from __future__ import annotations

import typer

from workshop import cli, process
from workshop.docs import files, generated, marks, overlays, slides
from workshop.docs import site as pages
from workshop.errors import WorkshopError

app = typer.Typer(
    cls=cli.Group,
    help="O que se lê deste projeto, refeito.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def sync() -> None:
    """O que os documentos citam do projeto, e as tabelas que são geradas (make docs-sync)."""
    for document in files.documents():
        name, text = process.relative(document), document.read_text(encoding="utf-8")
        try:
            new = marks.refreshed(text, generated.MADE)
        except WorkshopError as error:
            raise WorkshopError(f"{name}: {error.message}", fix=error.fix, details=error.details) from None
        if new != text:
            document.write_text(new, encoding="utf-8")
            print(name)


@app.command()
def site() -> None:
    """A documentação e os notebooks como site, em .workshop/site (make docs)."""
    print(process.relative(pages.build() / pages.START))


@app.command("slides")
def export() -> None:
    """Os slides em HTML e PDF, em .workshop/slides (make slides)."""
    for file in slides.export():
        print(process.relative(file))


@app.command()
def manifests() -> None:
    """O que o Helm faz dos charts, e o Kustomize dos overlays (make manifests)."""
    for file, what in (*overlays.render_charts(), *overlays.render_overlays()):
        print(f"{process.relative(file)}: {what}")


if __name__ == "__main__":
    app()
