"""The ninety minutes of the talk, once: runbook, slides, contingency plan and the notebooks' budgets take them here."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Final

TOTAL_MINUTES: Final = 90


@dataclass(frozen=True)
class Part:
    """One part of the talk.

    **notebook**: the number of the one that it shows, if it shows one.
    **video**: the recording that stands in for it, as videos/backup/<video>.mp4; empty where it has none.
    """

    title: str
    minutes: int
    notebook: int | None = None
    video: str = ""


PARTS: Final = (
    Part("Introdução e contexto do problema", 10),
    Part("Conceitos: Kubernetes, GitOps", 10),
    Part("Conceitos: Helm, Kustomize e a combinação", 10),
    Part("Conceitos: Argo CD", 10),
    Part("Conceitos: Kargo", 10),
    Part("Arquitetura do projeto demo", 5),
    Part("Demo: CI Pipeline (PR → merge → build)", 10, notebook=4, video="01-ci-pipeline"),
    Part("Demo: Deploy automático em DEV", 5, notebook=5, video="02-deploy-dev"),
    Part("Demo: Promoção para STG (aprovação QA)", 5, notebook=6, video="03-promotion-stg"),
    Part("Demo: Promoção para PROD (aprovação PO)", 5, notebook=7, video="04-promotion-prod"),
    Part("Demo: Rollback automático", 5, notebook=8, video="05-rollback"),
    Part("Conclusão, Q&A e redes sociais", 5),
)


def timetable() -> tuple[tuple[str, Part], ...]:
    """Each part with the time at which it begins, as `01:05` after the beginning of the talk."""
    starts = accumulate((part.minutes for part in PARTS), initial=0)
    return tuple((f"{start // 60:02}:{start % 60:02}", part) for start, part in zip(starts, PARTS, strict=False))


def budget_seconds(notebook: int) -> int | None:
    """How long the talk gives a notebook, in seconds; None where it does not wait for it."""
    return next((part.minutes * 60 for part in PARTS if part.notebook == notebook), None)
