"""The examination itself: side by side, with a limit, no fault hides another; repairs in order."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from workshop import doctor, paths, voice
from workshop.doctor import report
from workshop.doctor.check import Area, Check, Finding, Verdict, apart, ask, bad, good, share
from workshop.doctor.run import Result, examine, heal
from workshop.errors import WorkshopError


def check(id: str, probe: Callable[[], Finding] = lambda: good("bem"), **options: Any) -> Check:
    return Check(id, id, probe, **options)


def raises(error: Exception) -> Finding:
    raise error


def test_checks_run_side_by_side_and_one_that_hangs_is_named() -> None:
    slow = [check(f"slow-{n}", lambda: time.sleep(0.3) or good("bem")) for n in range(8)]
    hung = check("hung", lambda: time.sleep(30) or good("nunca"), limit=0.8)

    started = time.monotonic()
    results = examine([hung, *slow])

    assert time.monotonic() - started < 2
    assert [result.check.id for result in results] == ["hung", *(f"slow-{n}" for n in range(8))]
    assert results[0].is_fault
    assert "não terminou" in results[0].finding.sentence
    assert not any(result.is_fault for result in results[1:])


def test_a_probe_that_breaks_is_a_sentence_and_hides_no_other() -> None:
    results = examine(
        [
            check("breaks", lambda: raises(ZeroDivisionError("ops"))),
            check("says", lambda: raises(WorkshopError("o disco sumiu", fix="mount -a"))),
            check("fine"),
        ]
    )
    assert [result.finding.verdict for result in results] == [Verdict.BAD, Verdict.BAD, Verdict.GOOD]
    assert "ZeroDivisionError: ops" in results[0].finding.sentence
    assert results[1].finding == bad("o disco sumiu", "mount -a")


def test_a_question_of_many_checks_is_asked_once_and_again_in_the_next_examination() -> None:
    asked = []

    def probe() -> Finding:
        return good(str(share("quem?", lambda: asked.append(1) or len(asked))))

    checks = [check(str(n), probe) for n in range(6)]
    assert {result.finding.sentence for result in examine(checks)} == {"1"}
    assert {result.finding.sentence for result in examine(checks)} == {"2"}


def test_what_a_check_says_goes_to_whom_its_examination_speaks() -> None:
    def probe() -> Finding:
        voice.say("olhando")
        return good("bem")

    told: list[str] = []
    with voice.heard_by(told.append):
        examine([check("a", probe), check("b", probe)])
    assert told == ["olhando"] * 2


def test_the_threads_of_a_repair_are_heard_as_well() -> None:
    """Several at once, so that no listener is in the other's way."""

    def mend() -> None:
        with voice.Crew(8) as crew:
            list(crew.map(lambda number: voice.say(f"parte {number}"), range(50)))

    told: list[str] = []
    checks = [check("a", lambda: good("bem") if len(told) > 40 else bad("x", "y"), repair=mend)]
    with voice.heard_by(told.append):
        (repair,) = heal(checks, examine(checks))
    assert repair.problem == ""
    assert sorted(repair.lines) == sorted(f"parte {number}" for number in range(50))
    assert set(told) >= {f"  parte {number}" for number in range(50)}


def test_checks_may_ask_programs_at_once_where_nothing_has_been_run_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first program makes git's settings; so does each of many that are the first."""
    together = threading.Barrier(16)

    def probe(settings: Path) -> Finding:
        together.wait()
        return good(ask("cat", str(settings)))

    for turn in range(10):
        file = tmp_path / str(turn) / "gitconfig"
        monkeypatch.setattr(paths, "GIT_SETTINGS", file)
        results = examine([check(str(number), partial(probe, file)) for number in range(16)])
        assert {result.finding.verdict for result in results} == {Verdict.GOOD}, results


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("O programa `go` não está nesta máquina.", "o programa `go` não está nesta máquina"),
        ("Não há cluster.", "não há cluster"),
        ("Onde está?", "Onde está?"),
        ("HTTP 503", "HTTP 503"),
        ("`docker ps` não respondeu em 6 s", "`docker ps` não respondeu em 6 s"),
    ],
)
def test_an_error_is_a_line_like_the_others(message: str, sentence: str) -> None:
    (found,) = examine([check("a", lambda: raises(WorkshopError(message, fix="make up")))])
    assert found.finding == bad(sentence, "make up")


def test_repairs_go_in_order_and_what_another_one_healed_is_left_alone() -> None:
    world: dict[str, bool] = {}
    done: list[str] = []

    def repair(name: str) -> Callable[[], None]:
        def mend() -> None:
            done.append(name)
            voice.say(f"ligando {name}")
            world.update(base=True, upper=True)

        return mend

    checks = [
        check(name, lambda name=name: good("bem") if world.get(name) else bad("parado", "liga"), repair=repair(name))
        for name in ("base", "upper")
    ]
    said: list[str] = []
    with voice.heard_by(said.append):
        repairs = heal(checks, examine(checks))

    assert done == ["base"]
    assert [(one.check.id, one.problem, one.lines) for one in repairs] == [("base", "", ["ligando base"])]
    assert said == ["consertando: base", "  ligando base", "upper: já se resolveu"]
    assert not any(result.is_fault for result in examine(checks))


def test_what_a_fault_had_hidden_is_repaired_too() -> None:
    world: dict[str, bool] = {}
    checks = [
        check(
            "behind",
            lambda: bad("falta", "traga") if world.get("front") and not world.get("behind") else good("bem"),
            repair=lambda: world.update(behind=True),
        ),
        check(
            "front",
            lambda: good("bem") if world.get("front") else bad("parado", "liga"),
            repair=lambda: world.update(front=True),
        ),
    ]
    repairs = heal(checks, examine(checks))
    assert [one.check.id for one in repairs] == ["front", "behind"]
    assert not any(result.is_fault for result in examine(checks))


def test_a_repair_that_may_not_or_breaks_says_so_and_the_next_one_is_done() -> None:
    fixed: list[bool] = []
    checks = [
        check("a", lambda: bad("x", "y"), repair=lambda: raises(WorkshopError("não é daqui"))),  # type: ignore[arg-type]
        check("b", lambda: bad("x", "y"), repair=lambda: raises(KeyError("k"))),  # type: ignore[arg-type]
        check("c", lambda: good("bem") if fixed else bad("x", "y"), repair=lambda: fixed.append(True)),
        check("d", lambda: bad("só uma pessoa", "decida")),
    ]
    repairs = heal(checks, examine(checks))
    assert [one.problem for one in repairs] == ["não é daqui", "KeyError: 'k'", ""]


def test_what_settles_after_a_repair_is_waited_for() -> None:
    times = {"repaired": 0.0}
    checks = [
        check(
            "base",
            lambda: good("bem") if times["repaired"] else bad("parado", "liga"),
            repair=lambda: times.update(repaired=time.monotonic()),
        ),
        check(
            "app",
            lambda: good("bem") if 0 < times["repaired"] < time.monotonic() - 1 else bad("ainda não", "espere"),
            settles=True,
        ),
    ]
    heal(checks, examine(checks))
    assert not any(result.is_fault for result in examine(checks))


def shown(findings: list[Finding]) -> tuple[str, dict[str, Any]]:
    checks = [check(f"c{n}", lambda: good("")) for n in range(len(findings))]
    areas = [Area("Título", tuple(checks))]
    results = [Result(one, finding, 0.1) for one, finding in zip(checks, findings, strict=True)]
    console = Console(record=True, width=200, file=io.StringIO())
    report.show(areas, results, 1.0, console)
    return console.export_text(), json.loads(report.as_json(areas, results, [], 1.0))


def test_lines_and_json_say_the_same() -> None:
    text, document = shown([good("está [bem]"), bad("quebrou", "conserte isto"), apart("não faz falta")])

    assert "✓ c0" in text
    assert "está [bem]" in text
    assert "✗ c1" in text
    assert "→ conserte isto" in text
    assert "– c2" in text
    assert "1 de 3" in text
    assert not document["ok"]
    assert [item["verdict"] for item in document["checks"]] == ["ok", "fault", "optional"]
    assert document["checks"][1]["fix"] == "conserte isto"
    assert document["checks"][0]["heading"] == "Título"


def test_what_is_optional_is_no_fault() -> None:
    text, document = shown([good("bem"), apart("sem vídeos")])
    assert document["ok"]
    assert "Tudo pronto" in text


def test_every_check_has_an_id_of_its_own() -> None:
    ids = [one.id for one in doctor.checks()]
    assert len(ids) == len(set(ids))


def test_a_machine_without_anything_gets_sentences_and_exit_1(tmp_path: Path) -> None:
    """The real command in an empty folder, with a PATH that has nothing: faults, and no stack trace."""
    done = subprocess.run(
        [sys.executable, "-m", "workshop.cli", "doctor", "--json"],
        env={"PATH": str(tmp_path), "WORKSHOP_ROOT": str(tmp_path), "PYTHONPATH": str(paths.ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    found = {item["id"]: item for item in json.loads(done.stdout)["checks"]}
    assert found["engine"]["verdict"] == "fault"
    assert found["kubeconfig"]["verdict"] == "fault"
    assert found["network"]["verdict"] == "optional"
    assert found["cores"]["verdict"] == "ok"
    assert all(
        item["fix"] for item in found.values() if item["verdict"] == "fault" and "falhou" not in item["sentence"]
    )
    assert not [item for item in found.values() if "a verificação falhou" in item["sentence"]]


@pytest.mark.parametrize("option", ["--fix", "--json"])
def test_the_options_are_in_the_help(option: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workshop.cli", "doctor", "--help"], capture_output=True, text=True, check=False
    )
    assert option in done.stdout
