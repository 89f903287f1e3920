"""The parts of documents that are made: each from the one place that knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import segno
from typer.main import get_command

from workshop import cli, doctor, paths
from workshop import settings as config
from workshop.docs import workbench
from workshop.rehearsal import agenda, schedule

PROJECT_PAGE: Final = "https://github.com/marcellmartini/image-promotion-gitops"
AUTHOR_PAGE: Final = "https://www.linkedin.com/in/marcellmartini/"
_QUIET_ZONE: Final = 2
"""Light modules around a QR code. Four are the rule; the page around it is dark, and cameras read it with two."""
_PORTS: Final = tuple(name for name in config.Settings.model_fields if name.endswith("_port"))


def timetable() -> str:
    """The talk, part by part, as a table."""
    notebooks = {notebook.number: notebook for notebook in schedule.ALL}
    lines = ["| começa | dura | parte | notebook |", "|---|---|---|---|"]
    for start, part in agenda.timetable():
        book = notebooks[part.notebook] if part.notebook else None
        shown = f"[{book.path.stem}](../../notebooks/{book.file})" if book else ""
        lines.append(f"| {start} | {part.minutes} min | {part.title} | {shown} |")
    lines.append(f"| | **{agenda.TOTAL_MINUTES} min** | | |")
    return "\n".join(lines)


def videos() -> str:
    """What stands in for each part of the demonstration: the notebook to jump to, the recording to show."""
    notebooks = {notebook.number: notebook for notebook in schedule.ALL}
    lines = ["| se falha | refazer | seguir de | vídeo |", "|---|---|---|---|"]
    for _, part in agenda.timetable():
        if part.notebook and part.video:
            after = f"`{notebooks[part.notebook + 1].path.stem}`" if part.notebook < schedule.STORY[-1].number else "–"
            again = notebooks[part.notebook].path.stem
            lines.append(f"| {part.title} | `{again}`, desde o começo | {after} | `videos/backup/{part.video}.mp4` |")
    return "\n".join(lines)


def checklist() -> str:
    """What `workshop doctor` looks at, to be ticked off; the same on every machine, whatever ports it chose."""
    lines = []
    for area in doctor.areas():
        lines += [f"**{area.heading}**", ""]
        ports_said = False
        for check in area.checks:
            if not check.id.startswith("port-"):
                title = f"`{check.title}`" if check.id.startswith("tool-") else check.title
                lines.append(f"- [ ] {title}{' · `--fix` conserta' if check.repair else ''}")
            elif not ports_said:
                ports_said = True
                ports = ", ".join(str(config.Settings.model_fields[name].default) for name in _PORTS)
                lines.append(f"- [ ] portas {ports}, ou as de `workshop.toml`")
        lines.append("")
    return "\n".join(lines)


def commands() -> str:
    """Every command of the line, with what it takes."""
    lines = []
    for name, command in _commands(get_command(cli.app), ("workshop",)):
        lines += [f"## `{name}`", "", command.help, ""]
        # Options first: what follows an argument may belong to it.
        params = sorted(command.params, key=lambda parameter: parameter.param_type_name == "argument")
        usage = " ".join(map(_usage, params))
        lines += ["```console", f"$ {name} {usage}".rstrip(), "```", ""]
        if command.params:
            lines += ["| opção | o que faz | sem ela |", "|---|---|---|", *map(_row, command.params), ""]
    return "\n".join(lines)


def npm_licences() -> str:
    """What frontend and docs site ask npm for, with the licence that their lock files say."""
    lines = ["| pacote | licença | na imagem |", "|---|---|---|"]
    for folder, section, shipped in (
        (paths.ROOT / "frontend", "dependencies", "sim"),
        (paths.ROOT / "frontend", "devDependencies", "não"),
        (workbench.NPM_FILES, "dependencies", "não"),
    ):
        wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))[section]
        locked = json.loads((folder / workbench.NPM_LOCK).read_text(encoding="utf-8"))["packages"]
        lines += [f"| `{name}` | {locked[f'node_modules/{name}']['license']} | {shipped} |" for name in wanted]
    return "\n".join(lines)


def qr(url: str) -> str:
    """A QR code as text, light on a dark page, two rows of modules a line."""
    rows = [list(row) for row in segno.make(url, error="m", micro=False).matrix_iter(border=_QUIET_ZONE)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    # By whether the upper and the lower module are dark.
    blocks = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    lines = ["".join(blocks[bool(upper), bool(lower)] for upper, lower in zip(*pair, strict=True)) for pair in pairs]
    return "\n".join(["```text +no_background", *lines, "```"])


def _commands(group: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def _usage(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        name = str(parameter.metavar or parameter.name.upper())
        return name if parameter.required else f"[{name}]"
    return f"[{_spelling(parameter)}]{'…' if parameter.multiple else ''}"


def _spelling(parameter: Any) -> str:
    flags = "/".join([*parameter.opts, *parameter.secondary_opts])
    return flags if parameter.is_flag else f"{flags} {parameter.metavar or parameter.name.upper()}"


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"| `{_usage(parameter)}` | {parameter.help} | {'obrigatório' if parameter.required else '–'} |"
    plain = parameter.default in (None, False) or parameter.multiple
    default = parameter.opts[0] if parameter.default is True else parameter.default
    return f"| `{_spelling(parameter)}` | {parameter.help} | {'–' if plain else f'`{default}`'} |"


MADE: Final[Mapping[str, Callable[[], str]]] = {
    "roteiro": timetable,
    "reservas": videos,
    "verificacoes": checklist,
    "comandos": commands,
    "npm": npm_licences,
    "qr_projeto": lambda: qr(PROJECT_PAGE),
    "qr_autor": lambda: qr(AUTHOR_PAGE),
}
"""By the name in the mark `gerado`."""
