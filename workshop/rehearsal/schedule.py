"""The notebooks in the order of the talk, and the time that the runbook gives each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workshop import paths
from workshop.errors import WorkshopError
from workshop.rehearsal.agenda import budget_seconds

INDEX: Final = "index.ipynb"
"""What JupyterLab opens first: the notebooks with their times, and where the workshop stands."""
SLACK: Final = 2
"""A notebook may run for so many budgets before it is ended; over one budget it has already failed."""
COLD_SECONDS: Final = 10 * 60
"""And for so long on top: a machine on which no check has run yet has all of them to run."""
UNBUDGETED_LIMIT_SECONDS: Final = 20 * 60


@dataclass(frozen=True)
class Notebook:
    """One notebook of the workshop; **budget_seconds** is None where the talk does not wait for it (then **when**)."""

    number: int
    file: str
    title: str
    budget_seconds: int | None = None
    when: str = "antes da palestra"

    @property
    def path(self) -> Path:
        """Where its source lies."""
        return paths.NOTEBOOKS / self.file

    @property
    def limit_seconds(self) -> int:
        """When a run of it is given up."""
        return self.budget_seconds * SLACK + COLD_SECONDS if self.budget_seconds else UNBUDGETED_LIMIT_SECONDS

    @property
    def budget_text(self) -> str:
        """The budget as notebooks and tables say it."""
        return f"{self.budget_seconds // 60} min" if self.budget_seconds else self.when


SETUP: Final = (
    Notebook(0, "00-preflight.ipynb", "Antes de começar"),
    Notebook(1, "01-cluster.ipynb", "O cluster e seus vizinhos"),
    Notebook(2, "02-argocd.ipynb", "Argo CD"),
    Notebook(3, "03-kargo.ipynb", "Kargo"),
)
STORY: Final = (
    Notebook(4, "04-ci.ipynb", "CI: do pull request à imagem", budget_seconds(4)),
    Notebook(5, "05-dev.ipynb", "DEV: a promoção que ninguém pediu", budget_seconds(5)),
    Notebook(6, "06-stg.ipynb", "STG: a QA aprova", budget_seconds(6)),
    Notebook(7, "07-prod.ipynb", "PROD: a PO aprova, e só ela", budget_seconds(7)),
    Notebook(8, "08-rollback.ipynb", "Rollback automático, e o conserto", budget_seconds(8)),
)
TEARDOWN: Final = Notebook(9, "09-teardown.ipynb", "Desmontar tudo", when="depois da palestra")
REHEARSAL: Final = (*SETUP, *STORY)
ALL: Final = (*REHEARSAL, TEARDOWN)


def select(start: int | None = None, only: Iterable[int] = ()) -> tuple[Notebook, ...]:
    """The notebooks of a rehearsal: all, those from `start` on, or `only` these.

    Raises `WorkshopError` for a number that a rehearsal does not have.
    """
    wanted = set(only)
    known = {notebook.number for notebook in REHEARSAL}
    unknown = sorted((wanted | ({start} if start is not None else set())) - known)
    if unknown:
        numbers = ", ".join(f"{number:02}" for number in unknown)
        raise WorkshopError(
            f"O ensaio não tem o notebook {numbers}.", fix="workshop notebooks list   # mostra os que existem"
        )
    return tuple(
        notebook
        for notebook in REHEARSAL
        if (not wanted or notebook.number in wanted) and (start is None or notebook.number >= start)
    )
