"""What people read while they wait."""

from __future__ import annotations

import re

import pytest
from rich import progress as bars
from rich.console import Console

from workshop import voice
from workshop.supply import progress as shown
from workshop.supply.progress import Lines, Live, ending, heartbeat, overview
from workshop.supply.schedule import Job, Progress, State


def progress(title: str, state: State, verb: str = "compilando", waits_for: tuple[str, ...] = ()) -> Progress:
    job = Job(title, title, verb, "one", (), lambda: "")
    return Progress(job, state, waits_for=waits_for, started=100.0, ended=162.0)


EVERYTHING = [
    progress("binário kubelet", State.DONE),
    progress("binário kube-apiserver", State.RUNNING),
    progress("imagem kube-apiserver", State.WAITING, waits_for=("binário kube-apiserver",)),
    progress("binário etcd", State.WAITING),
    progress("imagem etcd", State.WAITING, waits_for=("binário etcd",)),
]


def test_the_heartbeat_says_what_runs_and_what_waits_for_what() -> None:
    assert heartbeat(EVERYTHING) == (
        "… binário kube-apiserver: compilando há 1 min 02 s · 1 de 5 prontos"
        " · espera: imagem kube-apiserver (por binário kube-apiserver); binário etcd (por sua vez) e mais 1"
    )


def test_lines_are_silent_for_at_most_half_a_minute() -> None:
    now, written = [0.0], list[str]()
    lines = Lines(written.append, clock=lambda: now[0])
    for second in range(0, 100):
        now[0] = float(second)
        lines.tick(EVERYTHING)
    assert len(written) == 3
    lines.started(EVERYTHING[1])
    assert written[-1] == "▸ binário kube-apiserver: compilando"


def test_an_ending_tells_how_long_it_took() -> None:
    done = progress("imagem redis", State.DONE)
    done.result = "construída"
    assert ending(done) == "✓ imagem redis: construída em 1 min 02 s"


def test_a_terminal_shows_what_runs_and_what_is_next_and_keeps_what_has_ended() -> None:
    console = Console(width=120, force_terminal=True, color_system=None)
    with console.capture() as capture, bars.Progress(console=console, auto_refresh=False) as rows:
        live = Live(rows)
        live.started(EVERYTHING[1])
        live.tick(EVERYTHING)
        console.print(rows.get_renderable())
        while_it_runs = [task.description for task in rows.tasks]
        live.ended(progress("binário kube-apiserver", State.DONE))
    assert while_it_runs == [overview(EVERYTHING), "binário kube-apiserver: compilando"]
    assert len(rows.tasks) == 1
    assert re.search("✓ binário kube-apiserver: .*1 min 02 s", capture.get())


def test_whoever_listens_gets_lines_even_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "Console", lambda: Console(force_terminal=True))
    told: list[str] = []
    with voice.heard_by(told.append), shown.display() as display:
        display.started(EVERYTHING[1])
    assert told == ["▸ binário kube-apiserver: compilando"]
    with shown.display() as display:
        assert isinstance(display, Live)
