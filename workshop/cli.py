"""The command `workshop`: parses what was asked for, calls the part that does it, prints what came of it."""

from __future__ import annotations

import contextlib
import shlex
import signal
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from workshop import board, compose, paths
from workshop import settings as config
from workshop.bench import run as measure
from workshop.board import document, terminal
from workshop.bundle import create, restore
from workshop.errors import WorkshopError
from workshop.kargo.why import ask, explain
from workshop.machine import offline as unplugged
from workshop.platform import kargo, pages
from workshop.rehearsal import flows, schedule, table, tmux
from workshop.rehearsal import lab as jupyter
from workshop.rehearsal.report import Report
from workshop.story import branches, demo, points

FAILED = 1
INTERRUPTED = 130
_ERROR_STYLES = ("bold red", "dim", "cyan")
"""Of an error's parts, in their order."""


class Group(TyperGroup):
    """Errors for people become their sentence and exit code 1; an interruption, a sentence and 130."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except WorkshopError as error:
            _complain(error)
            raise typer.Exit(FAILED) from None
        except KeyboardInterrupt:
            stderr = Console(stderr=True)
            stderr.print("\nInterrompido. O que já está pronto fica; o mesmo comando continua daqui.", style="yellow")
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            # What typer itself ends with: a wrong option, an end, a reader that has seen enough.
            if isinstance(error, typer.Exit | typer.Abort | BrokenPipeError) or hasattr(error, "exit_code"):
                raise
            _complain(_unexpected(error))
            raise typer.Exit(FAILED) from None


app = typer.Typer(
    name="workshop",
    cls=Group,
    help="Promoção de imagens Docker com GitOps, Argo CD e Kargo: a oficina inteira, nesta máquina.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
notebooks_app = typer.Typer(help="Os notebooks da oficina.", no_args_is_help=True)
app.add_typer(notebooks_app, name="notebooks")
bundle_app = typer.Typer(help="A oficina inteira em um arquivo, para uma máquina sem rede.", no_args_is_help=True)
app.add_typer(bundle_app, name="bundle")
branches_app = typer.Typer(help="Os branches da história, guardados como patches.", no_args_is_help=True)
app.add_typer(branches_app, name="branches")
console = Console(highlight=False)


@app.callback()
def _check_settings() -> None:
    """Settings that make no sense are said before anything is touched."""
    config.settings()


@app.command()
def up() -> None:
    """Da máquina vazia ao cluster com Argo CD e Kargo (notebooks 00–03)."""
    _conclude(flows.up(console))


@app.command()
def rehearse(
    start: Annotated[int | None, typer.Option("--from", help="Começar deste notebook.", metavar="N")] = None,
    only: Annotated[list[int] | None, typer.Option(help="Só este; pode repetir.", metavar="N")] = None,
    times: Annotated[int, typer.Option(min=1, help="Tantos ensaios seguidos.", metavar="K")] = 1,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Não parar no primeiro que falhar.")] = False,
) -> None:
    """Ensaiar a palestra: notebooks 00–08 em ordem, cada um contra o seu tempo."""
    made = flows.rehearse_repeatedly(schedule.select(start, only or ()), times, console, keep_going=keep_going)
    bad = [report for report in made if not report.ok]
    if bad and times > 1:
        raise WorkshopError(
            f"{len(bad)} de {len(made)} ensaios não passaram. O primeiro: {_problem(bad[0])}",
            fix=f"workshop rehearse --times {times} --keep-going   # não para na falha" if len(made) < times else "",
        )
    if bad:
        raise WorkshopError(_problem(bad[0]))


@app.command()
def lab() -> None:
    """Abrir os notebooks no JupyterLab."""
    jupyter.open_lab()


@app.command("tmux")
def open_tmux() -> None:
    """Abrir um tmux com código, ações e logs lado a lado, para quem apresenta do terminal."""
    tmux.open_session()


@app.command("app")
def app_alone(
    stop: Annotated[bool, typer.Option("--stop", help="Parar, e apagar os usuários criados.")] = False,
) -> None:
    """A aplicação sozinha, sem cluster: docker-compose.yaml."""
    if stop:
        compose.down()
        return
    url = compose.up()
    console.print(f"✓ {url}   (API: http://localhost:{compose.port('BACKEND_PORT')}/docs)")


@app.command()
def supply(
    names: Annotated[list[str] | None, typer.Argument(metavar="NOME...", help="Só estas, e o que elas pedem.")] = None,
) -> None:
    """Trazer ou construir o que a oficina usa: ferramentas e imagens."""
    flows.prepare(only=names or ())


@app.command()
def pins(
    check: Annotated[bool, typer.Option("--check", help="Só comparar.")] = False,
) -> None:
    """Anotar em versions.toml os SHA-256 que os autores das ferramentas publicam (de quem mantém; com rede)."""
    # With what only a maintainer's environment has.
    from workshop.supply import pins as digests  # noqa: PLC0415

    found = digests.compared()
    table = Table("ferramenta", "versão", "plataforma", "SHA-256")
    for pin in found:
        verdict = pin.trouble or ("mudou" if pin.differs and pin.pinned else "novo" if pin.differs else "confere")
        table.add_row(pin.tool, pin.version, pin.platform, verdict)
    console.print(table)
    if not check:
        digests.write(found)
    if check and any(pin.differs for pin in found):
        raise WorkshopError("versions.toml não tem o que os autores publicam.", fix="workshop pins")


@app.command()
def status(
    watch: Annotated[bool, typer.Option("--watch", help="Ficar mostrando o que muda, até Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Para scripts: só o quadro, sem senhas.")] = False,
) -> None:
    """O quadro da promoção: o que vem, que versão está em cada ambiente, e como vai."""
    if watch and as_json:
        raise typer.BadParameter("--watch é para pessoas, --json é para scripts: um dos dois.")
    if watch:
        with contextlib.suppress(KeyboardInterrupt):
            board.watch(console)
        return
    found = board.read()
    if as_json:
        print(document.as_json(found))
        return
    console.print(terminal.rendered(found, datetime.now(UTC)))
    for environment in config.ENVIRONMENTS:
        console.print(config.environment_url(environment), style="dim")
    console.print(kargo.introduction(), markup=False)
    for page in pages.found():
        console.print(f"{page.name}: {page.url}   {page.user} / {page.password}", markup=False, soft_wrap=True)


@app.command()
def bench(
    times: Annotated[int, typer.Option("--times", min=1, help="Quantas vezes medir cada coisa.", metavar="N")] = (
        measure.TIMES
    ),
    limits: Annotated[
        bool, typer.Option("--limits/--no-limits", help="Sair com 1 acima do limite, ou só medir.")
    ] = True,
) -> None:
    """Medir quanto leva uma versão nova até dev, stg e prod, ao lado do kubectl set image."""
    found = measure.run(times)
    path = found.write()
    found.show(console)
    console.print(f"{path.relative_to(paths.ROOT)}", style="dim")
    if limits:
        found.demand()


@app.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Consertar o que é seguro, e verificar de novo.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Para scripts.")] = False,
) -> None:
    """A lista de verificação da palestra: o que está pronto, o que não está, e o comando que conserta."""
    # What its checks read takes time to import; the other commands do not wait for it.
    from workshop.doctor import flow  # noqa: PLC0415

    if not flow.run(console, fix=fix, as_json=as_json):
        raise typer.Exit(FAILED)


@app.command()
def goto(
    number: Annotated[int, typer.Argument(metavar="N", help="O número do notebook, 00 a 09.")],
) -> None:
    """Levar a oficina ao começo de um notebook, de onde quer que ela esteja."""
    points.reach(number)


@app.command()
def why(stage: Annotated[str, typer.Argument(metavar="STAGE", help=" ou ".join(config.ENVIRONMENTS) + ".")]) -> None:
    """Por que um Stage espera, ou falhou: condição, causa e o comando que ajuda."""
    console.print(str(explain(ask(stage))), markup=False, soft_wrap=True)


@app.command()
def notes(
    number: Annotated[int | None, typer.Argument(metavar="N", help="Só as deste notebook, e sair.")] = None,
) -> None:
    """As notas do roteiro para quem apresenta, com o tempo que resta da parte; só na sua tela."""
    # Markdown takes its time to import; the other commands do not wait for it.
    from workshop.rehearsal import prompter  # noqa: PLC0415

    if number is None:
        prompter.follow(console)
    else:
        console.print(prompter.shown(number))


@app.command()
def videos(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NOME...", help="Só estes, ainda que estejam em dia.")
    ] = None,
) -> None:
    """Gravar os vídeos de reserva que faltam, ou cujo notebook mudou, dos notebooks no JupyterLab."""
    # What drives a browser takes time to import; the other commands do not wait for it.
    from workshop.videos import manifest, record  # noqa: PLC0415

    wanted = manifest.select(names or ())
    record.record_all(wanted)
    if not wanted:
        console.print("Os vídeos estão em dia com os notebooks. Para gravar um de novo: workshop videos NOME")


@app.command()
def reset() -> None:
    """Voltar ao começo da demonstração, sem refazer o cluster."""
    demo.reset()
    console.print("A história voltou ao começo: o próximo notebook é o 04.")


@app.command(context_settings={"ignore_unknown_options": True})
def offline(
    command: Annotated[list[str], typer.Argument(metavar="COMANDO...", help="O comando, com os seus argumentos.")],
    if_possible: Annotated[
        bool, typer.Option("--if-possible", help="Onde não dá, rodar com rede, e dizer por quê.")
    ] = False,
) -> None:
    """Rodar um comando com a rede cortada de verdade, também a dos contêineres; a da máquina fica como está."""
    run = unplugged.where_possible if if_possible else unplugged.on_this_machine
    raise typer.Exit(run(command))


@app.command()
def down() -> None:
    """Desmontar tudo o que a oficina pôs nesta máquina (notebook 09)."""
    _conclude(flows.down(console))


@notebooks_app.command("list")
def list_notebooks() -> None:
    """Os notebooks, na ordem da palestra, com o seu tempo."""
    overview = Table()
    for heading in ("notebook", "título", "tempo"):
        overview.add_column(heading)
    for notebook in schedule.ALL:
        overview.add_row(notebook.path.stem, notebook.title, notebook.budget_text)
    console.print(overview)


@notebooks_app.command("save")
def save_notebooks() -> None:
    """Gravar em notebooks/ as saídas do último ensaio, sem nada desta máquina nelas."""
    # nbformat takes seconds to import; the other commands do not wait for it.
    from workshop.rehearsal import keep  # noqa: PLC0415

    saved = keep.save([flows.LATEST, flows.RUNS / "down"])
    if not saved:
        raise WorkshopError("Ainda não há ensaio de onde gravar.", fix="make rehearse")
    for notebook in saved:
        console.print(f"✓ {notebook.file}")
    console.print("Os documentos citam estas saídas: make docs-sync", style="dim")


@bundle_app.command("create")
def create_bundle(
    file: Annotated[Path, typer.Argument(metavar="ARQUIVO", help="O arquivo a criar; vários GB.")],
) -> None:
    """Juntar em um arquivo tudo o que esta instalação usa: ferramentas, imagens, charts, pacotes."""
    create.create(file)


@bundle_app.command("fetch")
def fetch_for_bundle() -> None:
    """Baixar já o que um pacote leva além de ferramentas e imagens, para criá-lo depois sem rede."""
    create.everything()


@bundle_app.command("import")
def import_bundle(
    file: Annotated[Path, typer.Argument(metavar="ARQUIVO", help="O arquivo de `workshop bundle create`.")],
) -> None:
    """Pôr no lugar o que um pacote traz; depois disso a oficina não precisa de rede."""
    restore.restore(file)


@branches_app.command("remake")
def remake_branches() -> None:
    """Refazer os patches para a aplicação como ela está agora."""
    _tell_patches(branches.remake())


@branches_app.command("edit")
def edit_branches(
    folder: Annotated[Path, typer.Argument(metavar="PASTA", help="A pasta do repositório a criar.")],
) -> None:
    """Criar um repositório com `main` e todos os branches da história, para fazer commits neles."""
    branches.edit(paths.ROOT, folder)
    console.print(f"{folder}: {', '.join((branches.START, *(branch.name for branch in branches.BRANCHES)))}")


@branches_app.command("save")
def save_branches(
    folder: Annotated[Path, typer.Argument(metavar="PASTA", help="O repositório de `workshop branches edit`.")],
) -> None:
    """Gravar nos patches os branches daquele repositório."""
    _tell_patches(branches.save(folder))


def _tell_patches(changed: list[str]) -> None:
    console.print(f"mudaram: {', '.join(changed)}" if changed else "os patches já eram estes")


def _conclude(report: Report) -> None:
    table.show(report, console)
    if not report.ok:
        raise WorkshopError(_problem(report))


def _problem(report: Report) -> str:
    return report.problem or "Nem tudo rodou."


def main() -> None:
    """The entry point."""
    # A terminated run winds up like an interrupted one, so that no notebook kernel is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app()


def _unexpected(error: Exception) -> WorkshopError:
    """An error that nobody foresaw: its details are written down, for whoever mends it."""
    paths.UNEXPECTED.parent.mkdir(parents=True, exist_ok=True)
    with paths.UNEXPECTED.open("a", encoding="utf-8") as log:
        log.write(f"{datetime.now(UTC).isoformat()} {shlex.join(sys.argv)}\n")
        traceback.print_exception(error, file=log)
    return WorkshopError(
        f"A oficina não contava com isto: {type(error).__name__}: {error}.",
        fix=f"less {paths.UNEXPECTED}   # os detalhes, para quem a mantém; o mesmo comando pode ser repetido",
    )


def _complain(error: WorkshopError) -> None:
    stderr = Console(stderr=True, highlight=False, soft_wrap=True)
    for part, style in zip(error.parts(), _ERROR_STYLES, strict=True):
        if part:
            stderr.print(part, style=style, markup=False)


if __name__ == "__main__":
    main()
