"""What people read while they wait."""

from __future__ import annotations

from rich.console import Console

from workshop.supply.progress import Lines, duration, ending, heartbeat, table
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
        "… binário kube-apiserver: compilando há 62 s · 1 de 5 prontos"
        " · espera: imagem kube-apiserver (por binário kube-apiserver); binário etcd (por sua vez) e mais 1"
    )


def test_lines_are_silent_for_at_most_half_a_minute() -> None:
    now, written = [0.0], []
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
    assert ending(done) == "✓ imagem redis: construída em 62 s"


def test_the_table_shows_what_runs_and_what_is_next() -> None:
    console = Console(width=100, record=True, file=None)
    with console.capture() as capture:
        console.print(table(EVERYTHING))
    shown = capture.get()
    assert "1 de 5 prontos" in shown
    assert "62 s" in shown
    assert "sua vez" in shown


def test_durations_are_short() -> None:
    assert [duration(9.6), duration(99), duration(185)] == ["10 s", "99 s", "3 min 05 s"]
