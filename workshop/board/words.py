"""What the board says, in the audience's language; the picture and the terminal say the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from workshop.board.state import Board, Outage, Stage
from workshop.kargo import api, task
from workshop.kargo.objects import ADMINISTRATOR, AUTOMATIC, Freight, Promotion, Warehouse


class Tone(StrEnum):
    """What a colour stands for."""

    GOOD = "good"
    BUSY = "busy"
    BACK = "back"
    BAD = "bad"
    IDLE = "idle"


@dataclass(frozen=True)
class Said:
    """A few words, and how they are meant."""

    words: str
    tone: Tone


NOTHING: Final = "–"
_HEALTH: Final = {
    api.HEALTHY: Said("saudável", Tone.GOOD),
    "Progressing": Said("em transição", Tone.BUSY),
    "Degraded": Said("com defeito", Tone.BAD),
    "Suspended": Said("suspenso", Tone.BACK),
    "Missing": Said("ausente", Tone.IDLE),
}
_SYNC: Final = {
    "Synced": Said("sincronizado", Tone.GOOD),
    "OutOfSync": Said("fora de sincronia", Tone.BUSY),
}
_ACTORS: Final = {
    AUTOMATIC: "automático",
    "qa": "QA aprovou",
    "po": "PO aprovou",
    ADMINISTRATOR: "pela administração",
}


def health(stage: Stage) -> Said:
    """Argo CD's word for how it is."""
    return _HEALTH.get(stage.health, Said("saúde desconhecida", Tone.IDLE))


def sync(stage: Stage) -> Said:
    """Argo CD's word for whether the cluster is as the branch says."""
    return _SYNC.get(stage.sync, Said("sincronia desconhecida", Tone.IDLE))


def approval(stage: Stage) -> str:
    """Who had brought what is there; empty where there is nothing."""
    return _ACTORS.get(stage.actor, "") if stage.tag else ""


def verdict(stage: Stage) -> Said:
    """What to say about an environment first."""
    if stage.running:
        if stage.running.has_turned_back:
            return Said("voltando atrás", Tone.BACK)
        return Said("promovendo" if stage.running.is_running else "na fila", Tone.BUSY)
    if stage.is_rolled_back:
        return Said("voltou atrás", Tone.BACK)
    if stage.last and stage.last.phase == api.ABORTED:
        return Said("interrompida", Tone.BACK)
    if stage.last and stage.last.has_failed:
        return Said("falhou", Tone.BAD)
    if not stage.serving:
        return Said("sem resposta", Tone.BAD) if stage.tag else Said("vazio", Tone.IDLE)
    if stage.is_well:
        return Said("saudável", Tone.GOOD)
    return health(stage) if health(stage).tone is Tone.BAD else Said("em transição", Tone.BUSY)


def step(promotion: Promotion) -> str:
    """Which step runs, and what it does: `sync 7/9 · Argo CD e portão`; on the way back: `volta 6/7 · Argo CD`."""
    current = promotion.current
    if current is None or not promotion.is_running:
        return "esperando a vez"
    name, (number, total) = "volta" if current.is_way_back else current.name, promotion.position
    return " · ".join(filter(None, (f"{name} {number}/{total}", task.words(current.name).short)))


def under_way(promotion: Promotion, now: datetime) -> str:
    """What is being brought, by whom, and for how many seconds already."""
    lasted = f"{max(0, int((now - promotion.started).total_seconds()))} s" if promotion.started else ""
    return " · ".join(filter(None, (f"→ {promotion.tag}", _ACTORS.get(promotion.actor, ""), lasted)))


def refusal(stage: Stage) -> tuple[str, str]:
    """What the last Promotion was to bring and did not, and what became of it; two empty texts where it did."""
    last = stage.last
    if stage.running or last is None or last.has_succeeded:
        return "", ""
    if last.is_rolled_back:
        return f"recusou {last.tag}", f"commit ROLLBACK {last.rollback_commit[:7]}".rstrip()
    return f"não trouxe {last.tag or last.name}", f"promoção: {last.phase}"


def arriving(stage: Stage) -> str:
    """What is there and not ready yet; empty where there is nothing of the kind."""
    return f"{' '.join(stage.arriving)} ainda não pronto" if stage.arriving else ""


def serving(stage: Stage) -> str:
    """The versions that answer, usually one."""
    return " ".join(stage.serving) or NOTHING


def place(freight: Freight, board: Board) -> Said:
    """Where a Freight is now, or what became of it."""
    on_the_way = [one.name for one in board.stages if one.running and one.running.freight == freight.name]
    if on_the_way:
        return Said(f"a caminho de {' · '.join(on_the_way)}", Tone.BUSY)
    here = [one.name for one in board.stages if one.freight == freight.name]
    if here:
        return Said(" · ".join(here), Tone.GOOD)
    if refused := board.kargo.refused_in(freight.name):
        return Said(f"recusado em {' · '.join(refused)}", Tone.BACK)
    return Said("já passou" if freight.verified_in else "novo", Tone.IDLE)


def warehouse(found: Warehouse | None) -> Said:
    """What the Warehouse waits for."""
    if found is None:
        return Said("não existe ainda", Tone.IDLE)
    if found.has_half_a_pair:
        return Said("par incompleto", Tone.BACK)
    return Said("olha o registro", Tone.GOOD)


def outage(found: Outage) -> str:
    """That nothing is known any more, since when, and why."""
    return f"esperando a API do Kubernetes desde {clock(found.since)} ({found.why})"


def age(then: datetime | None, now: datetime) -> str:
    """How long ago that was, in one unit: `há 12 s`, `há 3 min`."""
    if then is None:
        return ""
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"há {seconds // size} {unit}"
    return f"há {seconds} s"


def clock(moment: datetime) -> str:
    """The time of day on this machine."""
    return moment.astimezone().strftime("%H:%M:%S")


def line(board: Board) -> str:
    """The board in one line: `dev 1a2b3c4d saudável → stg …`."""
    stages = (f"{one.name} {serving(one)} {verdict(one).words}" for one in board.stages)
    return " → ".join(stages)
